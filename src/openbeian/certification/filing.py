"""The one place where this room calls the filing's verbs."""

from collections.abc import Iterable, Mapping
from typing import Any

from openbeian.certification.findings import CLAUSE, finding
from openbeian.filings import queries, submission
from openbeian.filings.errors import Conflict, FilingError, KindNotAllowed, OpenOrderExists, SubmissionRefused
from openbeian.filings.models import FaceCheck, Order
from openbeian.filings.queries import may_be_a_key
from openbeian.regime.actors import Actor, Role
from openbeian.regime.dossier import Dossier
from openbeian.regime.facts import Account
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.lifecycle import CANCELLATIONS, Action, available_actions
from openbeian.regime.rules.acc_001_account_certified import RULE as ACCOUNT_CERTIFIED

#: Whether the face check is recent is judged when the procedure is submitted; the certification takes its own time.
JUDGED_AT_SUBMISSION = frozenset({"OB-FAC-002"})
#: Lifted while the certification itself is under way.
NOT_CERTIFIED = ACCOUNT_CERTIFIED.id
_ORGANIZER = Actor(Role.ORGANIZER, "certification")


class NotFiled(Exception):
    """No order could be made; ``findings`` say why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(f"{len(self.findings)} findings")


def objections(
    *, appid: str, dossier: Mapping[str, Any], account: Account, waived_rules: Iterable[str]
) -> tuple[Dossier, tuple[Finding, ...]]:
    """The dossier in canonical form, and what would keep it from being filed now, once the mini program is certified.
    Writes nothing.

    Raises :class:`Conflict` or :class:`OpenOrderExists` while another order is under way, and :class:`KindNotAllowed`.
    """
    judged = submission.judge(
        appid=appid, document=dossier, account=account, waived_rules={*waived_rules, NOT_CERTIFIED})
    if judged.standing.service is not None:
        raise KindNotAllowed("该小程序已备案。", "This mini program is filed already.")
    order = queries.open_order_of(appid)
    if order is not None:
        if order.kind in CANCELLATIONS:
            raise OpenOrderExists()
        if not {Action.SUBMIT, Action.RESUBMIT} & set(available_actions(_ORGANIZER, order)):
            raise Conflict(state=order.state)
    return judged.dossier, (*judged.blocking, *_plain_face_check(judged.dossier, appid))


def file(
    *, appid: str, dossier: Mapping[str, Any], account: Account, waived_rules: Iterable[str], actor: Actor
) -> Order:
    """Make the order, or go on with the one that waits for its organizer. Raises :class:`NotFiled`, and
    :class:`Conflict` while an order is under review. Nothing is changed then."""
    try:
        return submission.file(
            appid=appid, document=dossier, account=account, actor=actor, waived_rules=frozenset(waived_rules),
            new_only=True)
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


def _plain_face_check(dossier: Dossier, appid: str) -> Iterable[Finding]:
    """The face check must have been asked for with ``along_with_auth``: only then is the mobile verified too."""
    task_id = dossier.service.principal.face_check
    if may_be_a_key(task_id) and FaceCheck.objects.filter(
            pk=task_id, appid=appid, with_certification=False).exists():
        yield finding("plain_face_check", "service.principal.face_check")
