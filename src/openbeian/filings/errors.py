"""What can be wrong with a request to change an order. Each error says what and what to do, in both languages."""

from collections.abc import Sequence

from openbeian.regime.errors import BilingualError
from openbeian.regime.findings import Finding
from openbeian.regime.lifecycle import STATE_LABELS, State


class FilingError(BilingualError):
    """Base."""

    code = "filing_error"


class NotFound(FilingError):
    """There is no such order, material or face check."""

    code = "not_found"
    zh = "没有这个订单。"
    en = "There is no such order."


class Conflict(FilingError):
    """The order is not where the caller thought it was; nothing was changed."""

    code = "conflict"

    def __init__(self, *, state: str) -> None:
        label = STATE_LABELS[State(state)]
        super().__init__(
            f"订单当前状态为“{label.zh}”，不能执行此操作。请刷新后再试。",
            f"The order is in state “{label.en}”, which does not allow this. Reload and look again.",
        )
        self.state = State(state)


class ChangedElsewhere(Conflict):
    """The order is no longer the version that the caller looked at; nothing was changed."""

    code = "changed_elsewhere"

    def __init__(self, *, state: str) -> None:
        super().__init__(state=state)
        self.zh = "订单已在别处（其他页面、设备或接口）修改，本次未保存。"
        self.en = "The order was changed elsewhere (another page, device or the API). This was not saved."


class SnapshotDamaged(FilingError):
    """What is stored of a submission is not what was submitted: its digest differs."""

    code = "snapshot_damaged"
    zh = "备案资料的存档与提交时不一致，不能使用。请重新提交。"
    en = "The stored dossier is not the one that was submitted and cannot be used. Submit again."


class KindNotAllowed(FilingError):
    """The register's state does not allow this kind of order."""

    code = "kind_not_allowed"


class OpenOrderExists(FilingError):
    """This mini program already has an unfinished order."""

    code = "open_order_exists"
    zh = "该小程序已有未完成的订单，请先完成或撤回。"
    en = "This mini program has an unfinished order. Finish or withdraw it first."


class StandsAlone(FilingError):
    """Another order of the same organizer is open and one of the two must stand alone."""

    code = "stands_alone"
    zh = "同一主体同一时间只能办理一个此类订单，请等待另一订单结束。"
    en = "An organizer may have only one such order at a time. Wait until the other one has ended."


class QuotaReached(FilingError):
    """The organizer has as many services, in force and asked for, as it may have here."""

    code = "quota_reached"

    def __init__(self, *, limit: int) -> None:
        super().__init__(
            f"该主体在本平台的备案数量已达上限（{limit} 个）。请先注销不再使用的服务，或撤回未完成的订单。",
            f"This organizer has reached its limit of {limit} filings on this platform. Cancel a service that is no "
            "longer used, or withdraw an unfinished order.",
        )


class SubmissionRefused(FilingError):
    """The dossier breaks rules that block a submission; ``findings`` holds them all."""

    code = "submission_refused"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(
            f"备案信息有 {len(findings)} 处需要修改，未提交。",
            f"{len(findings)} things in the dossier need correction; nothing was submitted.",
        )
        self.findings = tuple(findings)


class MaterialRefused(FilingError):
    """An uploaded file is not what it should be; ``finding`` says why and what would be right."""

    code = "material_refused"

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.reason_zh}{finding.remedy_zh}", f"{finding.reason_en} {finding.remedy_en}")
        self.finding = finding


class Overloaded(MaterialRefused):
    """The file may be good, but too many large pictures are being decoded; again in a few seconds."""

    code = "overloaded"
