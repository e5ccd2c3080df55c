"""``co-wxapp-open-api`` 1.1.50 from npm, unmodified, over every filing call it has."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openbeian.wechat.contract import document
from tests.conformance.clients import CallFailed, NpmClient
from tests.conformance.provider import (
    Provider,
    complete_body,
    reviewer_approves,
    reviewer_returns,
    with_five_errors,
)
from tests.samples import png


@pytest.fixture
def client(provider: Provider, node_modules: Path) -> Iterator[NpmClient]:
    provider.ask_for_ticket()
    provider.authorized()
    npm = provider.npm(node_modules)
    yield npm
    npm.close()


def test_the_npm_client_walks_to_the_administration(provider: Provider, client: NpmClient, tmp_path: Path) -> None:
    picture = tmp_path / "证件.png"
    picture.write_bytes(png())
    tables = client.tables()
    assert {name: len(items) > 0 for name, items in tables.items()} == dict.fromkeys(tables, True)
    assert tables["districts"][0]["sub_list"][0]["sub_list"][0]["code"] == 110101
    assert client.info() == {"status": 1024, "is_canceling": False, "available": 1}

    body = complete_body(provider, client, picture)
    wrong, hints = with_five_errors(body)
    with pytest.raises(CallFailed) as refused:
        client.apply(wrong)
    assert refused.value.code == 86202
    assert {(hint["err_field"], hint["errcode"]) for hint in refused.value.hints} == hints

    client.apply(body)
    assert client.info()["status"] == 2
    client.withdraw()
    assert client.info()["status"] == 1024
    client.apply(body)
    reviewer_returns()
    assert client.info()["status"] == 3
    [reason] = client.info()["audit_data"]
    assert (reason["key_name"], "不详" in reason["error"]) == ("主办者通信地址", True)
    client.apply(body)
    reviewer_approves()
    info = client.info()
    assert (info["status"], info["sms_verify_status"]) == (4, 1)
    assert provider.push_data(1) == [
        {"InfoType": "notify_apply_icpfiling_result", "authorizer_appid": "wx1111111111111111", "beian_status": "3"}]

    for call, code in ((client.withdraw, 86330), (lambda: client.cancel(2), 86353), (client.online_order, 86328)):
        with pytest.raises(CallFailed) as refused:
            call()
        assert refused.value.code == code


def test_the_npm_client_recovers_from_a_token_that_is_not_known(client: NpmClient) -> None:
    client.set(store={"accessToken": "invented", "expireTime": 4102444800000})
    assert client.info()["status"] == 1024


def test_the_npm_client_redeems_an_authorization_code(provider: Provider, client: NpmClient) -> None:
    code = provider.renewed_authorization_code()
    info = client.query_auth(code)["authorization_info"]
    assert info["func_info"] == [{"funcscope_category": {"id": 18}}]


def test_every_call_the_npm_client_has_is_understood(provider: Provider, client: NpmClient, tmp_path: Path) -> None:
    """All its methods for addresses of ours: none is missing here, and each is done, or refused for a good reason."""
    picture = tmp_path / "picture.png"
    picture.write_bytes(png())
    code = provider.renewed_authorization_code()
    task_id = client.create_task()
    calls: list[tuple[str, list[Any], int]] = [
        ("getComponentAccessToken", [], 0), ("getAccessToken", [], 0), ("createPreAuthCode", [], 0),
        ("queryAuth", [code], 0), ("getAuthorizerInfo", [], 0),
        ("queryIcpServiceContentTypes", [], 0), ("queryIcpCertificateTypes", [], 0), ("queryIcpDistrictCode", [], 0),
        ("queryIcpNrlxTypes", [], 0), ("queryIcpSubjectTypes", [], 0),
        ("createIcpVerifyTask", [], 0), ("queryIcpVerifyTask", [task_id], 0), ("queryIcpVerifyTask", ["none"], 86328),
        ("uploadIcpMedia", ["image", 2, "icp_subject.principal_info.certificate_photo_front", str(picture)], 0),
        ("applyIcpFiling", [{}, {}], 86202), ("getIcpEntranceInfo", [], 0), ("getOnlineIcpOrder", [], 86328),
        ("cancelApplyIcpFiling", [], 86368), ("cancelIcpfiling", [2], 86353),
        ("getLastAuditStatus", [], 85058), ("commitCode", [1, "{}", "1.0.0", "首个版本"], 0), ("submitAudit", [], 0),
        ("getLastAuditStatus", [], 0), ("getAuditStatus", [999999999], 85012), ("releaseCode", [], 85020),
        ("undoCodeAudit", [], 0), ("changeVisitStatus", [False], 85021),
    ]
    for method, arguments, expected in calls:
        try:
            answer = client.call(method, *arguments)
            assert (expected, answer.get("errcode", 0)) == (0, 0), method
        except CallFailed as failed:
            assert failed.code == expected, (method, failed)
    ours = {method for method, path in client.offered().items() if path in document()["paths"]}
    assert {method for method, _, _ in calls} == ours
