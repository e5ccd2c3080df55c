"""Who must verify by SMS (短信核验), and what became of it."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from openbeian import vault
from openbeian.regime.code_tables import provinces
from openbeian.simulator.models import Principal, Record, ShortMessage, State
from openbeian.simulator.verbs.office import code_digest, last6_digest, mobile_digest, move
from openbeian.simulator.verbs.outcomes import send_verifications


def verified(record: Record, concerned: Iterable[Principal], now: datetime) -> None:
    """Principals have verified: report the new ones, and move on when all have. Caller holds the queue."""
    fresh = [principal for principal in concerned if principal.verified_at is None]
    for principal in fresh:
        principal.verified_at = now
        principal.save(update_fields=["verified_at"])
    if fresh:
        send_verifications(record, ((p.role, "verified") for p in fresh), now)
    if not record.principals.filter(verified_at=None).exists():
        move(record, State.REVIEW, now)


def challenge(
    record: Record,
    principals: Iterable[tuple[str, etree._Element | None]],
    now: datetime,
    *,
    send_codes: bool = True,
) -> None:
    """Put down who must verify, and send one SMS to each distinct mobile."""
    mobiles: dict[str, None] = {}
    for role, node in principals:
        assert node is not None
        mobile = (node.findtext("Fzr_sjhm") or "").split(";")[0].strip()
        mobiles[mobile] = None
        Principal.objects.create(
            record=record,
            role=role,
            mobile_digest=mobile_digest(mobile),
            certificate_digest=last6_digest((node.findtext("Fzr_zjhm") or "")[-6:]),
        )
    if send_codes:
        for mobile in mobiles:
            send_code(record, mobile, now)


def send_code(record: Record, mobile: str, now: datetime, *, wrong: int = 0) -> None:
    """Send a new code to one mobile; `wrong` inputs already count."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    text = (
        f"【工信部备案管理系统】验证码 {code}，请于 24 小时内登录短信核验页面，"
        f"输入验证码、手机号码和证件号码后六位完成核验。（{provinces()[record.province_id].authority}，模拟短信）"
    )
    ShortMessage.objects.create(
        record=record,
        mobile_digest=mobile_digest(mobile),
        sealed=vault.seal_json({"mobile": mobile, "code": code, "text": text}, purpose="simulator.sms"),
        code_digest=code_digest(code),
        wrong=wrong,
        sent_at=now,
    )
