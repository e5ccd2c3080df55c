"""Operation types of the wire (操作类型, Czlx), V3.0."""

from enum import IntEnum

from openbeian.regime.lifecycle import OrderKind


class Operation(IntEnum):
    """The operations this release hands over."""

    NEW_FILING = 1
    CANCEL_SERVICE = 7


OPERATION_OF: dict[OrderKind, Operation] = {
    OrderKind.FIRST_FILING: Operation.NEW_FILING,
    OrderKind.CANCEL_SERVICE: Operation.CANCEL_SERVICE,
}
