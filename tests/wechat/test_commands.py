"""``openbeian clients …``: from nothing to a client's first token."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from openbeian.accounts.clients import ClientRefused
from openbeian.ledger.models import Event
from tests.wechat.platform import APPID, catalogue, read

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> dict:
    from openbeian.wechat.commands import clients_app

    result = CliRunner().invoke(clients_app, [*arguments, "--json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


@pytest.fixture
def known(at: Callable) -> None:
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))


def test_what_create_and_authorize_print_is_all_a_client_needs(known: None, client) -> None:
    made = run("create", "示例服务商", "--event-url", "https://service.example/events")
    assert sorted(made) == [
        "component_appid", "component_appsecret", "component_verify_ticket", "encoding_aes_key", "token"]
    granted = run("authorize", made["component_appid"], APPID)
    assert sorted(granted) == ["authorization_code", "expires_in"]

    def call(name: str, **body: str) -> dict:
        return read(client.post(f"/cgi-bin/component/{name}", json.dumps({
            "component_appid": made["component_appid"], **body}), content_type="application/json"))

    token = call("api_component_token", component_appsecret=made["component_appsecret"],
                 component_verify_ticket=made["component_verify_ticket"])["component_access_token"]
    info = call(f"api_query_auth?component_access_token={token}",
                authorization_code=granted["authorization_code"])["authorization_info"]
    assert info["authorizer_appid"] == APPID


def test_a_person_reads_the_same_without_json(known: None) -> None:
    from openbeian.wechat.commands import clients_app

    result = CliRunner().invoke(clients_app, ["create", "示例服务商"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "component_appid", "component_appsecret", "token", "encoding_aes_key", "component_verify_ticket"]


@pytest.mark.parametrize("url", [
    "ftp://service.example/", "service.example", "https://", "https://user:secret@service.example/", "https://a b/",
    "https://service.example:99999/", "https://[::1", "https://例子.example/", "https://service.example/" + "x" * 500,
])
def test_addresses_that_are_none_are_refused(known: None, url: str) -> None:
    with pytest.raises(ClientRefused):
        run("create", "示例服务商", "--event-url", url)
    assert Event.objects.filter(tag="client:create").count() == 0


def test_unknown_platforms_and_mini_programs_are_named(known: None) -> None:
    with pytest.raises(ClientRefused, match="wx0000000000000000"):
        run("authorize", "wx0000000000000000", APPID)
    made = run("create", "示例服务商")
    with pytest.raises(ClientRefused, match="wx9999999999999999"):
        run("authorize", made["component_appid"], "wx9999999999999999")


def test_tickets_revocations_and_lists(known: None) -> None:
    made = run("create", "示例服务商")
    run("authorize", made["component_appid"], APPID, "--permission", "156")
    [row] = run("list")["clients"]
    assert (row["component_appid"], row["authorizations"]) == (made["component_appid"], 1)
    assert run("ticket", made["component_appid"])["expires_in"] == 43200
    assert run("revoke", made["component_appid"], APPID) == {"revoked": True}
    assert run("revoke", made["component_appid"], APPID) == {"revoked": False}
    assert run("dead-letters") == {"dead_letters": []}
    assert run("replay", "--dead") == {"replayed": 0, "not_replayed": 0}
    assert [event.tag for event in Event.objects.filter(tag__startswith="app:").order_by("id")] == [
        "app:authorized", "app:unauthorized"]
