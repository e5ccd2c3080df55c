"""What can be wrong with a request to the register. Texts are in both languages and free of personal data."""

from collections.abc import Sequence

from openbeian.regime.errors import BilingualError
from openbeian.regime.findings import Finding
from openbeian.register.models import ClaimState


class RegisterError(BilingualError):
    """Base. The change that it stopped is taken back whole."""

    code = "register_error"


class NumberRefused(RegisterError):
    """A number that cannot be the one for this approval: malformed, of another organizer, or used before."""

    code = "number_refused"


class NotInForce(RegisterError):
    """There is no such number in force to cancel."""

    code = "not_in_force"
    zh = "没有这个有效的备案号。"
    en = "There is no such number in force."


class NotFound(RegisterError):
    """The register knows no such number or name."""

    code = "not_found"
    zh = "未查到备案记录。"
    en = "No filing record was found."


class RecordDamaged(RegisterError):
    """What is stored of a record cannot be opened."""

    code = "record_damaged"
    zh = "该备案记录的存档已损坏，暂时无法使用。请联系平台运营人员。"
    en = "The stored filing record is damaged and cannot be used. Ask the platform's operators."


class ClaimIncomplete(RegisterError):
    """What a claim names cannot be a number or a certificate; ``findings`` holds all that is wrong with it."""

    code = "claim_incomplete"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(
            f"有 {len(findings)} 处需要修改，未提交。",
            f"{len(findings)} things need correction; nothing was submitted.")
        self.findings = tuple(findings)


class NoSuchFiling(RegisterError):
    """No filing in force has this number and this certificate. Which of the two is wrong is not told."""

    code = "no_such_filing"

    def __init__(self, *, left: int) -> None:
        super().__init__(
            f"没有与此备案号和证件号码同时相符的有效备案，请核对后再试。今天还可以试 {left} 次。",
            "No filing in force has both this filing number and this certificate number. Check them; "
            f"wrong tries left today: {left}.")


class TooManyTries(RegisterError):
    """The account has claimed wrongly too often today."""

    code = "too_many_tries"
    zh = "今天认领失败的次数过多，请明天再试，或联系平台运营人员。"
    en = "Too many wrong claims today. Try again tomorrow, or ask the platform's operators."


class ClaimNotNeeded(RegisterError):
    """The account administers the mini program, or has a claim of it waiting."""

    code = "claim_not_needed"


class ReasonMissing(RegisterError):
    """A claim was to be refused without a reason, or with one that is too long."""

    code = "reason_missing"

    def __init__(self, *, longest: int) -> None:
        super().__init__(f"须填写 1 至 {longest} 字的原因。", f"A reason of 1 to {longest} characters is needed.")


_ENDED: dict[str, tuple[str, str]] = {
    ClaimState.APPROVED: ("已通过", "has been approved"),
    ClaimState.REFUSED: ("已被驳回", "has been refused"),
    ClaimState.WITHDRAWN: ("已由申请人撤回", "has been taken back by the claimant"),
}


class ClaimEnded(RegisterError):
    """The claim waits no more; nothing was changed. ``state`` tells what became of it."""

    code = "claim_ended"

    def __init__(self, *, state: str) -> None:
        zh, en = _ENDED[state]
        super().__init__(f"这次认领{zh}。", f"This claim {en}.")
        self.state = ClaimState(state)
