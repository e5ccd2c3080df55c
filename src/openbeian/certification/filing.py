"""The one place where this room calls the filing's verbs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from openbeian.certification.auth_data import CLAUSE
from openbeian.filings import queries, verbs
from openbeian.filings.errors import Conflict, FilingError, KindNotAllowed, OpenOrderExists, SubmissionRefused
from openbeian.filings.models import FaceCheck, Order
from openbeian.regime.actors import Actor, Role
from openbeian.regime.dossier import parse
from openbeian.regime.facts import Account, Standing
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.kinds import detect
from openbeian.regime.lifecycle import CANCELLATIONS, Action, OrderKind, available_actions
from openbeian.register import queries as register

#: The face check must have been asked for with ``along_with_auth``: only then is the mobile verified too.
FACE_CHECK_OF_PLAIN_FILING = "OB-CRT-007"
#: Whether the face check is recent is judged when the procedure is submitted; the certification takes its own time.
JUDGED_AT_SUBMISSION = frozenset({"OB-FAC-002"})
_FACE_CHECK_FIELD = "service.principal.face_check"
_ORGANIZER = Actor(Role.ORGANIZER, "certification")


class NotFiled(Exception):
    """No order could be made; ``findings`` say why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(f"{len(self.findings)} findings")


def _on_file(appid: str, certificate_digest: bytes | None) -> tuple[Standing, dict[str, Any] | None]:
    standing, filed = register.on_file(appid=appid, certificate_digest=certificate_digest)
    _refuse_in_force(standing)
    return standing, filed


def _refuse_in_force(standing: Standing) -> None:
    if standing.service is not None:
        raise KindNotAllowed("该小程序已备案。", "This mini program is filed already.")


def objections(
    *, appid: str, dossier: Mapping[str, Any], account: Account, waived_rules: Iterable[str], at: datetime
) -> tuple[Finding, ...]:
    """What would keep this dossier from being filed now. Writes nothing.

    Raises :class:`Conflict` or :class:`OpenOrderExists` while another order is under way, and :class:`KindNotAllowed`.
    """
    standing = register.standing_for(appid=appid, dossier=dossier)
    _refuse_in_force(standing)
    order = queries.open_order_of(appid)
    if order is not None:
        if order.kind in CANCELLATIONS:
            raise OpenOrderExists()
        if not {Action.SUBMIT, Action.RESUBMIT} & set(available_actions(_ORGANIZER, order)):
            raise Conflict(state=order.state)
    found, _ = verbs.check(
        kind=detect(standing=standing, dossier=parse(dossier)[0]), filed=register.filed_dossier(standing),
        dossier=dossier, account=account, at=at)
    waived = set(waived_rules)
    blocking = [f for f in found if f.severity == Severity.BLOCKS and f.rule not in waived]
    return (*blocking, *_plain_face_check(dossier, appid))


def file(
    *, appid: str, dossier: Mapping[str, Any], account: Account, waived_rules: Iterable[str], actor: Actor
) -> Order:
    """Make the order, or go on with the one that waits for its organizer. Raises :class:`NotFiled`, and
    :class:`Conflict` while an order is under review. Nothing is changed then."""
    try:
        return verbs.file_in_turn(
            kind=OrderKind.FIRST_FILING, appid=appid, dossier=dossier, account=account,
            ask=lambda digest: _on_file(appid, digest), actor=actor, waived_rules=frozenset(waived_rules))
    except SubmissionRefused as refusal:
        raise NotFiled(f for f in refusal.findings if f.severity == Severity.BLOCKS) from None
    except Conflict:
        raise
    except FilingError as refusal:
        raise NotFiled([finding_of(refusal)]) from None


def finding_of(refusal: FilingError) -> Finding:
    """A refusal that is about no field, as a finding; its rule is the refusal's code."""
    return Finding(rule=refusal.code, severity=Severity.BLOCKS, field="", reason_zh=refusal.zh, reason_en=refusal.en,
                   remedy_zh="", remedy_en="", clause=CLAUSE)


def _plain_face_check(dossier: Mapping[str, Any], appid: str) -> Iterable[Finding]:
    service = dossier.get("service")
    principal = service.get("principal") if isinstance(service, Mapping) else None
    task_id = principal.get("face_check") if isinstance(principal, Mapping) else None
    if not isinstance(task_id, str) or not 0 < len(task_id) <= 40 or not task_id.isascii() or not task_id.isprintable():
        return
    if FaceCheck.objects.filter(pk=task_id, appid=appid, with_certification=False).exists():
        yield Finding(
            rule=FACE_CHECK_OF_PLAIN_FILING, severity=Severity.BLOCKS, field=_FACE_CHECK_FIELD,
            reason_zh="该人脸核身任务不是为认证及备案发起的。",
            reason_en="This face check was not asked for with certification and filing in one.",
            remedy_zh="请以 along_with_auth=true 重新发起人脸核身。",
            remedy_en="Ask for a face check with along_with_auth=true.", clause=CLAUSE)
