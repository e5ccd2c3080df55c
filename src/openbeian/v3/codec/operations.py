"""Operation types of the wire (操作类型, Czlx), V3.0."""

from enum import IntEnum

from openbeian.regime.lifecycle import OrderKind


class Operation(IntEnum):
    """What an upload asks for."""

    NEW_FILING = 1
    NEW_SERVICE = 2
    NEW_ACCESS = 3
    CHANGE = 4
    CANCEL_ACCESS = 5
    CANCEL_SUBJECT = 6
    CANCEL_SERVICE = 7
    MATERIAL = 35


OPERATION_OF: dict[OrderKind, Operation] = {
    OrderKind.FIRST_FILING: Operation.NEW_FILING,
    OrderKind.NEW_SERVICE: Operation.NEW_SERVICE,
    OrderKind.NEW_ACCESS: Operation.NEW_ACCESS,
    OrderKind.CHANGE_SUBJECT: Operation.CHANGE,
    OrderKind.CHANGE_SERVICE: Operation.CHANGE,
    OrderKind.CHANGE_BOTH: Operation.CHANGE,
    OrderKind.CANCEL_SUBJECT: Operation.CANCEL_SUBJECT,
    OrderKind.CANCEL_SERVICE: Operation.CANCEL_SERVICE,
    OrderKind.CANCEL_ACCESS: Operation.CANCEL_ACCESS,
}
