"""``openbeian …``: the command line. Each room brings its commands; they are loaded when they are called."""

import importlib
import os
import sys
from typing import Any

import typer
import typer.main
from typer.core import TyperGroup

from openbeian.cli import commands

ROOMS = {
    "shelf": ("openbeian.shelf.commands:shelf_app", "货架 The catalogue of mini programs and the sweep."),
    "gate": ("openbeian.shelf.commands:gate_app", "闸门 Whether a mini program may be on the shelf."),
    "dossier": ("openbeian.filings.commands:dossier_app", "备案资料 Checks and files dossiers that are files."),
    "review": ("openbeian.review.commands:review_app", "平台初审 The platform's review."),
    "authority": ("openbeian.authority.commands:authority_app", "通信管理局 The link with the administration."),
    "certification": (
        "openbeian.certification.commands:certification_app", "认证及备案 Certification and filing in one."),
    "accounts": (
        "openbeian.accounts.commands:accounts_app", "账号 Who logs in, and who administers which mini program."),
    "clients": ("openbeian.wechat.commands:clients_app", "服务商 Third-party platforms that file through the API."),
    "clock": ("openbeian.ledger.commands:clock_app", "实例时钟 The clock of a demonstration or sandbox."),
    "calendar": ("openbeian.ledger.commands:calendar_app", "工作日历 The calendar of working days."),
    "jobs": ("openbeian.ledger.commands:jobs_app", "后台任务 Jobs that failed."),
    "ledger": ("openbeian.ledger.commands:ledger_app", "流水 What happened, when, by whom."),
}

#: Groups that another room adds to a room's commands: room → name → where the group is.
PARTS = {
    "authority": {"simulator": "openbeian.simulator.commands:simulator_app"},
    "review": {"claims": "openbeian.review.claim_commands:claims_app"},
}


class Room(TyperGroup):
    """The commands of one room: known by name from the start, imported (Django and all) on first use."""

    def __init__(self, *, name: str, target: str, help: str) -> None:
        super().__init__(name=name, help=help, no_args_is_help=True)
        self._target = target

    def _load(self) -> None:
        if self.commands:
            return
        from openbeian.runtime.setup import set_up_django

        set_up_django(database="--help" not in sys.argv)
        self.commands = dict(typer.main.get_group(_named(self._target)).commands)
        for name, target in PARTS.get(self.name or "", {}).items():
            self.commands[name] = typer.main.get_group(_named(target))

    def list_commands(self, ctx: Any) -> list[str]:
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        self._load()
        return super().get_command(ctx, cmd_name)


def _named(target: str) -> typer.Typer:
    """The commands at ``module:attribute``."""
    module, _, attribute = target.partition(":")
    app: typer.Typer = getattr(importlib.import_module(module), attribute)
    return app


class House(TyperGroup):
    """All commands: those that run the system (`openbeian.cli.commands`), then the rooms'."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *ROOMS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in ROOMS:
            target, text = ROOMS[cmd_name]
            return Room(name=cmd_name, target=target, help=text)
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    name="openbeian", cls=House, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
    help="OpenBeian: 小程序平台备案系统 ICP filing for mini-program platforms.",
    epilog="Example: openbeian gate check wx0000000000000001 --at 2024-04-01T00:00:00+08:00",
)  # fmt: skip
commands.register(app)


def _in_one_line(error: Exception) -> str | None:
    """What to tell a person about an error that can happen in a healthy system; None for a fault of ours."""
    if hasattr(error, "zh") and hasattr(error, "en"):
        lines = [f"{error.zh} {error.en}"]
        for finding in getattr(error, "findings", ()):
            lines.append(f"  {finding.field}: {finding.reason_zh} {finding.remedy_zh} / {finding.reason_en} "
                         f"{finding.remedy_en} [{finding.rule}]")
        return "\n".join(lines)
    if type(error).__module__.startswith("openbeian."):
        return str(error)
    if type(error).__module__ == "django.db.utils" and type(error).__name__ == "OperationalError":
        return f"The database does not answer: {str(error).strip().splitlines()[-1]}"
    return None


def main() -> None:
    """Entry point of the ``openbeian`` script. Exit codes: 0 done, 1 refused or failed, 2 wrongly called.

    What it and its children write is for its user and group only.
    """
    os.umask(0o027)
    try:
        app(prog_name="openbeian")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        text = _in_one_line(error)
        if text is None:
            raise
        typer.echo(text, err=True)
        sys.exit(1)

