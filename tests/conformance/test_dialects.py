"""The clients that are in no registry we test with, in their own words, and their parsers' traps.

What each one sends is under ``dialects/``; what each one wants of an answer is here. Every answer is checked
against the contract as well.
"""

import json
import socket
from collections.abc import Callable
from http.client import HTTPResponse
from time import sleep
from typing import Any

import pytest

from openbeian.filings.evidence import finish_face_check
from openbeian.filings.models import Material
from openbeian.wechat import verbs
from openbeian.wechat.models import CredentialKind
from tests.conformance.recorded import Answer, Recording, without_null
from tests.samples import png
from tests.wechat.platform import APPID, OPERATOR, Platform, filed, reviewer_returns

TABLES = ("query_icp_service_content_types", "query_icp_certificate_types", "query_icp_district_code",
          "query_icp_nrlx_types", "query_icp_subject_types")
ORGANIZER = "杭州青禾示例科技有限公司"
UPLOADS = {
    "license": ("icp_subject.organize_info.certificate_photo", "1"),
    "front": ("icp_subject.principal_info.certificate_photo_front", "2"),
    "back": ("icp_applets.principal_info.certificate_photo_back", "2"),
}
#: Each client's setting for the shape of ``icp_applets``, and the type its parser wants there.
SHAPES: dict[str, tuple[str, type]] = {
    "wxjava": ("object", dict), "skit": ("object", dict), "senparc": ("array", list), "go": ("object", dict),
    "thinkphp": ("array", list),
}
#: The field in which each client looks for the instant of an upload.
CREATED = {"wxjava": "created_at", "skit": "create_at", "senparc": "create_at", "go": "created_at"}


@pytest.fixture
def recording(web: str, platform: Platform) -> Callable[[str], Recording]:
    """A client's requests, with what the operator has handed its owner."""

    def open_recording(client: str) -> Recording:
        made = platform.made
        if client in SHAPES:
            made.client.online_applets_shape = SHAPES[client][0]
            made.client.save()
        return Recording(
            client, web, appid=APPID, component_appid=made.client.pk, secret=made.secret, organizer=ORGANIZER,
            ticket=verbs.issue(kind=CredentialKind.TICKET, client=made.client), token=platform.token,
            code=verbs.authorize(client=made.client, appid=APPID, actor=OPERATOR))

    return open_recording


def done(answer: Answer) -> dict[str, Any]:
    """A success as all of them read it: ``errcode`` 0 or absent, and no field null."""
    assert answer.json.get("errcode", 0) == 0, answer.json
    assert without_null(answer.json)
    return answer.json


def refused(answer: Answer, errcode: int) -> dict[str, Any]:
    """A refusal: status 200, a number and a text."""
    assert (answer.status, answer.json["errcode"]) == (200, errcode), answer.json
    assert isinstance(answer.json["errmsg"], str)
    return answer.json


@pytest.mark.parametrize("client", ["wxjava", "skit", "senparc"])
def test_tokens_are_fetched_and_renewed(recording: Callable[[str], Recording], client: str) -> None:
    played = recording(client)
    if "start_push_ticket" in played.requests:
        done(played.send("start_push_ticket"))
    answer = done(played.send("component_token"))
    played.values["component_token"] = answer["component_access_token"]
    assert answer["expires_in"] > 200  # else WxJava would refresh on every call
    if "preauth_code" in played.requests:
        assert 600 <= done(played.send("preauth_code"))["expires_in"] <= 1800
    granted = done(played.send("query_auth"))["authorization_info"]
    assert {item["funcscope_category"]["id"] for item in granted["func_info"]} & {18, 156}
    played.values["refresh_token"] = granted["authorizer_refresh_token"]
    renewed = done(played.send("authorizer_token"))
    assert renewed["authorizer_refresh_token"] == granted["authorizer_refresh_token"]
    played.values["token"] = renewed["authorizer_access_token"]
    assert done(played.send("info"))["info"]["status"] == 1024


@pytest.mark.parametrize("client", SHAPES)
def test_from_the_code_tables_to_the_deregistration(recording: Callable[[str], Recording], client: str) -> None:
    played = recording(client)
    for table in TABLES:
        the_table_parses(table, done(played.send(table))["items"])

    created = done(played.send("create_task"))
    played.values["task_id"] = created["task_id"]
    assert done(played.send("query_task"))["is_finish"] is False
    finish_face_check(task_id=created["task_id"], passed=True, actor=OPERATOR)
    finished = done(played.send("query_task"))
    assert (finished["is_finish"], finished["face_status"]) == (True, 3)

    for name, (field, certificate_type) in UPLOADS.items():
        answer = done(played.send("upload", field=field, certificate_type=certificate_type))
        played.values[name] = answer["media_id"]
        assert Material.objects.get(pk=answer["media_id"]).certificate_type == int(certificate_type)
        assert answer["type"] == "image"
        assert isinstance(answer[CREATED.get(client, "created_at")], int)
    letter = done(played.send("upload_without_type", field="icp_materials.commitment_letter"))["media_id"]
    assert Material.objects.get(pk=letter).certificate_type is None
    played.values["letter"] = letter
    if "media" in played.requests:
        the_picture_comes_back(played)

    hints = refused(played.send("apply", organizer="杭州别家示例科技有限公司"), 86202)["hints"]
    assert [(hint["errcode"], hint["err_field"]) for hint in hints] == [(86355, "icp_subject.base_info.name")]
    done(played.send("apply"))
    assert "audit_data" not in status(played, 2)
    done(played.send("cancel_apply"))
    status(played, 1024)
    done(played.send("apply"))
    reviewer_returns()
    reasons = status(played, 3)["audit_data"]
    assert [sorted(reason) for reason in reasons] == [["error", "key_name", "suggest"]] * 2
    done(played.send("apply"))
    refused(played.send("apply"), 86324)
    filed()
    status(played, 6)

    online = done(played.send("online_order"))
    applets = online["icp_applets"]
    assert isinstance(applets, SHAPES[client][1])
    applet = applets[0] if isinstance(applets, list) else applets
    assert applet["base_info"]["record_number"] == "浙ICP备2023000001号-1X"
    assert online["icp_subject"]["principal_info"]["name"] == "**例"
    if "cancel" in played.requests:
        done(played.send("cancel"))
        assert status(played, 6)["is_canceling"] is True
        refused(played.send("cancel"), 86324)
    tokens = {"component_token", "preauth_code", "query_auth", "authorizer_token", "start_push_ticket"}
    assert played.sent | tokens >= set(played.requests), "a recorded request was never sent"


def test_a_chunked_request_is_read_whole(recording: Callable[[str], Recording]) -> None:
    answer = done(recording("wxjava-okhttp").send("upload_without_type"))
    assert Material.objects.get(pk=answer["media_id"]).field == "materials.commitment_letter"


def status(played: Recording, expected: int) -> dict[str, Any]:
    info = done(played.send("info"))["info"]
    assert info["status"] == expected
    assert isinstance(info["is_canceling"], bool) and isinstance(info["available"], int)
    assert isinstance(info.get("audit_data", []), list)
    return info


def the_table_parses(table: str, items: list[dict[str, Any]]) -> None:
    """Typed parsers want numbers to be numbers and the nesting to be arrays."""
    assert items
    for item in items:
        assert isinstance(item["type"], int) and isinstance(item["name"], str)
    if table == "query_icp_service_content_types":
        assert all(isinstance(item["parent_type"], int) for item in items)
    if table == "query_icp_certificate_types":
        assert all(isinstance(item["subject_type"], int) for item in items)
    if table == "query_icp_district_code":
        for province in items:
            assert isinstance(province["code"], int) and isinstance(province["sub_list"], list)
            for city in province["sub_list"]:
                assert isinstance(city["code"], int) and isinstance(city.get("sub_list", []), list)


def the_picture_comes_back(played: Recording) -> None:
    """WxJava throws unless a file name is given; all tell success from failure by the type."""
    answer = played.send("media")
    assert not answer.is_json
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{played.values["front"]}.png"'
    assert (answer.headers["Content-Length"], answer.body) == (str(len(answer.body)), png())
    refused(played.send("media", front="invented"), 86205)


def test_a_chunked_request_that_is_too_large_is_refused(recording: Callable[[str], Recording]) -> None:
    played = recording("wxjava-okhttp")
    refused(played.send("upload_without_type", picture=b"\0" * 13 * 1024 * 1024), 47001)


def test_a_client_that_is_still_sending_its_picture_learns_that_the_token_is_stale(
    recording: Callable[[str], Recording]
) -> None:
    """Node and Go see a broken pipe where the connection is closed on what they have not sent yet."""
    played = recording("wxjava")
    field, certificate_type = UPLOADS["front"]
    request = played.raw("upload", token="0" * 64, field=field, certificate_type=certificate_type,
                         picture=b"\0" * 2_000_000)
    assert played.address.hostname and played.address.port
    with socket.create_connection((played.address.hostname, played.address.port), timeout=30) as connection:
        connection.sendall(request[:4000])
        sleep(0.3)  # long enough to be refused
        for start in range(4000, len(request), 100_000):
            connection.sendall(request[start:start + 100_000])
        answer = HTTPResponse(connection)
        answer.begin()
        assert json.loads(answer.read())["errcode"] == 40001
