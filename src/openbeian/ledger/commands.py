"""``openbeian clock`` and ``openbeian ledger``."""

import json
from datetime import datetime, timedelta
from typing import Annotated

import typer

from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.regime.calendar import SHANGHAI

clock_app = typer.Typer(help="实例时钟 The clock of a demonstration or sandbox.", no_args_is_help=True)
ledger_app = typer.Typer(help="流水 What happened, when, by whom.", no_args_is_help=True)


@clock_app.command("show", epilog="Example: openbeian clock show")
def show() -> None:
    """Print the instant this instance lives in."""
    typer.echo(clock.now().astimezone(SHANGHAI).isoformat())


@clock_app.command("set", epilog="Example: openbeian clock set 2024-04-01T00:00:00+08:00")
def set_to(
    instant: Annotated[datetime, typer.Argument(formats=["%Y-%m-%dT%H:%M:%S%z"], help="With its zone.")],
    frozen: Annotated[bool, typer.Option("--frozen", help="Stand still instead of running on.")] = False,
) -> None:
    """Set the clock forward to an instant. Refused in production, and backwards."""
    clock.set_instant(instant, running=not frozen)
    show()


@clock_app.command("advance", epilog="Example: openbeian clock advance --days 1 --hours 2")
def advance(
    days: Annotated[int, typer.Option(min=0)] = 0,
    hours: Annotated[int, typer.Option(min=0)] = 0,
    minutes: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Move the clock forward; it runs on from there."""
    clock.set_instant(clock.now() + timedelta(days=days, hours=hours, minutes=minutes), running=True)
    show()


@ledger_app.command("show", epilog="Example: openbeian ledger show order:12")
def events(
    subject: Annotated[str, typer.Argument(help="order:12, app:wx…, subject:…; omit for the latest of all.")] = "",
    limit: Annotated[int, typer.Option(help="At most this many, newest last.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print events."""
    found = Event.objects.filter(subject=subject) if subject else Event.objects.all()
    rows = list(found.order_by("-id")[:limit])[::-1]
    if as_json:
        typer.echo(json.dumps([
            {"at": e.at.isoformat(), "tag": e.tag, "actor": f"{e.actor_role}/{e.actor_id}", "subject": e.subject,
             "data": e.data} for e in rows], ensure_ascii=False))
        return
    for e in rows:
        typer.echo(f"{e.at.astimezone(SHANGHAI).isoformat()}  {e.tag}  {e.subject}  {e.actor_role}/{e.actor_id}")
