"""What people type in other spellings is read as what it means, filed in its one form, and found in the register."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from openbeian.accounts.models import UserRole
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.cli import app
from openbeian.filings.errors import SubmissionRefused
from openbeian.filings.models import Order
from openbeian.filings.queries import submitted_dossier, working_copy
from openbeian.regime.dossier import document
from openbeian.register import queries as register
from openbeian.wechat.dossier import err_field, from_wechat
from tests.portal.posting import as_posted
from tests.wechat.bodies import put
from tests.wechat.platform import APPID, OPERATOR, Platform, catalogue, filed

pytestmark = pytest.mark.django_db
NAME = "杭州青禾示例科技有限公司"
BOTH = ("organizer.principal", "service.principal")
DOTS = ("\u2022", "\u30fb", "\u2027", "\u2219", "\u22c5", "\uff0e", "●", "··")


def in_both(name: str, value: str) -> dict[str, str]:
    """A value of the one person who is both principals."""
    return {f"{path}.{name}": value for path in BOTH}


#: What is typed, and what it is.
SPELLINGS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    *((in_both("mobile", typed), in_both("mobile", right)) for typed, right in (
        ("139 0000 0001", "13900000001"), ("１３９０００００００１", "13900000001"), ("138-0013-8000", "13800138000"),
        ("149 0000 0001", "14900000001"), ("\u202d139 0000 0001\u202c", "13900000001"))),
    (in_both("email", "lin＠example.com"), in_both("email", "lin@example.com")),
    (in_both("certificate.number", "330106 19880214 0010"), in_both("certificate.number", "330106198802140010")),
    (in_both("certificate.number", "33010619880214007x"), in_both("certificate.number", "33010619880214007X")),
    *(({**in_both("certificate.type", 14), **in_both("certificate.number", typed)}, in_both("certificate.number", right))
      for typed, right in (("HA1234567", "HA1234567"), ("ma 1234567", "MA1234567"))),
    (in_both("certificate.valid_until", "长期有效"), in_both("certificate.valid_until", "长期")),
    (in_both("certificate.valid_from", "2018年5月10日"), in_both("certificate.valid_from", "20180510")),
    *(({"organizer.certificate.number": typed}, {"organizer.certificate.number": "91330106MA0000015K"})
      for typed in ("91330106ma0000015k", "91330106 MA0000015K")),
    *((in_both("emergency_number", typed), in_both("emergency_number", "0571-87654321"))
      for typed in ("０５７１－８７６５４３２１", "0571—87654321", "(0571)87654321", "057187654321", "0571——87654321")),
    *((in_both("name", typed), in_both("name", "林示例")) for typed in ("林 示例", "林　示例", "林示例。", "·林示例")),
    ({"service.contents": [164, 163]}, {"service.contents": [163, 164]}),
    *((in_both("name", f"阿依{dot}示例"), in_both("name", "阿依·示例")) for dot in DOTS),
    *((in_both("name", name), in_both("name", name)) for name in ("䶮示例", "王䜣", "䴙䴘", "𠮷示例", "㐂𬍛")),
    ({"organizer.address": "示例路８８号 𠮷庐"}, {"organizer.address": "示例路88号𠮷庐"}),
)
#: The organizer's name as its account has it, and as somebody types it.
NAMES = (
    ("杭州宽窄（示例）有限公司", "杭州宽窄(示例)有限公司"),
    ("杭州宽窄（示例）有限公司", " 杭州 宽窄(示例)　有限公司 "),
    ("杭州示例—样本有限公司", "杭州示例-样本有限公司"),
    ("杭州㐂𠮷示例有限公司", "杭州 㐂𠮷 示例有限公司"),
)


@pytest.fixture
def platform(at: Callable[[str], Any]) -> Platform:
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", NAME, "330000"))
    return Platform.create()


@pytest.fixture
def browser(platform: Platform) -> Client:
    """The administrator of the mini program."""
    person = create_user(username="lin", password="x", role=UserRole.ORGANIZER, actor=OPERATOR)
    appoint_administrator(user=person, appid=APPID, actor=OPERATOR)
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def typed_body(platform: Platform, typed: dict[str, Any]) -> dict[str, Any]:
    """The sample's application with other values typed into it."""
    body = platform.complete_body()
    for path, value in typed.items():
        put(body, err_field(path), value)
        if path.endswith(".type"):  # pictures of another certificate
            for side in ("photo_front", "photo_back"):
                field = err_field(path.replace(".type", f".{side}"))
                put(body, field, platform.upload(field, value)["media_id"])
    return body


def by_api(platform: Platform, browser: Client, body: dict[str, Any]) -> list[str]:
    """Send the application; the fields in which something was found."""
    return [hint["err_field"] for hint in platform.post("apply_icp_filing", body).get("hints", ())]


def by_form(platform: Platform, browser: Client, body: dict[str, Any]) -> list[str]:
    """Fill in the form and submit it; the fields in which something was found."""
    address = form_of("first_filing", browser)
    answer = browser.post(address, {**dict(as_posted(from_wechat(body))), "submit": "1"})
    return [err_field(finding.field) for finding in answer.context["findings"]] if answer.status_code == 200 else []


def by_command_line(platform: Platform, browser: Client, body: dict[str, Any]) -> list[str]:
    """Write the dossier to a file and file that; the fields in which something was found."""
    with TemporaryDirectory() as folder:
        dossier = Path(folder, "mine.json")
        dossier.write_text(json.dumps(from_wechat(body), ensure_ascii=False), encoding="utf-8")
        said = CliRunner().invoke(app, ["dossier", "file", str(dossier), "--appid", APPID])
    if isinstance(said.exception, SubmissionRefused):
        return [err_field(finding.field) for finding in said.exception.findings]
    assert (said.exit_code, Order.objects.get().state) == (0, "platform_review"), said.output
    return []


def form_of(kind: str, browser: Client) -> str:
    """The address of the form of a new order."""
    assert browser.post(f"/portal/apps/{APPID}/orders/", {"kind": kind}).status_code == 302
    return f"/portal/orders/{Order.objects.latest('pk').pk}/form/"


def at_path(content: Any, path: str) -> Any:
    for name in path.split("."):
        content = content[name]
    return content


Way = Callable[[Platform, Client, dict[str, Any]], list[str]]
every_way = pytest.mark.parametrize("way", [by_api, by_form, by_command_line])


@every_way
@pytest.mark.parametrize(("typed", "right"), SPELLINGS, ids=[min(right) for _, right in SPELLINGS])
def test_another_spelling_is_submitted_and_filed_in_its_one_form(
    way: Way, typed: dict[str, Any], right: dict[str, Any], platform: Platform, browser: Client
) -> None:
    assert way(platform, browser, typed_body(platform, typed)) == []
    submitted = document(submitted_dossier(Order.objects.get()))
    assert {path: at_path(submitted, path) for path in right} == right
    filed()
    on_file = document(register.filed_dossier(register.standing(appid=APPID)))
    assert {path: at_path(on_file, path) for path in right} == right


@every_way
@pytest.mark.parametrize(("own", "typed"), NAMES)
def test_the_organizer_is_filed_and_found_under_its_accounts_spelling(
    way: Way, own: str, typed: str, platform: Platform, browser: Client
) -> None:
    catalogue((APPID, "青禾文具", own, "330000"))
    assert way(platform, browser, typed_body(platform, {"organizer.name": typed})) == []
    assert submitted_dossier(Order.objects.get()).organizer.name == own
    filed()
    assert [register.by_name(name)[0].organizer_name for name in (own, typed)] == [own, own]


@every_way
def test_two_people_with_one_number_in_two_spellings_share_it(way: Way, platform: Platform, browser: Client) -> None:
    body = typed_body(platform, {
        "organizer.principal.emergency_number": "(0571)87654321", "service.principal.name": "吴样例",
        "service.principal.certificate.number": "330106199001010018", "service.principal.mobile": "13900000003",
        "service.principal.email": "wu@example.com", "service.principal.emergency_number": "０５７１－８７６５４３２１"})
    assert way(platform, browser, body) == ["icp_applets.principal_info.emergency_contact"]


@every_way
@pytest.mark.parametrize(("subject", "service"), [
    ("浙ICP備2020034752号", "浙ICP備2020034752号-3X"), ("浙icp备２０２００３４７５２號", "浙ICP备2020034752號－3x")])
def test_numbers_that_another_provider_obtained_are_read_in_any_spelling(
    way: Way, subject: str, service: str, platform: Platform, browser: Client
) -> None:
    body = typed_body(platform, {"existing.subject_number": subject, "existing.service_number": service})
    assert way(platform, browser, body) == []
    order = Order.objects.get()
    assert (order.kind, order.subject_number, order.service_number) == (
        "new_access", "浙ICP备2020034752号", "浙ICP备2020034752号-3X")


OTHERWISE = {
    "organizer.name": f" {NAME[:2]} {NAME[2:]}", **in_both("mobile", "+86 139-0000-0001"), **in_both("name", "林　示例"),
    "organizer.certificate.number": "91330106 ma0000015k", **in_both("email", "lin＠example.com"),
    "service.contents": [164, 163],
}


def test_another_spelling_of_what_is_filed_is_no_change_by_api(platform: Platform) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    answer = platform.post("apply_icp_filing", typed_body(platform, OTHERWISE))
    assert [hint["errcode"] for hint in answer["hints"]] == [86411]
    assert Order.objects.count() == 1


def test_another_spelling_of_what_is_filed_is_no_change_by_form(platform: Platform, browser: Client) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    address = form_of("change_both", browser)
    posted = dict(as_posted(from_wechat(typed_body(platform, OTHERWISE))))
    answer = browser.post(address, {**posted, "submit": "1"})
    assert [finding.rule for finding in answer.context["findings"]] == ["OB-CHG-002"]
    assert Order.objects.latest("pk").state == "draft"


def test_a_draft_shows_the_one_form_of_what_can_be_read_and_the_rest_as_typed(platform: Platform, browser: Client) -> None:
    typed = {
        "organizer.principal.mobile": "１３９ 0000-0001", "organizer.certificate.number": "91330106 ma0000015k",
        "organizer.principal.emergency_number": "白天打 0571—87654321，晚上和周末打 13900000002 找周示范转告",
    }
    shown = {**typed, "organizer.principal.mobile": "13900000001", "organizer.certificate.number": "91330106MA0000015K"}
    body = typed_body(platform, typed)
    address = form_of("first_filing", browser)
    browser.post(address, dict(as_posted(from_wechat(body))))
    draft = working_copy(Order.objects.get())
    assert {path: at_path(draft, path) for path in typed} == shown
    page = browser.get(address).text
    assert [value for value in shown.values() if f'value="{value}"' not in page] == []
