"""SMS verification (短信核验): codes to the principals' phones, and what is entered on the ministry's page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from lxml import etree

from openbeian import vault
from openbeian.authority.simulator.models import Principal, Record, ShortMessage, State
from openbeian.authority.simulator.verbs.office import (
    code_digest,
    last6_digest,
    mobile_digest,
    move,
    queue_up,
)
from openbeian.authority.simulator.verbs.outcomes import give_up, send_verifications
from openbeian.authority.simulator.verbs.time import settle
from openbeian.ledger import clock
from openbeian.regime.code_tables import provinces

WRONG_INPUTS_ALLOWED = 5
"""Consecutive wrong inputs that are forgiven; the next one returns the request."""


@dataclass(frozen=True)
class SmsAnswer:
    """Answer to an input on the verification page.

    `result`: verified, wrong, returned (sixth wrong input) or none (nothing waits for this mobile).
    """

    result: str
    attempts_left: int | None = None


@transaction.atomic
def verify_sms(*, code: str, mobile: str, certificate_last6: str) -> SmsAnswer:
    """An input on the ministry's page: code, mobile, last six characters of the certificate number.

    Queues a file for each principal it verifies, moves the request to review when all have verified, and returns
    it to the platform on the sixth consecutive wrong input.
    """
    settle()
    queue_up()
    now = clock.now()
    messages = list(
        ShortMessage.objects.filter(mobile_digest=mobile_digest(mobile), record__state=State.SMS)
        .select_related("record")
        .order_by("-pk")
    )
    if not messages:
        return SmsAnswer("none")
    matching = [m for m in messages if bytes(m.code_digest) == code_digest(code.strip())]
    for message in matching:
        concerned = message.record.principals.filter(
            mobile_digest=message.mobile_digest, certificate_digest=last6_digest(certificate_last6)
        )
        if concerned:
            _verified(message, list(concerned.order_by("pk")), now)
            return SmsAnswer("verified")
    message = (matching or messages)[0]
    message.wrong += 1
    message.save(update_fields=["wrong"])
    if message.wrong > WRONG_INPUTS_ALLOWED:
        give_up(message.record, State.RETURNED, "refused", now)
        return SmsAnswer("returned", 0)
    return SmsAnswer("wrong", WRONG_INPUTS_ALLOWED - message.wrong)


def _verified(message: ShortMessage, concerned: list[Principal], now: datetime) -> None:
    record = message.record
    message.wrong = 0
    message.save(update_fields=["wrong"])
    fresh = [p for p in concerned if p.verified_at is None]
    for principal in fresh:
        principal.verified_at = now
        principal.save(update_fields=["verified_at"])
    if fresh:
        send_verifications(record, ((p.role, "verified") for p in fresh), now)
    if not record.principals.filter(verified_at=None).exists():
        move(record, State.REVIEW, now)


def challenge(record: Record, principals: Iterable[tuple[str, etree._Element | None]], now: datetime) -> None:
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
    authority = provinces()[record.province_id].authority
    for mobile in mobiles:
        code = f"{secrets.randbelow(1_000_000):06d}"
        text = (
            f"【工信部备案管理系统】验证码 {code}，请于 24 小时内登录短信核验页面，"
            f"输入验证码、手机号码和证件号码后六位完成核验。（{authority}，模拟短信）"
        )
        ShortMessage.objects.create(
            record=record,
            mobile_digest=mobile_digest(mobile),
            sealed=vault.seal_json({"mobile": mobile, "code": code, "text": text}, purpose="simulator.sms"),
            code_digest=code_digest(code),
            sent_at=now,
        )
