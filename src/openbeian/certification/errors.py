"""What can be wrong with a request to change a procedure."""

from collections.abc import Sequence

from openbeian.certification.lifecycle import ProcedureState
from openbeian.regime.errors import BilingualError
from openbeian.regime.findings import Finding


class NotFound(BilingualError):
    """There is no such procedure."""

    zh = "没有这个认证及备案流程。"
    en = "There is no such procedure."


class Conflict(BilingualError):
    """The procedure is not where the caller thought it was; nothing was changed."""

    def __init__(self, *, state: int) -> None:
        self.state = ProcedureState(state)
        super().__init__(
            f"流程当前状态为“{self.state.zh}”，不能执行此操作。",
            f"The procedure is in state “{self.state.en}”, which does not allow this.")


class AlreadyCertified(BilingualError):
    """The mini program is certified; it files by the plain call."""

    zh = "该小程序已认证，请直接申请备案。"
    en = "This mini program is certified already. Apply for the filing alone."


class ReasonMissing(BilingualError):
    """An operator sent a procedure back, or ended it, without saying why."""

    zh = "须填写 1 至 300 字的原因。"
    en = "A reason of 1 to 300 characters is needed."


class DataRefused(BilingualError):
    """The certification data need correction; ``findings`` holds these and those on the dossier."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(
            f"有 {len(findings)} 处需要修改，未提交。",
            f"{len(findings)} things need correction; nothing was submitted.")
        self.findings = tuple(findings)
