"""What blocks a request: the blacklist, what is filed already, and other open requests."""

from collections.abc import Sequence

from openbeian.simulator.checks import Problem
from openbeian.simulator.models import OPEN_STATES, Access, Blacklisted, Operation, Record, Service
from openbeian.simulator.verbs.office import behaviour
from openbeian.simulator.verbs.requests.request import Reported

STAND_ALONE = frozenset({Operation.NEW_FILING, Operation.CHANGE, Operation.CANCEL_SUBJECT})
"""Nothing else may be open beside these; the others may run side by side."""

_ADDITIONS = (Operation.NEW_FILING, Operation.NEW_SERVICE, Operation.NEW_ACCESS)
_CANCELLING: dict[tuple[Operation, Operation], Problem] = {
    (Operation.CANCEL_SUBJECT, Operation.CANCEL_SUBJECT): (1027, "该主体已申请注销"),
    (Operation.CANCEL_SUBJECT, Operation.CANCEL_SERVICE): (1043, "该主体有服务正在注销，不能注销主体"),
    (Operation.CANCEL_SERVICE, Operation.CANCEL_SUBJECT): (1042, "该主体正在注销，不能注销服务"),
}
"""Cancellations that exclude each other: (requested, open)."""


def open_already(reported: Reported) -> list[Problem]:
    """Whether this very addition is open already, by the platform's own id."""
    who = reported.who
    same = Record.objects.filter(
        province=reported.province, operation=who.operation, state__in=OPEN_STATES, key=who.key)  # fmt: skip
    return [(5006, "该记录已上报，正在办理中")] if who.operation in _ADDITIONS and same.exists() else []


def blacklisted(certificate: bytes) -> list[Problem]:
    """Whether the organizer with this certificate (digest) is on the blacklist."""
    listed = Blacklisted.objects.filter(certificate_digest=certificate).exists()
    return [(1065, "该主办者在黑名单中")] if listed else []


def taken(appid: str) -> list[Problem]:
    """Whether a mini program is filed, or about to be."""
    if Service.objects.filter(appid=appid, cancelled_at=None).exists():
        return [(1037, "该小程序已备案")]
    if Record.objects.filter(state__in=OPEN_STATES, appid=appid).exists():
        return [(1017, "该小程序另有在办的申请")]
    return []


def busy(
    reported: Reported, certificate: bytes, *, service: Service | None = None, access: Access | None = None
) -> list[Problem]:
    """The first conflict with the organizer's open requests, nationwide; `service`, `access`: what is cancelled."""
    others = list(Record.objects.filter(state__in=OPEN_STATES, certificate_digest=certificate))
    if not others:
        return []
    operation = reported.who.operation
    problem = (
        _cancelling(operation, others)
        or _cancelled_already(others, service, access)
        or _standing_alone(operation, others)
        or _too_many(others, behaviour(reported.province).open_orders)
    )
    return [problem] if problem else []


def _cancelling(operation: Operation, others: Sequence[Record]) -> Problem | None:
    kinds = {record.operation for record in others}
    return next(
        (problem for (asked, open_), problem in _CANCELLING.items() if asked == operation and open_ in kinds), None)  # fmt: skip


def _cancelled_already(others: Sequence[Record], service: Service | None, access: Access | None) -> Problem | None:
    cancelled = {record.service_id for record in others if record.operation == Operation.CANCEL_SERVICE}
    if service is not None and service.pk in cancelled:
        return 1030, "该服务已申请注销"
    if access is not None and access.pk in {record.access_id for record in others}:
        return 1032, "该接入已申请取消"
    return None


def _standing_alone(operation: Operation, others: Sequence[Record]) -> Problem | None:
    kinds = {record.operation for record in others}
    if Operation.CHANGE in kinds and operation != Operation.NEW_FILING:
        return 1017, "该主办者正在变更备案"
    if operation in STAND_ALONE or kinds & STAND_ALONE:
        return 1003, "该主办者另有在办的备案申请"
    return None


def _too_many(others: Sequence[Record], most: int | None) -> Problem | None:
    if most is None or len(others) < most:
        return None
    return 1003, f"该主办者在办的申请已有 {len(others)} 件，本省最多 {most} 件"
