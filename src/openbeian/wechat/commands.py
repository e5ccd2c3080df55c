"""``openbeian clients``: third-party platforms (第三方平台), what they may act for, and what they are told."""

import json
from typing import Annotated, Any

import typer

from openbeian.accounts import clients
from openbeian.accounts.models import ApiClient
from openbeian.notices import queries as notices
from openbeian.notices import verbs as notice_verbs
from openbeian.regime.actors import Actor, Role
from openbeian.wechat import queries, verbs
from openbeian.wechat.models import CredentialKind

clients_app = typer.Typer(help="服务商 Third-party platforms that file through the API.", no_args_is_help=True)

COMMAND_LINE = Actor(Role.OPERATOR, "command-line")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ComponentAppid = Annotated[str, typer.Argument(help="Appid of the third-party platform, as `clients list` prints it.")]
Appid = Annotated[str, typer.Argument(help="Appid of the mini program.")]


def _say(fields: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(fields, ensure_ascii=False))
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
    as_json: AsJson = False,
) -> None:
    """Make a third-party platform and print all that its client needs. The secret is shown this once."""
    if applets_shape not in ("array", "object"):
        raise clients.ClientRefused("--applets-shape is array or object")
    made = clients.create_client(
        name=name, actor=COMMAND_LINE, event_url=event_url, message_url=message_url, message_format=push_format,
        online_applets_shape=applets_shape)
    _say({
        "component_appid": made.client.pk,
        "component_appsecret": made.secret,
        "token": made.client.token,
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
    if as_json:
        typer.echo(json.dumps({"clients": rows}, ensure_ascii=False))
    for row in () if as_json else rows:
        typer.echo(f"{row['component_appid']}  {row['name']}  {row['authorizations']} 个小程序 mini programs")


@clients_app.command("ticket", epilog="Example: openbeian clients ticket wx0123456789abcdef")
def ticket(component_appid: ComponentAppid, as_json: AsJson = False) -> None:
    """Print a fresh component_verify_ticket, for a client that receives no pushes. It lasts twelve hours."""
    client = _client(component_appid)
    _say({"component_verify_ticket": verbs.issue(kind=CredentialKind.TICKET, client=client),
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
    if queries.facts_of(appid) is None:
        raise clients.ClientRefused(
            f"目录中没有小程序。The catalogue has no mini program {appid}; import it with `openbeian shelf import`.")
    code = verbs.authorize(client=client, appid=appid, permission_sets=permission, actor=COMMAND_LINE)
    _say({"authorization_code": code,
          "expires_in": verbs.lifetime_seconds(CredentialKind.AUTHORIZATION_CODE)}, as_json=as_json)


@clients_app.command("revoke", epilog="Example: openbeian clients revoke wx0123456789abcdef wx1111111111111111")
def revoke(component_appid: ComponentAppid, appid: Appid, as_json: AsJson = False) -> None:
    """Take an authorization back. Its tokens stop working at once."""
    done = verbs.revoke(client=_client(component_appid), appid=appid, actor=COMMAND_LINE)
    _say({"revoked": done}, as_json=as_json)


@clients_app.command("dead-letters", epilog="Example: openbeian clients dead-letters --json")
def dead_letters(
    limit: Annotated[int, typer.Option(min=1, help="At most this many, oldest first.")] = 100, as_json: AsJson = False,
) -> None:
    """List the pushes that were given up, with the last problem of each."""
    rows = [
        {"push": push.pk, "component_appid": push.lane.client_id, "appid": push.lane.appid,
         "info_type": push.info_type, "attempts": push.attempts, "problem": push.last_problem,
         "dead_at": push.dead_at.isoformat() if push.dead_at else None}
        for push in notices.dead_letters()[:limit]
    ]
    if as_json:
        typer.echo(json.dumps({"dead_letters": rows}))
    for row in () if as_json else rows:
        typer.echo(f"#{row['push']}  {row['component_appid']}  {row['info_type']}  {row['problem']}")


@clients_app.command("replay", epilog="Example: openbeian clients replay 41 42")
def replay(
    pushes: Annotated[list[int] | None, typer.Argument(help="Numbers of dead or delivered pushes.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All dead letters.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send pushes again."""
    chosen = list(notices.dead_letters().values_list("pk", flat=True)) if dead else (pushes or [])
    sent = [number for number in chosen if notice_verbs.replay(push_id=number, actor=COMMAND_LINE)]
    _say({"replayed": len(sent), "not_replayed": len(chosen) - len(sent)}, as_json=as_json)
    if len(sent) < len(chosen):
        raise typer.Exit(1)
