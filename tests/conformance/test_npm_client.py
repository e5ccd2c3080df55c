"""``co-wxapp-open-api`` 1.1.50 from npm, unmodified, over every filing call it has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
