"""``wechatpy`` 1.8.18 from PyPI, unmodified: its tokens, its decryption, and filing calls by address."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from wechatpy.exceptions import WeChatClientException

from openbeian.wechat import codes
from openbeian.wechat.contract import document
from tests.conformance.clients import CallFailed
from tests.conformance.provider import (
    APPID,
    Provider,
    complete_body,
    reviewer_approves,
    reviewer_returns,
    with_five_errors,
)
from tests.samples import png


@pytest.fixture
def ready(provider: Provider) -> Provider:
    provider.ask_for_ticket()
    provider.authorized()
    return provider


def test_wechatpy_s_component_calls(ready: Provider) -> None:
    component = ready.component
    assert component.create_preauthcode()["expires_in"] == 1800
    assert component.get_authorizer_info(APPID)["authorizer_info"]["nick_name"] == "青禾文具"
    listed = component.get_authorizer_list()
    assert [row["authorizer_appid"] for row in listed["list"]] == [APPID]
    refreshed = component.refresh_authorizer_token(APPID, listed["list"][0]["refresh_token"])
    assert refreshed["expires_in"] == 7200


def test_wechatpy_walks_to_the_administration(ready: Provider, tmp_path: Path) -> None:
    client = ready.wechatpy()
    picture = tmp_path / "证件.png"
    picture.write_bytes(png())
    tables = client.tables()
    assert {name: len(items) > 0 for name, items in tables.items()} == dict.fromkeys(tables, True)

    body = complete_body(ready, client, picture)
    front = body["icp_subject"]["principal_info"]["certificate_photo_front"]
    media = client.get("get_icp_media", media_id=front)
    assert (media.headers["Content-Type"], media.headers["Content-Disposition"]) == (
        "image/png", f'attachment; filename="{front}.png"')

    wrong, hints = with_five_errors(body)
    with pytest.raises(CallFailed) as refused:
        client.apply(wrong)
    assert refused.value.code == 86202
    assert {(hint["err_field"], hint["errcode"]) for hint in refused.value.hints} == hints

    client.apply(body)
    assert client.info()["status"] == 2
    client.withdraw()
    client.apply(body)
    reviewer_returns()
    assert client.info()["audit_data"] == [
        {"key_name": "主办者通信地址", "error": '地址"不详"\\\n请核对', "suggest": '补充"门牌号"'}]
    client.apply(body)
    reviewer_approves()
    assert client.info()["status"] == 4
    assert ready.push_data(1) == [
        {"InfoType": "notify_apply_icpfiling_result", "authorizer_appid": APPID, "beian_status": "3"}]


def test_wechatpy_recovers_from_an_expired_token(ready: Provider, at) -> None:
    client = ready.wechatpy()
    assert client.info()["status"] == 1024
    at("2023-09-05T13:00:00+08:00")
    assert client.info()["status"] == 1024


def test_wechatpy_goes_from_pre_authorization_to_a_client(ready: Provider) -> None:
    component = ready.component
    assert "pre_auth_code=preauthcode@@@" in unquote(component.get_pre_auth_url("https://example.com/back"))
    code = ready.renewed_authorization_code()
    assert component.query_auth(code)["authorization_info"]["authorizer_appid"] == APPID
    client = component.get_client_by_authorization_code(code)
    client.API_BASE_URL = f"{ready.url}/cgi-bin/"
    assert client.get(f"{ready.url}/wxa/icp/get_icp_entrance_info")["info"]["status"] == 1024


def test_wechatpy_reaches_every_call_by_its_address(ready: Provider) -> None:
    """Without a Content-Type and without a body: each is done, or refused in a way that wechatpy understands."""
    client = ready.wechatpy()._client
    refused: dict[str, int] = {}
    for path, item in document()["paths"].items():
        if not path.startswith("/wxa/"):
            continue
        for verb in item:
            try:
                getattr(client, verb)(f"{ready.url}{path}")
            except WeChatClientException as refusal:
                assert " rid: " in refusal.errmsg
                refused[path] = refusal.errcode
    wants_nothing = {path for path in document()["paths"] if path.startswith("/wxa/icp/query_icp_") and "task" not in path}
    wants_nothing |= {"/wxa/icp/create_icp_verifytask", "/wxa/icp/get_icp_entrance_info"}
    assert not wants_nothing & set(refused)
    assert set(refused.values()) <= set(codes.TABLE) - {codes.BUSY, codes.INVALID_URL, codes.INVALID_CREDENTIAL}
