"""The filing form: nothing typed in it is lost, whatever else happens to the order, and it is read as any dossier is."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openbeian.accounts.models import UserRole
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.filings.models import Material, Order
from openbeian.filings.queries import current_document, working_copy
from openbeian.regime.paths import read
from openbeian.wechat.dossier import err_field, from_wechat
from tests.orders import damage_snapshot
from tests.portal.posting import as_posted
from tests.portal.test_transfers_and_claims import text
from tests.samples import png
from tests.wechat.bodies import put
from tests.wechat.platform import APPID, OPERATOR, Platform, catalogue, reviewer_returns
from tests.wechat.test_uploads import BOUNDARY, FILE_NAMES, named

pytestmark = pytest.mark.django_db
NAME = "organizer.principal.name"


@pytest.fixture
def platform(at: Any) -> Platform:
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    return Platform.create()


@pytest.fixture
def person(platform: Platform) -> Client:
    """At the form of a new order."""
    user = create_user(username="lin", password="x", role=UserRole.ORGANIZER, actor=OPERATOR)
    appoint_administrator(user=user, appid=APPID, actor=OPERATOR)
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(f"/portal/apps/{APPID}/orders/", {"kind": "first_filing"})
    return client


def post(client: Client, address: str = "part/", *, version: int | None = None, dossier: Any = None, **more: Any) -> Any:
    """Post the form, filled with a dossier, as a page that shows the version of the order, the present one if none is given."""
    order = Order.objects.get()
    form = dict(as_posted(dossier or {}, version=version or order.version)) | more
    return client.post(f"/portal/orders/{order.pk}/form/{address}", form)


def typed(path: str = NAME) -> Any:
    return read(working_copy(Order.objects.get()), path)


# Two pages of one form


def test_each_answer_brings_the_version_for_the_next_save(person: Client) -> None:
    for version, step in enumerate(("save", "redraw", "add", "face_check", "save"), start=1):
        answer = post(person, version=version, do=step, **{NAME: f"林{version}"})
        assert f'name="version" id="version" value="{version + 1}"' in answer.text, step
        assert (Order.objects.get().version, typed()) == (version + 1, f"林{version}")
    assert 'value="6"' in person.get(f"/portal/orders/{Order.objects.get().pk}/form/").text


@pytest.mark.parametrize("step", ["save", "redraw", "add", "drop", "copy", "face_check", "remove", "switch"])
def test_an_older_page_overwrites_nothing_and_says_so(person: Client, step: str) -> None:
    post(person, **{NAME: "林新"})
    answer = post(person, version=1, do=step, **{NAME: "林旧"})
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#save-mark")
    assert "订单已在别处（其他页面、设备或接口）修改，本次未保存。" in answer.text and "/form/" in answer.text
    assert (typed(), Order.objects.get().version) == ("林新", 2)


@pytest.mark.parametrize("button", ["keep", "submit"])
def test_an_older_page_that_is_sent_whole_comes_back_as_it_was_typed(person: Client, button: str) -> None:
    post(person, **{NAME: "林新"})
    answer = post(person, "", version=1, **{NAME: "林旧", button: "1"})
    assert (answer.status_code, 'value="林旧"' in answer.text, 'value="林新"' in answer.text) == (409, True, False)
    assert "订单已在别处" in answer.text and 'id="version" value="1"' in answer.text
    assert typed() == "林新"


def test_a_page_that_has_not_heard_of_its_own_last_save_is_not_out_of_date(person: Client) -> None:
    post(person, **{NAME: "林示例"})
    assert post(person, "", version=1, keep="1", **{NAME: "林示例"}).status_code == 302
    assert post(person, "", version=1, submit="1", **{NAME: "林示例"}).status_code == 200


def test_a_pages_own_save_that_comes_after_it_was_submitted_is_no_conflict(platform: Platform, person: Client) -> None:
    dossier = from_wechat(platform.complete_body())
    assert post(person, "", dossier=dossier, submit="1").status_code == 302
    order = Order.objects.get()
    dossier, version = current_document(order), order.version  # with pictures as the page knows them
    assert post(person, dossier=dossier, version=1).status_code == 200
    assert post(person, dossier=dossier, version=1, **{NAME: "林旧"}).status_code == 409
    order.refresh_from_db()
    assert (order.state, order.version, order.draft_sealed) == ("platform_review", version, None)


@pytest.mark.parametrize("damaged", ["account_sealed", "dossiers"])
def test_a_late_save_beside_a_damaged_submission_is_a_conflict(platform: Platform, person: Client, damaged: str) -> None:
    dossier = from_wechat(platform.complete_body())
    post(person, "", dossier=dossier, submit="1")
    order = Order.objects.get()
    dossier = current_document(order)
    if damaged == "dossiers":
        damage_snapshot(order)
    else:
        Order.objects.update(account_sealed=bytes(order.account_sealed)[:-1] + b"\0")
    assert post(person, dossier=dossier, version=1).status_code == 409
    order.refresh_from_db()
    assert (order.state, order.draft_sealed) == ("platform_review", None)


def test_what_is_typed_while_the_order_is_submitted_by_api_stays_on_the_page(platform: Platform, person: Client) -> None:
    platform.post("apply_icp_filing", platform.complete_body())
    answer = post(person, "", version=1, keep="1", **{NAME: "林旧"})
    assert (answer.status_code, 'value="林旧"' in answer.text) == (409, True)
    assert "不能执行此操作。请刷新后再试。" in answer.text
    assert post(person, version=1).status_code == 409


@pytest.mark.parametrize("address", ["", "part/"])
@pytest.mark.parametrize("version", ["x", "1.5", "1\0", ""])
def test_a_version_that_is_no_number_saves_nothing_and_is_refused_in_words(
    person: Client, version: str, address: str
) -> None:
    order = Order.objects.get()
    form = dict(as_posted({NAME: "林"})) | {"version": version}
    answer = person.post(f"/portal/orders/{order.pk}/form/{address}", form)
    assert (answer.status_code, "提交的表单不完整，未保存。" in answer.text) == (400, True)
    assert Order.objects.get().version == 1


# A post that is not the form


@pytest.mark.parametrize("address", ["", "part/"])
@pytest.mark.parametrize("more", [
    {}, {"keep": "1"}, {"submit": "1"}, {"do": "save"}, {"version": "2"}, {NAME: "林", "version": "2"}])
def test_a_post_without_the_forms_inputs_is_refused_in_words(person: Client, address: str, more: dict[str, str]) -> None:
    post(person, **{NAME: "林示例"})
    answer = person.post(f"/portal/orders/{Order.objects.get().pk}/form/{address}", more)
    assert (answer.status_code, "提交的表单不完整，未保存。" in answer.text) == (400, True)
    assert (typed(), Order.objects.get().version) == ("林示例", 2)


def test_json_is_no_form(person: Client) -> None:
    post(person, **{NAME: "林示例"})
    answer = person.post(f"/portal/orders/{Order.objects.get().pk}/form/", {"version": 2}, content_type="application/json")
    assert (answer.status_code, typed()) == (400, "林示例")


def test_a_form_that_ends_early_saves_nothing(person: Client) -> None:
    post(person, **{NAME: "林示例"})
    whole = person._encode_data(dict(as_posted({}, version=2)), f"multipart/form-data; boundary={BOUNDARY}")
    assert person.post(f"/portal/orders/{Order.objects.get().pk}/form/", whole[:-40],
                       content_type="multipart/form-data; boundary=BoUnDaRyStRiNg").status_code == 400
    assert typed() == "林示例"


# What is typed here, and submitted another way


def test_a_draft_that_is_not_what_the_api_submits_is_kept_and_can_be_taken_up(platform: Platform, person: Client) -> None:
    post(person, **{NAME: "周在页面"})
    order = Order.objects.get()
    address = f"/portal/orders/{order.pk}/form/"
    body = platform.complete_body()
    assert platform.post("apply_icp_filing", body)["errcode"] == 0
    reviewer_returns()
    page = person.get(address).text
    assert "这份订单保留着两份内容" in page and 'value="林示例"' in page and "周在页面" not in page

    answer = post(person, dossier=working_copy(Order.objects.get()), do="switch", **{NAME: "林改过"})
    assert (answer.status_code, answer["HX-Refresh"]) == (200, "true")
    assert 'value="周在页面"' in person.get(address).text
    post(person, do="save", dossier=working_copy(Order.objects.get()))
    post(person, do="switch", dossier=working_copy(Order.objects.get()))
    assert typed() == "林改过"

    assert platform.post("apply_icp_filing", body)["errcode"] == 0  # what was typed since is kept in its turn
    reviewer_returns()
    post(person, do="switch", dossier=working_copy(Order.objects.get()))
    assert typed() == "林改过"
    answer = post(person, "", submit="1", dossier=from_wechat(body))
    assert answer.status_code == 302
    order.refresh_from_db()
    assert (order.state, order.draft_sealed, order.other_draft_sealed) == ("platform_review", None, None)


def test_a_draft_of_the_same_content_is_not_kept(platform: Platform, person: Client) -> None:
    body = platform.complete_body()
    post(person, dossier=from_wechat(body))
    body["icp_applets"]["principal_info"]["verify_task_id"] = platform.passed_face_check()
    assert platform.post("apply_icp_filing", body)["errcode"] == 0
    reviewer_returns()
    order = Order.objects.get()
    assert order.other_draft_sealed is None
    assert "这份订单保留着两份内容" not in person.get(f"/portal/orders/{order.pk}/form/").text


# The same value by API and by form


@pytest.mark.parametrize(("path", "value"), [
    (NAME, "林\0示例"), (NAME, "林\u200b示例"), (NAME, "林" * 600), ("service.description", "一\r\n二\0"),
    ("organizer.type", "４"), ("organizer.type", "4.5"), ("organizer.type", "x"), ("organizer.type", "-4"),
    ("organizer.type", "99999"), ("service.principal.certificate.type", "2e0"), ("service.principal.certificate.type", "二"),
    ("organizer.principal.certificate.valid_from", "2018-13-1"), ("organizer.principal.certificate.valid_from", "20\0180510"),
    ("organizer.province", "３３００００"), ("service.contents", ["163", "一六四"]), ("service.contents", ["163", "9" * 30]),
    ("organizer.certificate.photo", "no such picture"), ("service.principal.face_check", "no\0such"),
])
def test_what_is_wrong_is_found_alike_by_api_and_by_form(platform: Platform, person: Client, path: str, value: Any) -> None:
    body = platform.complete_body()
    form = {"version": 1, **dict(as_posted(from_wechat(body))), path: value, "submit": "1"}
    put(body, err_field(path), value)
    by_api = [hint["err_field"] for hint in platform.post("apply_icp_filing", body).get("hints", ())]
    answer = person.post(f"/portal/orders/{Order.objects.get().pk}/form/", form)
    by_form = [err_field(one.field) for one in answer.context["findings"] if one.severity == "blocks"] if answer.context else []
    assert by_form == by_api


def test_a_draft_keeps_more_than_a_dossier_may_hold(person: Client) -> None:
    dossier = {"service": {"contents": list(range(101, 152)),
                           "prior_approvals": [{"type": 2, "number": f"示例{i}号"} for i in range(51)]}}
    for _ in range(2):
        assert post(person, dossier=dossier).status_code == 200
        dossier = {"service": typed("service")}
    assert (len(dossier["service"]["contents"]), dossier["service"]["prior_approvals"][50]) == (
        51, {"type": "2", "number": "示例50号"})
    page = person.get(f"/portal/orders/{Order.objects.get().pk}/form/").text
    assert (page.count('<option value="2" selected>'), "示例50号" in page) == (51, True)


@pytest.mark.parametrize(("path", "value", "canonical"), [
    ("organizer.type", " 4.0 ", 4),
    ("organizer.principal.certificate.valid_from", "2018-5-1", "20180501"),
    ("organizer.principal.certificate.valid_until", "2038年5月1日", "20380501"),
    ("service.contents", ["164", "163.0"], [163, 164]),
    ("service.description", "卖笔\r\n和本子", "卖笔\n和本子"),
])
def test_a_draft_holds_what_the_api_reads(person: Client, path: str, value: Any, canonical: Any) -> None:
    post(person, **{path: value})
    assert typed(path) == canonical


# Files


@pytest.mark.parametrize("name", FILE_NAMES)
def test_the_name_of_an_uploaded_file_does_not_matter(person: Client, name: str) -> None:
    order, path = Order.objects.get(), "organizer.certificate.photo"
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
             for key, value in (*as_posted({}), ("do", "upload"), ("path", path))]
    parts.append(named(FILE_NAMES[name]).replace(b'name="media"', f'name="file:{path}"'.encode()))
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    answer = person.post(
        f"/portal/orders/{order.pk}/form/part/", body, content_type=f"multipart/form-data; boundary={BOUNDARY}")
    assert (answer.status_code, typed(path)) == (200, Material.objects.get().digest)


def test_a_file_that_is_too_large_to_be_read_is_refused_in_words(person: Client) -> None:
    path = "organizer.certificate.photo"
    for size in (3, 13):
        file = SimpleUploadedFile("a.png", png() + b"\0" * size * 1024 * 1024)
        answer = post(person, do="upload", path=path, **{f"file:{path}": file})
        assert "图片超过 2 MB。" in text(answer)
    assert Material.objects.count() == 0
