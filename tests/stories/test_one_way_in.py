"""The same dossier leaves the same rows, whichever way it came in: only who and when differ."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from typer.testing import CliRunner

from openbeian import vault
from openbeian.accounts.models import UserRole
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.cli import app
from openbeian.filings import models
from openbeian.filings.models import Dossier, Finding, Order
from openbeian.filings.queries import submitted_dossier
from openbeian.ledger.models import Event
from openbeian.regime.dossier import document
from openbeian.regime.lifecycle import Action
from openbeian.wechat.dossier import from_wechat
from tests.portal.posting import as_posted
from tests.wechat.bodies import put
from tests.wechat.platform import (
    APPID,
    OPERATOR,
    Platform,
    authority_moves,
    catalogue,
    reviewer_approves,
)

pytestmark = pytest.mark.django_db
WHO_AND_WHEN = {
    "id", "order_id", "opened_at", "opened_by", "state_since", "due_at", "submitted_at", "submitted_by", "at",
    "organizer_id", "lane", "actor_id", "subject",
}
#: As people type; each reads as what is on the certificate.
TYPED = {
    "icp_subject.base_info.name": " 杭州 青禾示例科技　有限公司",
    "icp_subject.principal_info.mobile": "１３９ 0000-0001",
    "icp_applets.principal_info.mobile": "+86 139 0000 0001",
    "icp_subject.principal_info.email": "lin＠example.COM",
    "icp_subject.organize_info.certificate_number": "9133 0106 ma00 0001 5k",
    "icp_subject.principal_info.name": "林　示例",
    "icp_subject.base_info.type": " 4.0 ",
    "icp_subject.principal_info.certificate_validity_date_start": "2018-5-1",
}


class Undone(Exception):
    """Takes everything back."""


def rows() -> dict[str, Any]:
    """Everything the application left, without who and when; what is sealed in clear."""
    def kept(values: Any) -> list[dict[str, Any]]:
        return [{name: value for name, value in row.items() if name not in WHO_AND_WHEN} for row in values]

    order, = kept(Order.objects.values())
    for name, purpose in (("account_sealed", models.ACCOUNT), ("filed_sealed", models.FILED), ("draft_sealed", models.DRAFT)):
        order[name] = vault.unseal_json(order[name], purpose=purpose) if order[name] else None
    snapshot, = kept(Dossier.objects.values())
    snapshot["sealed"] = vault.unseal(bytes(snapshot["sealed"]), purpose=models.DOSSIER)
    snapshot["digest"] = bytes(snapshot["digest"])
    return {
        "order": order, "snapshot": snapshot, "findings": kept(Finding.objects.order_by("id").values()),
        "events": kept(Event.objects.filter(tag__startswith="order:").order_by("id").values()),
    }


def browser_of_administrator() -> Client:
    """The browser of whoever administers the mini program."""
    person = create_user(username="lin", password="x", role=UserRole.ORGANIZER, actor=OPERATOR)
    appoint_administrator(user=person, appid=APPID, actor=OPERATOR)
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.mark.parametrize("typed", [{}, TYPED], ids=["as printed", "as typed"])
def test_the_same_dossier_by_api_command_line_and_form_leaves_the_same_rows(
    at: Any, typed: dict[str, str], tmp_path: Path
) -> None:
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    platform = Platform.create()
    body = platform.complete_body()
    for path, value in typed.items():
        put(body, path, value)
    browser = browser_of_administrator()

    left: list[dict[str, Any]] = []
    with pytest.raises(Undone), transaction.atomic():
        answer = platform.post("apply_icp_filing", body)
        assert answer == {"errcode": 0, "errmsg": "ok"}
        left.append(rows())
        raise Undone
    with pytest.raises(Undone), transaction.atomic():
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(from_wechat(body), ensure_ascii=False), encoding="utf-8")
        assert CliRunner().invoke(app, ["dossier", "file", str(file), "--appid", APPID]).exit_code == 0
        left.append(rows())
        raise Undone
    assert browser.post(f"/portal/apps/{APPID}/orders/", {"kind": "first_filing"}).status_code == 302
    order = Order.objects.get()
    posted = {**dict(as_posted(from_wechat(body))), "submit": "1"}
    assert browser.post(f"/portal/orders/{order.pk}/form/", posted).status_code == 302
    left.append(rows())

    api, command_line, form = left
    assert api == form
    assert api == command_line
    assert api["order"]["version"] == 2
    dossier = submitted_dossier(Order.objects.get())
    assert dossier.organizer.name == "杭州青禾示例科技有限公司"
    assert (dossier.organizer.principal.mobile, dossier.service.principal.mobile) == ("13900000001", "13900000001")
    assert document(dossier)["service"]["name"] == "青禾文具"


@pytest.mark.parametrize("way", ["api", "page"])
@pytest.mark.parametrize(("name", "days", "outcome"), [
    ("青禾文具", 1, ("handover", 1, "青禾文具")), ("青禾文具", 9, ("handover", 1, "青禾文具")),
    ("青禾文具馆", 1, ("platform_review", 2, "青禾文具馆")), ("青禾文具馆", 9, ("sms_lapsed", 1, "青禾文具")),
], ids=["as it was", "as it was, and the face check is old", "renamed", "renamed, and the face check is old"])
def test_after_lapsed_sms_the_same_follows_by_api_and_by_page(
    at: Any, way: str, name: str, days: int, outcome: tuple[str, int, str]
) -> None:
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    platform = Platform.create()
    body = platform.complete_body()
    browser = browser_of_administrator()
    platform.post("apply_icp_filing", body)
    reviewer_approves()
    authority_moves(Action.UPLOADED)
    authority_moves(Action.LAPSED)

    at(f"2023-09-{5 + days:02}T10:00:00+08:00")
    catalogue((APPID, name, "杭州青禾示例科技有限公司", "330000"))
    order = Order.objects.get()
    if way == "api":
        platform.log_in()
        platform.post("apply_icp_filing", body)
    else:
        page = browser.post(f"/portal/orders/{order.pk}/do/resubmit/", {"version": order.version}, follow=True).text
        assert [words in page for words in ("已提交管局", "已按现名称提交", "已超过有效期（72 小时")] == [
            state == outcome[0] for state in ("handover", "platform_review", "sms_lapsed")]
    order.refresh_from_db()
    assert (order.state, order.dossier_number, submitted_dossier(order).service.name) == outcome
