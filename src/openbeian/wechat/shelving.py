"""The shelving calls, between the door and the verbs of the shelf: wording the refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from openbeian.regime.shelf_policy import Decision
from openbeian.shelf.errors import GateClosed, NeverListed, NotFound, VersionRefused
from openbeian.shelf.versions.lifecycle import VersionState
from openbeian.shelf.versions.models import Version
from openbeian.web.machines import instant
from openbeian.wechat import codes
from openbeian.wechat.errors import Hint, Refused

#: The permission set 开发管理与数据分析, which the shelving calls belong to.
DEVELOPMENT_PERMISSION_SET = 18
#: ``status`` of an audit. A version that is live, or that gave way to a later one, has passed.
AUDIT_STATUS: dict[str, int] = {
    VersionState.PASSED: 0,
    VersionState.LIVE: 0,
    VersionState.SUPERSEDED: 0,
    VersionState.REJECTED: 1,
    VersionState.AUDITING: 2,
    VersionState.WITHDRAWN: 3,
}
_CODES = {
    "audit_running": codes.AUDIT_RUNNING,
    "nothing_committed": codes.NOTHING_COMMITTED,
    "no_audit_running": codes.NO_AUDIT_TO_WITHDRAW,
    "withdrawals_used_up": codes.WITHDRAWALS_USED_UP,
    "unknown_audit": codes.AUDIT_UNKNOWN,
    "never_audited": codes.NEVER_AUDITED,
    "not_passed": codes.STATUS_NOT_ALLOWED,
    "already_released": codes.ALREADY_RELEASED,
    "moved_meanwhile": codes.BUSY,
}


@contextmanager
def refusals(*, english: bool, gate: int = codes.STATUS_NOT_ALLOWED, **instead: int) -> Iterator[None]:
    """Word what the shelf refuses as errcodes: ``gate`` where the gate says no, ``instead`` by the refusal's code."""
    try:
        yield
    except NotFound:
        raise Refused(codes.UNKNOWN_APP) from None
    except NeverListed as refusal:
        raise Refused(codes.VISIT_STATUS_FIXED, refusal.en if english else refusal.zh) from None
    except VersionRefused as refusal:
        code = instead.get(refusal.code) or _CODES[refusal.code]
        raise Refused(code, refusal.en if english else refusal.zh) from None
    except GateClosed as refusal:
        text = _grounds(refusal.decision, english=english)
        raise Refused(gate, text, hints=[Hint(codes.GATE_REFUSES, text, "")]) from None


def audit_result(version: Version) -> dict[str, Any]:
    """``status`` of an audit and, once rejected, why. There are no screenshots here; both spellings are in use."""
    result: dict[str, Any] = {"status": AUDIT_STATUS[version.state]}
    if version.state == VersionState.REJECTED:
        result |= {"reason": version.reason, "screenshot": "", "ScreenShot": ""}
    return result


def _grounds(decision: Decision, *, english: bool) -> str:
    """The gate's code, the reason, the clause, and since when, in one line."""
    reason, since = (decision.reason_en, "since") if english else (decision.reason_zh, "自")
    clause = f"{'under' if english else '依据'} {decision.clause}"
    return " ".join([f"{decision.code}:", reason, clause, *([since, str(instant(decision.since))] if decision.since else [])])
