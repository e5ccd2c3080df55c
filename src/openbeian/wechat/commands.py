"""``openbeian clients``: third-party platforms (第三方平台), what they may act for, and what they are told."""

from typing import Annotated, Any

import typer

from openbeian.accounts import app_secrets, clients
from openbeian.accounts.models import ApiClient
from openbeian.ledger.command_line import COMMAND_LINE, AsJson, print_json, print_rows
from openbeian.notices import queries as notices
from openbeian.notices import verbs as notice_verbs
from openbeian.notices.models import Push
from openbeian.regime.calendar import to_the_minute
from openbeian.shelf.queries import mini_program
from openbeian.wechat import queries, verbs
from openbeian.wechat.models import CredentialKind

clients_app = typer.Typer(help="服务商 Third-party platforms that file through the API.", no_args_is_help=True)

app_secret_app = typer.Typer(help="小程序密钥 AppSecrets of mini programs that call for themselves.", no_args_is_help=True)
clients_app.add_typer(app_secret_app, name="app-secret")

ComponentAppid = Annotated[str, typer.Argument(help="Appid of the third-party platform, as `clients list` prints it.")]
Appid = Annotated[str, typer.Argument(help="Appid of the mini program.")]
OfClient = Annotated[str | None, typer.Option("--client", help="Appid of one third-party platform; default: all.")]


def _print(fields: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(fields)
        return
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        typer.echo(f"{name.ljust(width)}  {value}")


def _client(component_appid: str) -> ApiClient:
    client = clients.find_client(component_appid)
    if client is None:
        raise clients.ClientRefused(
            f"没有这个第三方平台。There is no third-party platform {component_appid}; see `openbeian clients list`.")
    return client


@clients_app.command(
    "create", epilog="Example: openbeian clients create 示例服务商 --event-url https://service.example/wechat/events")
def create(
    name: Annotated[str, typer.Argument(help="What the platform is called on screens.")],
    event_url: Annotated[str, typer.Option(help="Authorization-event URL: tickets and XML pushes go here.")] = "",
    message_url: Annotated[str, typer.Option(help="Message URL for JSON pushes; may hold $APPID$.")] = "",
    push_format: Annotated[str, typer.Option("--format", help="Filing pushes as xml or json.")] = "xml",
    applets_shape: Annotated[str, typer.Option(help="icp_applets of get_online_icp_order: array or object.")] = "array",
    comment_length: Annotated[str, typer.Option(help="Length of service descriptions: strict or lenient.")] = "strict",
    permission: Annotated[list[int] | None, typer.Option(help="Permission set it asks for; default: 18.")] = None,
    address: Annotated[list[str] | None, typer.Option(help="IP address or network it calls from; default: any.")] = None,
    redirect_host: Annotated[list[str] | None, typer.Option(
        help="Host the authorization page may return to; default: that of the event URL.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a third-party platform and print all that its client needs. The secret is shown this once."""
    made = clients.create_client(
        name=name, actor=COMMAND_LINE, event_url=event_url, message_url=message_url, message_format=push_format,
        online_applets_shape=applets_shape, comment_length=comment_length, permission_sets=permission or (18,),
        allowed_addresses=address or (), redirect_hosts=redirect_host)
    _print({
        "component_appid": made.client.pk,
        "component_appsecret": made.secret,
        "token": clients.message_token(made.client),
        "encoding_aes_key": made.encoding_aes_key,
        "component_verify_ticket": verbs.issue(kind=CredentialKind.TICKET, client=made.client),
    }, as_json=as_json)


@clients_app.command("list", epilog="Example: openbeian clients list --json")
def list_clients(as_json: AsJson = False) -> None:
    """List the third-party platforms and how many mini programs each may act for."""
    rows = [
        {"component_appid": client.pk, "name": client.name, "event_url": client.event_url,
         "message_url": client.message_url, "authorizations": queries.authorizations_of_client(client).count()}
        for client in ApiClient.objects.order_by("created_at", "pk")
    ]
    print_rows(rows, as_json=as_json, key="clients", fields=dict, line=lambda row: (
        f"{row['component_appid']}  {row['name']}  {row['authorizations']} 个小程序 mini programs"))


@clients_app.command("show", epilog="Example: openbeian clients show wx0123456789abcdef --json")
def show(component_appid: ComponentAppid, as_json: AsJson = False) -> None:
    """Print how a platform is served: addresses, formats, hosts, permission sets. No secret is among it."""
    _print(_settings(_client(component_appid)), as_json=as_json)


@clients_app.command(
    "set", epilog="Example: openbeian clients set wx0123456789abcdef --address 203.0.113.0/24 --comment-length lenient")
def set_client(
    component_appid: ComponentAppid,
    address: Annotated[list[str] | None, typer.Option(help="IP address or network it calls from; replaces the list.")] = None,
    any_address: Annotated[bool, typer.Option("--any-address", help="Let it call from everywhere.")] = False,
    redirect_host: Annotated[list[str] | None, typer.Option(
        help="Host, with or without port, the authorization page may return to; replaces the list.")] = None,
    no_redirect_host: Annotated[bool, typer.Option("--no-redirect-host", help="Return nowhere.")] = False,
    push_format: Annotated[str | None, typer.Option("--format", help="Filing pushes as xml or json.")] = None,
    applets_shape: Annotated[str | None, typer.Option(help="icp_applets of get_online_icp_order: array or object.")] = None,
    comment_length: Annotated[str | None, typer.Option(help="Length of service descriptions: strict or lenient.")] = None,
    event_url: Annotated[str | None, typer.Option(help="Authorization-event URL; empty text: none.")] = None,
    message_url: Annotated[str | None, typer.Option(help="Message URL; empty text: none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change how a platform is served, and print the outcome. What is not named stays."""
    client = _client(component_appid)
    if (address and any_address) or (redirect_host and no_redirect_host):
        raise clients.ClientRefused("a list and its opposite cannot be set together")
    changes: dict[str, Any] = {
        "event_url": event_url, "message_url": message_url,
        "allowed_addresses": [] if any_address else address,
        "redirect_hosts": [] if no_redirect_host else redirect_host,
        "message_format": push_format, "online_applets_shape": applets_shape, "comment_length": comment_length,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    if not changes:
        raise clients.ClientRefused("nothing to set; see `openbeian clients set --help`")
    clients.configure(client=client, actor=COMMAND_LINE, **changes)
    _print(_settings(client), as_json=as_json)


def _settings(client: ApiClient) -> dict[str, Any]:
    return {
        "component_appid": client.pk, "name": client.name, "event_url": client.event_url,
        "message_url": client.message_url, "format": client.message_format,
        "applets_shape": client.online_applets_shape, "comment_length": client.comment_length,
        "addresses": client.allowed_addresses, "redirect_hosts": client.redirect_hosts,
        "permission_sets": client.permission_sets,
    }


@app_secret_app.command(
    "create", epilog="Example: openbeian clients app-secret create wx1111111111111111 --address 203.0.113.7")
def create_app_secret(
    appid: Appid,
    address: Annotated[list[str] | None, typer.Option(help="IP address or network it may be used from; default: any.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a mini program its AppSecret and print it. It is shown this once."""
    _known(appid)
    secret = app_secrets.create_app_secret(appid=appid, actor=COMMAND_LINE, allowed_addresses=address or ())
    _print({"appid": appid, "secret": secret}, as_json=as_json)


@app_secret_app.command("rotate", epilog="Example: openbeian clients app-secret rotate wx1111111111111111")
def rotate_app_secret(appid: Appid, as_json: AsJson = False) -> None:
    """Replace the AppSecret and print the new one. The former and all its tokens end at once."""
    _print({"appid": appid, "secret": app_secrets.rotate_app_secret(appid=appid, actor=COMMAND_LINE)}, as_json=as_json)


@app_secret_app.command(
    "addresses", epilog="Example: openbeian clients app-secret addresses wx1111111111111111 203.0.113.7 2001:db8::/32")
def app_secret_addresses(
    appid: Appid,
    addresses: Annotated[list[str] | None, typer.Argument(help="IP addresses and networks; none: any.")] = None,
    as_json: AsJson = False,
) -> None:
    """Replace the list of addresses from which the AppSecret may be used."""
    row = app_secrets.set_app_addresses(appid=appid, actor=COMMAND_LINE, allowed_addresses=addresses or ())
    _print({"appid": appid, "addresses": row.allowed_addresses}, as_json=as_json)


def _known(appid: str) -> None:
    if mini_program(appid) is None:
        raise clients.ClientRefused(
            f"目录中没有小程序。The catalogue has no mini program {appid}; import it with `openbeian shelf import`.")


@clients_app.command("ticket", epilog="Example: openbeian clients ticket wx0123456789abcdef")
def ticket(component_appid: ComponentAppid, as_json: AsJson = False) -> None:
    """Print a fresh component_verify_ticket, for a client that receives no pushes. It lasts twelve hours."""
    client = _client(component_appid)
    _print({"component_verify_ticket": verbs.issue(kind=CredentialKind.TICKET, client=client),
          "expires_in": verbs.lifetime_seconds(CredentialKind.TICKET)}, as_json=as_json)


@clients_app.command(
    "authorize", epilog="Example: openbeian clients authorize wx0123456789abcdef wx1111111111111111 --json")
def authorize(
    component_appid: ComponentAppid,
    appid: Appid,
    permission: Annotated[list[int] | None, typer.Option(help="Permission set; default: all it asks for.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a platform act for a mini program, in its administrator's place, and print the authorization code."""
    client = _client(component_appid)
    _known(appid)
    code = verbs.authorize(client=client, appid=appid, permission_sets=permission, actor=COMMAND_LINE)
    _print({"authorization_code": code,
          "expires_in": verbs.lifetime_seconds(CredentialKind.AUTHORIZATION_CODE)}, as_json=as_json)


@clients_app.command("revoke", epilog="Example: openbeian clients revoke wx0123456789abcdef wx1111111111111111")
def revoke(component_appid: ComponentAppid, appid: Appid, as_json: AsJson = False) -> None:
    """Take an authorization back. Its tokens stop working at once."""
    done = verbs.revoke(client=_client(component_appid), appid=appid, actor=COMMAND_LINE)
    _print({"revoked": done}, as_json=as_json)


@clients_app.command("waiting", epilog="Example: openbeian clients waiting --client wx0123456789abcdef --json")
def waiting(
    client: OfClient = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, oldest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the pushes that failed and will be attempted again, with the next attempt and the last problem of each.

    A push without an appid is a ticket. `behind` counts the later pushes about the same mini program, which wait for this one.
    """
    of = _client(client).pk if client is not None else None
    rows = [
        {**_push(push), "next_attempt_at": push.next_attempt_at, "behind": behind}
        for push, behind in notices.with_followers(notices.in_backoff(of)[:limit])
    ]
    print_rows(rows, as_json=as_json, key="waiting", fields=dict, line=lambda row: (
        f"#{row['push']}  {row['component_appid']}  {row['appid'] or '-'}  {row['info_type']}  "
        f"{row['attempts']} 次 attempts  {to_the_minute(row['next_attempt_at'])}  {row['problem']}  +{row['behind']}"))


def _push(push: Push) -> dict[str, Any]:
    return {"push": push.pk, "component_appid": push.lane.client_id, "appid": push.lane.appid,
            "info_type": push.info_type, "attempts": push.attempts, "problem": push.last_problem}


@clients_app.command("release", epilog="Example: openbeian clients release --client wx0123456789abcdef")
def release(client: OfClient = None, as_json: AsJson = False) -> None:
    """Attempt the pushes that `clients waiting` lists now, those of one platform or of all.

    One that fails again keeps its planned next attempt. Nothing waiting is no error.
    """
    of = _client(client) if client is not None else None
    _print({"released": notice_verbs.release(client=of, actor=COMMAND_LINE)}, as_json=as_json)


@clients_app.command("dead-letters", epilog="Example: openbeian clients dead-letters --json")
def dead_letters(
    limit: Annotated[int, typer.Option(min=1, help="At most this many, oldest first.")] = 100, as_json: AsJson = False,
) -> None:
    """List the pushes that were given up, tickets aside, with the last problem of each."""
    rows = [{**_push(push), "dead_at": push.dead_at} for push in notices.dead_letters()[:limit]]
    print_rows(rows, as_json=as_json, key="dead_letters", fields=dict, line=lambda row: (
        f"#{row['push']}  {row['component_appid']}  {row['appid']}  {row['info_type']}  {row['problem']}"))


@clients_app.command("replay", epilog="Example: openbeian clients replay 41 42")
def replay(
    pushes: Annotated[list[int] | None, typer.Argument(help="Numbers of dead or delivered pushes.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All dead letters.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send pushes again, oldest first. Tickets are not: the next one comes within ten minutes."""
    chosen = sorted(notices.dead_letters().values_list("pk", flat=True) if dead else set(pushes or []))
    sent = [number for number in chosen if notice_verbs.replay(push_id=number, actor=COMMAND_LINE)]
    _print({"replayed": len(sent), "not_replayed": len(chosen) - len(sent)}, as_json=as_json)
    if len(sent) < len(chosen):
        raise typer.Exit(1)
