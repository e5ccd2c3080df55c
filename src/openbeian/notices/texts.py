"""What each notice says, in both languages. Placeholders are filled from the notice's context."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """A title and a body in Chinese and English."""

    title_zh: str
    title_en: str
    body_zh: str
    body_en: str


TEXTS: dict[str, Text] = {
    "returned": Text(
        "备案订单已退回", "Your filing was returned",
        "订单 {order} 有 {findings} 处需要修改，请修改后重新提交。",
        "Order {order} has {findings} findings. Correct them and submit again."),
    "handed_over": Text(
        "平台审核已通过", "The platform approved your filing",
        "订单 {order} 正在提交管局。提交后负责人会收到工信部短信，须在 24 小时内完成核验。",
        "Order {order} is on its way to the administration. The principals will get an SMS from the ministry "
        "and must answer it within 24 hours."),
    "sms_pending": Text(
        "请完成短信核验", "Answer the ministry's SMS",
        "管局已受理订单 {order}。负责人须在 24 小时内完成工信部短信核验，逾期订单将退回。",
        "The administration has taken order {order}. The principals must answer the ministry's SMS within 24 hours."),
    "sms_reminder": Text(
        "短信核验即将到期", "SMS verification ends soon",
        "订单 {order} 的短信核验还剩约 {hours} 小时，逾期订单将退回。没有收到短信的，可在工信部短信核验页面重新获取。",
        "About {hours} hours are left to verify order {order} by SMS. Who got no SMS can ask for another on the "
        "ministry's verification page."),
    "rectify": Text(
        "管局要求整改", "The administration asks for a correction",
        "管局对备案号 {number} 发来整改通知，平台将与您联系。请核对备案信息，有变化的办理变更备案。",
        "The administration asks for a correction of filing {number}. The platform will contact you. Check the filed "
        "data and file a change for what is no longer true."),
    "sms_lapsed": Text(
        "短信核验未完成", "SMS verification lapsed",
        "订单 {order} 未按时完成短信核验。信息无误可直接重新提交，需要修改请先修改。",
        "Order {order} was not verified in time. Resubmit it unchanged, or amend it first."),
    "authority_review": Text(
        "短信核验已完成", "SMS verification done",
        "订单 {order} 已进入管局审核，最长 20 个工作日。",
        "Order {order} is with the administration, which has 20 working days."),
    "authority_rejected": Text(
        "管局驳回", "The administration rejected your filing",
        "订单 {order} 被管局驳回，共 {findings} 条意见，请修改后重新提交。",
        "The administration rejected order {order} with {findings} findings. Correct them and submit again."),
    "filed": Text(
        "备案成功", "Filed",
        "备案号：{number}。请在小程序内展示备案号。",
        "Filing number {number}. Display it in the mini program."),
    "cancelled": Text(
        "备案已注销", "Filing cancelled",
        "备案号 {number} 已注销，不可恢复。小程序不再符合上架条件。",
        "Filing number {number} is cancelled for good. The mini program may no longer be listed."),
    "access_ended": Text(
        "已取消接入", "No longer filed through this platform",
        "备案号 {number} 已取消在本平台的接入，号码本身仍然有效。小程序不再符合在本平台上架的条件。",
        "Filing number {number} stays in force, but no longer through this platform. The mini program may no longer be "
        "listed here."),
    "expired": Text(
        "订单已过期", "Order expired",
        "订单 {order} 长期未处理，已过期。需要时可以恢复。",
        "Order {order} was left idle and has expired. You can bring it back."),
    "face_check": Text(
        "请完成人脸核身", "Take the face check",
        "备案需要管理员完成人脸核身，24 小时内有效：{link}",
        "The filing needs your face check, within 24 hours: {link}"),
    "taken_offline": Text(
        "小程序已下架", "Mini program taken offline",
        "小程序 {appid} 已下架：{reason}。完成备案后自动恢复。",
        "Mini program {appid} was taken offline: {reason}. It comes back once it is filed."),
    "put_back": Text(
        "小程序已恢复上架", "Mini program back on the shelf",
        "小程序 {appid} 已恢复上架。",
        "Mini program {appid} is back on the shelf."),
    "transfer_offered": Text(
        "有小程序要转移给您", "A mini program is offered to you",
        "小程序 {appid} 的管理员要把它转移给您，7 天内有效。请在“我的小程序”接受或拒绝。",
        "The administrator of mini program {appid} wants to hand it over to you. Accept or decline within 7 days, under "
        "“My mini programs”."),
    "transfer_declined": Text(
        "转移被拒绝", "Your transfer was declined",
        "对方拒绝接受小程序 {appid}，仍由您管理。",
        "The other account declined mini program {appid}. You still administer it."),
    "transfer_withdrawn": Text(
        "转移已撤回", "A transfer was taken back",
        "小程序 {appid} 不再转移给您。",
        "Mini program {appid} is no longer offered to you."),
    "transfer_lapsed": Text(
        "转移已过期", "A transfer has lapsed",
        "小程序 {appid} 的转移 7 天内无人接受，已过期，管理员不变。",
        "Nobody accepted mini program {appid} within 7 days. Its administrator stays."),
    "transferred_away": Text(
        "小程序已转移", "Mini program handed over",
        "小程序 {appid} 已转移给另一账号，您不再管理它。如非您本人办理，请立即联系平台。",
        "Mini program {appid} is now another account's; you administer it no more. If this was not you, contact the "
        "platform at once."),
    "transferred_here": Text(
        "小程序已转移给您", "A mini program is yours",
        "小程序 {appid} 及其备案和订单现由您管理。",
        "You now administer mini program {appid} with its filing and its orders."),
    "administrator_changed": Text(
        "管理员已更换", "Another administrator",
        "小程序 {appid} 的一位管理员已更换。如有疑问，请联系平台。",
        "One of the administrators of mini program {appid} has changed. If you have doubts, contact the platform."),
    "claim_made": Text(
        "有人认领您的备案", "Somebody claims your filing",
        "另一账号认领备案号 {number}（小程序 {appid}），平台正在审核。如有异议，请尽快联系平台。",
        "Another account claims filing {number} (mini program {appid}); the platform is reviewing it. If you object, "
        "contact the platform soon."),
    "claim_approved": Text(
        "认领已通过", "Your claim was approved",
        "您已成为备案号 {number}（小程序 {appid}）的管理员。",
        "You now administer mini program {appid}, filed as {number}."),
    "claim_refused": Text(
        "认领未通过", "Your claim was refused",
        "您对备案号 {number} 的认领未通过，原因见“认领备案”页。",
        "Your claim of filing {number} was refused. The reason is on the page “Claim a filing”."),
    "administrator_added": Text(
        "增加了管理员", "Another administrator was added",
        "经平台审核，另一账号通过认领成为小程序 {appid} 的管理员，您的管理员身份不变。如有异议，请联系平台。",
        "After the platform's review another account administers mini program {appid} as well. You stay its "
        "administrator. If you object, contact the platform."),
    "claim_ended": Text(
        "认领已结束", "A claim has ended",
        "另一账号对备案号 {number}（小程序 {appid}）的认领已结束，管理员不变。",
        "The claim of filing {number} (mini program {appid}) by another account has ended. Nothing has changed."),
}


#: Why the shelf took an app off, by the code of its decision.
REASONS: dict[str, tuple[str, str]] = {
    "unfiled_after_deadline": ("期限届满仍未备案", "not filed by the deadline"),
    "unfiled_never_listed": ("未备案", "not filed"),
    "filing_cancelled": ("备案已注销", "the filing was cancelled"),
}


#: Whose SMS verification it is.
PRINCIPALS: dict[str, tuple[str, str]] = {
    "subject": ("主体负责人", "subject principal"), "service": ("小程序负责人", "mini program's principal")}


def waiting_for(pending: Iterable[tuple[str, str]], *, language: str) -> str:
    """Who has still to verify: a sentence with each principal's role and masked mobile; empty for nobody."""
    english = language.startswith("en")
    named = [f"{PRINCIPALS[principal][english]} {mobile}" for principal, mobile in pending]
    if not named:
        return ""
    return f" Still to verify: {', '.join(named)}." if english else f"待核验：{'、'.join(named)}。"


def render(code: str, context: Mapping[str, Any], *, language: str) -> tuple[str, str]:
    """Title and body of a notice, the title with the mini program's ``name`` where there is one.

    ``language`` starting with ``en`` gives English, anything else Chinese.
    """
    text = TEXTS[code]
    english = language.startswith("en")
    known = defaultdict(lambda: "–", {key: str(value) for key, value in context.items()})
    if reason := REASONS.get(known["reason"]):
        known["reason"] = reason[english]
    title, body = (text.title_en, text.body_en) if english else (text.title_zh, text.body_zh)
    if name := context.get("name"):
        title = f"{name}: {title}" if english else f"{name}：{title}"
    return title, body.format_map(known)
