"""``openbeian clients …``: from nothing to a client's first token."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from openbeian.accounts.clients import ClientRefused
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.notices.models import Push
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


def test_pushes_are_sent_again_in_the_order_they_were_made_in(known: None) -> None:
    made = run("create", "示例服务商", "--event-url", "https://service.example/wechat/events")
    for _ in range(2):
        run("authorize", made["component_appid"], APPID)
    Push.objects.update(dead_at=clock.now())
    first, second = Push.objects.order_by("pk").values_list("pk", flat=True)
    assert run("replay", f"{second}", f"{first}", f"{second}") == {"replayed": 2, "not_replayed": 0}
    assert list(Event.objects.filter(tag="push:replay").order_by("id").values_list("subject", flat=True)) == [
        f"push:{first}", f"push:{second}"]


def test_waiting_pushes_are_listed_and_released(known: None) -> None:
    url = "https://service.example/wechat/events"
    first, second = (run("create", "示例服务商", "--event-url", url)["component_appid"] for _ in range(2))
    for component_appid in (first, first, second):
        run("authorize", component_appid, APPID)
    heads = Push.objects.filter(sequence=1)
    heads.update(due=False, attempts=4, last_problem="timeout", next_attempt_at=clock.now())
    numbers = dict(heads.values_list("lane__client_id", "pk"))

    def row(component_appid: str, behind: int) -> dict:
        return {"push": numbers[component_appid], "component_appid": component_appid, "appid": APPID,
                "info_type": "authorized", "attempts": 4, "problem": "timeout",
                "next_attempt_at": "2023-09-05T10:00:00+08:00", "behind": behind}

    assert run("waiting") == {"waiting": [row(first, 1), row(second, 0)]}
    assert run("waiting", "--limit", "1") == {"waiting": [row(first, 1)]}
    assert run("waiting", "--client", second) == {"waiting": [row(second, 0)]}
    assert run("release", "--client", second) == {"released": 1}
    assert run("waiting") == {"waiting": [row(first, 1)]}
    assert run("release") == {"released": 1}
    assert run("waiting") == {"waiting": []}
    assert run("release") == {"released": 0}
    for command in ("waiting", "release"):
        with pytest.raises(ClientRefused, match="wx0000000000000000"):
            run(command, "--client", "wx0000000000000000")


def test_a_person_reads_why_a_push_waits_and_until_when(known: None) -> None:
    from openbeian.wechat.commands import clients_app

    made = run("create", "示例服务商", "--event-url", "https://service.example/wechat/events")["component_appid"]
    run("authorize", made, APPID)
    Push.objects.update(due=False, attempts=4, last_problem="timeout", next_attempt_at=clock.now())
    result = CliRunner().invoke(clients_app, ["waiting"])
    assert result.stdout == (
        f"#{Push.objects.get().pk}  {made}  {APPID}  authorized  4 次 attempts  "
        "2023-09-05 10:00  timeout  +0\n")


def test_how_a_platform_is_served_is_set_and_shown(known: None) -> None:
    made = run("create", "示例服务商", "--event-url", "https://service.example/events")["component_appid"]
    assert run("show", made) == {
        "component_appid": made, "name": "示例服务商", "event_url": "https://service.example/events", "message_url": "",
        "format": "xml", "applets_shape": "array", "comment_length": "strict", "addresses": [],
        "redirect_hosts": ["service.example"], "permission_sets": [18]}
    run("set", made, "--address", "203.0.113.9/24", "--address", "2001:DB8::7", "--comment-length", "lenient")
    after = run("set", made, "--applets-shape", "object", "--format", "json", "--redirect-host", "Other.example:8443",
                "--message-url", "https://service.example/$APPID$")
    assert after == run("show", made) == {
        "component_appid": made, "name": "示例服务商", "event_url": "https://service.example/events",
        "message_url": "https://service.example/$APPID$", "format": "json", "applets_shape": "object",
        "comment_length": "lenient", "addresses": ["203.0.113.0/24", "2001:db8::7"],
        "redirect_hosts": ["other.example:8443"], "permission_sets": [18]}
    free = run("set", made, "--any-address", "--no-redirect-host", "--event-url", "")
    assert (free["addresses"], free["redirect_hosts"], free["event_url"]) == ([], [], "")


@pytest.mark.parametrize("wrong", [
    [], ["--address", "service.example"], ["--comment-length", "short"], ["--applets-shape", "list"], ["--format", "yaml"],
    ["--redirect-host", "https://service.example"], ["--redirect-host", "service.example/back"], ["--redirect-host", ""],
    ["--redirect-host", "*.example"], ["--redirect-host", "a.example:99999"], ["--address", "::1", "--any-address"],
    ["--event-url", "ftp://service.example/", "--comment-length", "lenient"],
])
def test_what_cannot_be_set_changes_nothing(known: None, wrong: list[str]) -> None:
    made = run("create", "示例服务商")["component_appid"]
    before = run("show", made)
    with pytest.raises(ClientRefused):
        run("set", made, *wrong)
    assert run("show", made) == before
    assert Event.objects.filter(tag__in=("client:configure", "client:set_urls")).count() == 0


def test_an_app_secret_is_made_once_and_rotated(known: None) -> None:
    first = run("app-secret", "create", APPID, "--address", "203.0.113.7")
    assert sorted(first) == ["appid", "secret"]
    with pytest.raises(ClientRefused, match="rotate"):
        run("app-secret", "create", APPID)
    assert run("app-secret", "rotate", APPID)["secret"] != first["secret"]
    assert run("app-secret", "addresses", APPID, "2001:db8::/32") == {"appid": APPID, "addresses": ["2001:db8::/32"]}
    assert run("app-secret", "addresses", APPID) == {"appid": APPID, "addresses": []}
    for command in "rotate", "addresses":
        with pytest.raises(ClientRefused, match="no AppSecret"):
            run("app-secret", command, "wx9999999999999999")
    with pytest.raises(ClientRefused, match="catalogue"):
        run("app-secret", "create", "wx9999999999999999")
    assert [event.tag for event in Event.objects.filter(tag__startswith="app:").order_by("id")] == [
        "app:secret_created", "app:secret_rotated", "app:addresses_set", "app:addresses_set"]
