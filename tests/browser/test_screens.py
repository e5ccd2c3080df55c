"""Who sees which screen, what a screen hides, and that nothing a browser can send breaks one."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from openbeian.accounts.models import User, UserRole
from openbeian.desk import permissions as desk
from openbeian.filings import submission
from openbeian.filings.models import FaceCheck, Material, Order
from openbeian.filings.orders import abandon, withdraw
from openbeian.portal import journey
from openbeian.portal import permissions as portal
from openbeian.portal.form import from_post, sections
from openbeian.portal.views import _VERBS
from openbeian.regime.facts import Account
from openbeian.regime.fields import FIELDS
from openbeian.regime.lifecycle import MOVES, Action, OrderKind, Role, State
from openbeian.review.queries import queue
from openbeian.review.verbs import claim
from tests import samples
from tests.browser.messages import ROOTS
from tests.browser.sitting import APPID, people  # noqa: F401
from tests.orders import with_uploads
from tests.portal.posting import as_posted

pytestmark = pytest.mark.django_db(transaction=True)


def screens() -> Iterator[URLPattern]:
    """Every route of the organizers' and the desk's screens."""
    for resolver in get_resolver().url_patterns:
        if getattr(resolver, "namespace", None) in ("portal", "desk"):
            yield from resolver.url_patterns


def test_every_screen_stands_in_the_table_and_every_row_is_a_screen() -> None:
    shown = {(route.callback.__module__.split(".")[1], route.callback.__name__): route.callback.roles
             for route in screens()}
    assert shown == {("portal", name): roles for name, roles in portal.SCREENS.items()} | {
        ("desk", name): roles for name, roles in desk.SCREENS.items()}


def test_no_screen_asks_for_a_state() -> None:
    """What may be done comes from the lifecycle table; templates compare no order's state with a name."""
    asks = re.compile(r"""state\s*==\s*["']""")
    assert [str(path) for root in ROOTS for path in root.rglob("*.html") if asks.search(path.read_text())] == []


def test_the_organizers_actions_all_have_a_button() -> None:
    offered = {row.action for row in MOVES if row.role == Role.ORGANIZER and row.source is not None}
    assert offered == set(journey.CONFIRMED) | {Action.SAVE, Action.SUBMIT}
    assert set(_VERBS) | {Action.RESUBMIT} == set(journey.CONFIRMED)


def test_every_state_has_a_station_and_a_tone() -> None:
    placed = [state for _label, states in journey.STATIONS for state in states]
    assert sorted(placed) == sorted(State)
    assert set(journey.TONES) == set(State)


def test_the_form_asks_for_every_field_of_the_dossier() -> None:
    asked = {one.path for kind in (OrderKind.FIRST_FILING, OrderKind.CANCEL_SERVICE)
             for part in sections(kind) for one in part.inputs}
    asked |= {f"service.prior_approvals.{name}" for name in ("type", "number", "picture")}
    assert asked == set(FIELDS) - {"service.name"} | {"service.prior_approvals"}


@pytest.mark.parametrize("dossier", [samples.enterprise_dossier(), samples.individual_dossier()])
def test_a_dossier_shown_in_the_form_and_posted_back_is_the_same(dossier: dict[str, Any]) -> None:
    posted = Client().post("/", dict(as_posted(dossier))).wsgi_request.POST
    assert from_post(posted, OrderKind.FIRST_FILING) == dossier


@pytest.fixture
def submitted(people: dict[str, User]) -> Order:  # noqa: F811
    """The organizer's filing, waiting for review."""
    dossier = with_uploads(samples.enterprise_dossier(), APPID)
    account = Account(APPID, "青禾文具", dossier["organizer"]["name"])
    return submission.file(appid=APPID, document=dossier, account=account, actor=people["organizer"].actor)


def browser(user: User | None, language: str = "zh-hans") -> Client:
    client = Client(headers={"accept-language": language})
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def addresses(order: Order) -> dict[str, str]:
    """One address of every screen, by its view."""
    values = {"order_id": order.pk, "appid": order.appid, "action": "withdraw",
              "media_id": Material.objects.filter(appid=order.appid).first().media_id,
              "task_id": FaceCheck.objects.get(appid=order.appid).task_id, "province": "330000",
              **dict.fromkeys(("file_id", "assignment_id", "difference_id", "offer_id", "claim_id"), 1)}
    found = {}
    for route in screens():
        room = "/desk/" if route.callback.__module__.startswith("openbeian.desk") else "/"
        text = re.sub(r"<\w+:(\w+)>", lambda m: str(values[m[1]]), str(route.pattern))
        found[f"{room}{route.callback.__name__}"] = room + text
    return found


def test_each_role_enters_its_own_screens_only(people: dict[str, User], submitted: Order) -> None:  # noqa: F811
    who = {UserRole.ORGANIZER: "organizer", UserRole.REVIEWER: "reviewer", UserRole.OPERATOR: "operator",
           UserRole.AUDITOR: "auditor"}
    nobody, somebody = browser(None), {role: browser(people[username]) for role, username in who.items()}
    known = addresses(submitted)
    for route in screens():
        name = route.callback.__name__
        room = "/desk/" if route.callback.__module__.startswith("openbeian.desk") else "/"
        address = known[f"{room}{name}"]
        assert nobody.get(address).headers["Location"].startswith("/accounts/login/"), address
        assert nobody.post(address).headers["Location"].startswith("/accounts/login/"), address
        for role, client in somebody.items():
            status = client.get(address).status_code
            assert (status == 403) == (role not in route.callback.roles), (address, role, status)
            assert status < 500


def test_another_organizers_things_are_not_there(people: dict[str, User], submitted: Order) -> None:  # noqa: F811
    client = browser(people["stranger"])
    about_one = {name: address for name, address in addresses(submitted).items()
                 if name not in ("/start", "/home", "/messages_page", "/claims") and not name.startswith("/desk/")}
    answers = {name: {client.get(address).status_code, client.post(address).status_code}
               for name, address in about_one.items()}
    one_way = {"/mini_program", "/order", "/material", "/face_check_state", "/open_order", "/form_part",
               "/answer_offer", "/withdraw_claim"}
    assert answers == {name: {404, 405} if name in one_way else {404} for name in about_one}


def test_personal_data_is_open_to_reviewers_only(people: dict[str, User], submitted: Order) -> None:  # noqa: F811
    page, picture = addresses(submitted)["/desk/order"], addresses(submitted)["/desk/material"]
    number = "330106198802140010"
    assert {who: number in browser(people[who]).get(page).text for who in ("reviewer", "operator", "auditor")} == {
        "reviewer": True, "operator": False, "auditor": False}
    assert "林示例" not in browser(people["auditor"]).get(page).text
    answer = browser(people["reviewer"]).get(picture)
    assert (answer.status_code, answer["Cache-Control"], answer["Content-Type"]) == (200, "no-store", "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert browser(people["operator"]).get(picture).status_code == 403


def test_a_reviewer_sees_no_working_copy(people: dict[str, User]) -> None:  # noqa: F811
    draft = submission.open_order(
        kind="first_filing", appid=APPID, account=Account(APPID, "青禾文具", "x"), actor=people["organizer"].actor)
    assert browser(people["reviewer"]).get(f"/desk/orders/{draft.pk}/").status_code == 404
    assert list(queue()) == []


def test_a_decision_on_a_page_that_is_out_of_date_is_refused(
    people: dict[str, User], submitted: Order  # noqa: F811
) -> None:
    """The organizer withdrew while the reviewer was reading. The reviewer is told where the order stands now."""
    reviewer = browser(people["reviewer"])
    claim(order_id=submitted.pk, reviewer=people["reviewer"].actor)
    withdraw(order_id=submitted.pk, actor=people["organizer"].actor)
    page = reviewer.post(f"/desk/orders/{submitted.pk}/approve/", {"version": submitted.version}, follow=True)
    assert (page.status_code, "已撤回" in page.text) == (200, True)
    submitted.refresh_from_db()
    assert submitted.state == "withdrawn"


def test_a_confirmation_names_the_state_when_it_comes_too_late(
    people: dict[str, User], at: Callable[[str], datetime]  # noqa: F811
) -> None:
    draft = submission.open_order(
        kind="first_filing", appid=APPID, account=Account(APPID, "青禾文具", "x"), actor=people["organizer"].actor)
    organizer = browser(people["organizer"])
    address = f"/portal/orders/{draft.pk}/do/abandon/"
    assert "订单结束，不能恢复" in organizer.get(address).text
    abandon(order_id=draft.pk, actor=people["organizer"].actor)
    assert "确认放弃" not in organizer.get(address).text
    assert "不能执行此操作" in organizer.post(address, {"version": draft.version}, follow=True).text


NONSENSE: list[dict[str, Any]] = [
    {}, {"do": "upload"}, {"do": "upload", "path": "organizer.name"}, {"do": "remove", "path": "service.prior_approvals.99"},
    {"do": "remove", "path": "../../etc"}, {"do": "drop", "row": "-1"}, {"do": "drop", "row": "9" * 400},
    {"do": "copy", "section": "\0"}, {"do": "\0"}, {"organizer.type": "9" * 300, "do": "redraw"},
    {"organizer.province": "\0\0", "organizer.city": "x" * 5000, "do": "redraw"},
    {"organizer.certificate.number": "\ud7ff\U0001f600" * 200, "do": "save"},
    {"service.contents": ["x", "-1", "9" * 50], "do": "redraw"},
    {"service.prior_approvals.0.type": "x", "service.prior_approvals.0.picture": "\0", "do": "add"},
    {"service.principal.face_check": "x" * 9000, "do": "redraw"},
    {"organizer.principal.certificate.valid_from": "0", "do": "redraw"},
    {"materials.subject_other_materials": ["\0", "x" * 300], "do": "redraw"},
]


@pytest.mark.parametrize("posted", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_in_the_form_breaks_nothing(people: dict[str, User], posted: dict[str, Any]) -> None:  # noqa: F811
    draft = submission.open_order(
        kind="first_filing", appid=APPID, account=Account(APPID, "青禾文具", "x"), actor=people["organizer"].actor)
    organizer = browser(people["organizer"], "en")
    form = dict(as_posted({}, version=draft.version)) | posted
    assert organizer.post(f"/portal/orders/{draft.pk}/form/part/", form).status_code in (200, 404)
    draft.refresh_from_db()
    form |= {"version": draft.version, "submit": "1"}
    assert organizer.post(f"/portal/orders/{draft.pk}/form/", form).status_code == 200
    assert organizer.get(f"/portal/orders/{draft.pk}/form/").status_code == 200


@pytest.mark.parametrize("address", [
    "/desk/?after=x_y", "/desk/?after=2023-01-01_1", "/desk/?after=2023-01-01T00:00:00%2B08:00_" + "9" * 18, "/desk/?state=%00",
    "/desk/?state=draft", "/desk/shelf/?appid=%00%27", "/desk/shelf/?appid=" + "x" * 900, "/desk/orders/" + "9" * 30 + "/",
    "/desk/finding-row/?field=%00", "/desk/orders/1/materials/%00/", "/portal/apps/%00/",
])
def test_nonsense_in_an_address_breaks_nothing(people: dict[str, User], address: str) -> None:  # noqa: F811
    assert browser(people["reviewer"]).get(address).status_code in (200, 403, 404)


def test_every_answer_carries_the_policy(people: dict[str, User]) -> None:  # noqa: F811
    for address in ("/accounts/login/", "/no-such-page", "/desk/"):
        policy = Client().get(address)["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy


def test_nobody_signs_up(people: dict[str, User]) -> None:  # noqa: F811
    page = Client().post("/accounts/signup/", {"username": "x", "password1": "Zx93kqpw!", "password2": "Zx93kqpw!"})
    assert "不开放注册" in page.text
    assert not User.objects.filter(username="x").exists()
