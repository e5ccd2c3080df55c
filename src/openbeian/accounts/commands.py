"""``openbeian accounts``: who logs in, and who administers which mini program."""

import sys
from typing import Annotated, Any

import typer

from openbeian.accounts import queries, transfers, verbs
from openbeian.accounts.models import User, UserRole
from openbeian.ledger.command_line import COMMAND_LINE, AsJson, print_rows
from openbeian.web.machines import is_appid

accounts_app = typer.Typer(help="账号 Who logs in, and who administers which mini program.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="User name of the account.")]


def _appid(text: str) -> str:
    if not is_appid(text):
        raise typer.BadParameter("up to 32 letters, digits, _ or -")
    return text


Appid = Annotated[str, typer.Argument(help="Appid of the mini program.", callback=_appid)]


def _row(user: User) -> dict[str, Any]:
    return {"username": user.username, "role": user.role, "active": user.is_active,
            "mini_programs": sorted(row.appid for row in user.mini_programs.all())}


def _line(user: User) -> str:
    row = _row(user)
    closed = "" if row["active"] else "  已停用 inactive"
    return f"{row['username']}  {row['role']}{closed}  {' '.join(row['mini_programs'])}"


@accounts_app.command("create", epilog="Example: openbeian accounts create wang --role reviewer")
def create(
    username: Annotated[str, typer.Argument(help="User name to log in with.")],
    role: Annotated[UserRole, typer.Option(help="What the person is here for.")],
    email: Annotated[str, typer.Option(help="E-mail address; can be used to log in as well.")] = "",
) -> None:
    """Add a person who can log in. The password is asked for, or is the first line of standard input."""
    user = verbs.create_user(
        username=username, password=_password(), role=str(role.value), email=email, actor=COMMAND_LINE)
    typer.echo(f"已创建 created: {user.username} ({user.role})")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("密码 Password", hide_input=True, confirmation_prompt="再次输入 Again"))
    return sys.stdin.readline().rstrip("\r\n")


@accounts_app.command("list", epilog="Example: openbeian accounts list --role organizer --json")
def list_accounts(
    role: Annotated[UserRole | None, typer.Option(help="Only accounts of this role.")] = None,
    appid: Annotated[str, typer.Option(help="Only administrators of this mini program.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the accounts and the mini programs each administers."""
    found = User.objects.order_by("username").prefetch_related("mini_programs")
    if role is not None:
        found = found.filter(role=role.value)
    if appid:
        found = found.filter(mini_programs__appid=appid)
    print_rows(found, as_json=as_json, key="accounts", fields=_row, line=_line)


@accounts_app.command("appoint", epilog="Example: openbeian accounts appoint qinghe wx0123456789abcdef")
def appoint(username: Username, appid: Appid) -> None:
    """Let an organizer's account act for a mini program. Others who administer it stay."""
    verbs.appoint_administrator(user=queries.user(username), appid=appid, actor=COMMAND_LINE)
    typer.echo(f"{username} 已是管理员 administers {appid}")


@accounts_app.command("remove", epilog="Example: openbeian accounts remove qinghe wx0123456789abcdef")
def remove(username: Username, appid: Appid) -> None:
    """Let an account act for a mini program no more. Exit code 1 if it does not."""
    transfers.remove_administrator(user=queries.user(username), appid=appid, actor=COMMAND_LINE)
    typer.echo(f"{username} 不再管理 no longer administers {appid}")


@accounts_app.command(
    "transfer", epilog="Example: openbeian accounts transfer wx0123456789abcdef --from qinghe --to chuanyou")
def transfer(
    appid: Appid,
    former: Annotated[str, typer.Option("--from", help="User name of the present administrator.")],
    new: Annotated[str, typer.Option("--to", help="User name of the account that takes over.")],
) -> None:
    """Hand a mini program with its filing and orders to another account, at once. Both are told."""
    transfers.transfer(
        appid=appid, former=queries.user(former), new=queries.user(new), actor=COMMAND_LINE)
    typer.echo(f"{appid}: {former} → {new}")
