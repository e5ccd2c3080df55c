"""The test values of the sandbox, as one table: a marker in an organizer's name says how things end.

The reviewer, the administration's script, the mini programs made at the start and the page of the documentation are
made from :data:`OUTCOMES`. Without Django, so that the page can be written anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: Seconds after which a verification lapses that would have 24 hours elsewhere.
LAPSE_SECONDS = 3
#: The longest that the simulated administration can be told to wait; a clerk may decide before.
A_YEAR_SECONDS = 366 * 86400
#: Operations (Czlx) of the three cancellations.
_CANCELLATIONS = (5, 6, 7)


class Stage(StrEnum):
    """What an outcome is about. A name may hold one marker of each."""

    FILING = "filing"
    FACE_CHECK = "face_check"
    CERTIFICATION = "certification"
    AUDIT = "audit"


class Decision(StrEnum):
    """What the platform's own part decides."""

    PASS = "pass"
    RETURN = "return"  # to be corrected and sent again
    REFUSE = "refuse"
    WAIT = "wait"  # for a person


@dataclass(frozen=True)
class Outcome:
    """One test value.

    ``number`` is that of the mini program made for it, and stays. ``seen`` says what a client sees. ``findings`` are
    the reviewer's (field, reason, remedy), ``reason`` is that of a certification or audit. ``rule`` is what the
    administration's script says of the request. With ``once``, what is sent again passes.
    """

    number: int
    key: str
    stage: Stage
    marker: str
    zh: str
    en: str
    seen: str
    decision: Decision = Decision.PASS
    findings: tuple[tuple[str, str, str], ...] = ()
    reason: str = ""
    rule: Mapping[str, Any] = field(default_factory=dict)
    once: bool = False


_ACCEPT: Mapping[str, Any] = {"outcome": "accept", "verify_after": 0}
_FINDINGS = (
    ("service.description", "未说明商品来源", "请写明所售商品为本公司自产"),
    ("organizer.certificate.photo", "营业执照照片四角不全", "请上传四角完整的原件彩色照片"),
    ("organizer.principal.emergency_number", "应急联系电话无人接听", "请填写能接通的电话"),
)
_REFUSE: Mapping[str, Any] = {
    "outcome": "refuse", "opinion": "通信地址与证件住所不一致，请核实。", "verify_after": 0}
_LAPSE: Mapping[str, Any] = {"outcome": "lapse", "delay": LAPSE_SECONDS}

F, R = Stage.FILING, Decision.RETURN
PASSES = Outcome(
    1, "passes", F, "沙箱通过", "一切通过，发放备案号", "Everything passes and a number is issued; "
    "so it does for a name without any marker", "`status` 6; push `beian_status` 6; `release` goes through")
OUTCOMES: tuple[Outcome, ...] = (
    PASSES,
    Outcome(2, "returned", F, "沙箱退回", "平台初审每次退回，三条意见", "The reviewer returns it every time, with three findings",
            "`status` 3, three entries in `audit_data`; push `beian_status` 3", R, _FINDINGS),
    Outcome(3, "returned_once", F, "沙箱退回一次", "平台初审退回一次，再次提交即通过", "Returned once; sent again, it passes",
            "`status` 3, then 6", R, _FINDINGS, once=True),
    Outcome(4, "platform_review", F, "沙箱待初审", "停在平台初审，可撤回；可在审核台处理",
            "Stays in platform review, so it can be withdrawn; or decide at the desk",
            "`status` 2; `cancel_apply_icp_filing` takes it back; a second application is answered 86324", Decision.WAIT),
    Outcome(5, "data_error", F, "沙箱数据错误", "管局系统报数据错误（1009 电子邮箱无效）",
            "The administration's system finds a data error (1009, invalid e-mail)",
            "`status` 3, one entry in `audit_data`, of the principal's e-mail; push `beian_status` 3",
            rule={"outcome": "data_error", "code": 1009}),
    Outcome(6, "sms", F, "沙箱待核验", "停在短信核验，在模拟手机上查收验证码；核验后通过",
            "Waits for the SMS verification; read the code on the simulated phone and enter it, then it passes",
            "`status` 4, `sms_verify_status` 1; can no longer be withdrawn (86330)", rule={"outcome": "accept"}),
    Outcome(7, "sms_lapses", F, "沙箱超时", f"短信核验 {LAPSE_SECONDS} 秒后超时，每次如此",
            f"The SMS verification lapses, after {LAPSE_SECONDS} seconds, every time",
            "`status` 4, `sms_verify_status` 3; a second application goes the same way", rule=_LAPSE),
    Outcome(8, "sms_lapses_once", F, "沙箱超时一次", "短信核验超时一次，再次提交即通过", "Lapses once; sent again, it passes",
            "`sms_verify_status` 3; then `status` 6. What is sent unchanged skips the platform's review",
            rule=_LAPSE, once=True),
    Outcome(9, "authority_review", F, "沙箱待终审", "停在管局审核；可在模拟管局处理",
            "Stays in the administration's review; or decide at the simulated administration's desk",
            "`status` 4, `sms_verify_status` 2", rule={**_ACCEPT, "delay": A_YEAR_SECONDS}),
    Outcome(10, "refused", F, "沙箱驳回", "管局每次驳回并附意见", "The administration refuses it every time, with an opinion",
            "`status` 5, the opinion in `audit_data`; push `beian_status` 5", rule=_REFUSE),
    Outcome(11, "refused_once", F, "沙箱驳回一次", "管局驳回一次，再次提交即通过", "Refused once; sent again, it passes",
            "`status` 5, then 6", rule=_REFUSE, once=True),
    Outcome(12, "face_check_fails", Stage.FACE_CHECK, "沙箱核身失败", "人脸核身不通过", "The face check fails",
            "`is_finish` true, `face_status` 2; push `result` 2; an application with this task has the hint 86383",
            Decision.REFUSE),
    Outcome(13, "face_check_waits", Stage.FACE_CHECK, "沙箱待核身", "人脸核身等待管理员打开页面",
            "The face check waits for the administrator, on the page `/face-check/<task_id>`", "`is_finish` false",
            Decision.WAIT),
    Outcome(14, "certification_refilled_once", Stage.CERTIFICATION, "沙箱认证打回一次", "认证打回一次，再次提交即通过",
            "The certification is sent back once; sent again, it passes",
            "`procedure_status` 18 with `refill_reason`, then 22 and on", R, reason="营业执照照片模糊", once=True),
    Outcome(15, "certification_fails", Stage.CERTIFICATION, "沙箱认证失败", "认证失败，不可再改",
            "The certification fails for good", "`procedure_status` 20 with `fail_reason`", Decision.REFUSE,
            reason="主体已注销"),
    Outcome(16, "audit_rejected", Stage.AUDIT, "沙箱代码驳回", "代码审核每次驳回", "Every version is rejected by the audit",
            "`status` 1 with `reason`; push `weapp_audit_fail`; `release` is answered 85020", Decision.REFUSE,
            reason="服务类目与页面内容不符"),
    Outcome(17, "audit_waits", Stage.AUDIT, "沙箱代码待审", "代码停在审核中，可撤回审核",
            "Versions stay under audit, so they can be taken back", "`status` 2; `undocodeaudit` takes it back",
            Decision.WAIT),
)


def outcome_of(organizer_name: str, stage: Stage) -> Outcome:
    """What the markers in a name say of a stage. The longest counts; without any, everything passes."""
    found = [row for row in OUTCOMES if row.stage == stage and row.marker in organizer_name]
    return max(found, key=lambda row: len(row.marker), default=PASSES)


def script() -> list[dict[str, Any]]:
    """The administration's script: cancellations pass, then the markers, longest first; what is left passes."""
    rules = [{**_ACCEPT, "operation": operation} for operation in _CANCELLATIONS]
    for row in sorted(OUTCOMES, key=lambda row: -len(row.marker)):
        if row.rule:
            rules.append({**row.rule, "organizer": row.marker, **({"times": 1} if row.once else {})})
        if row.once:
            rules.append({**_ACCEPT, "organizer": row.marker})
    return [*rules, dict(_ACCEPT)]
