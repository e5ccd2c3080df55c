"""``openbeian clock``, ``openbeian calendar``, ``openbeian jobs`` and ``openbeian ledger``."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from openbeian.ledger import clock, jobs, working_days
from openbeian.ledger.command_line import COMMAND_LINE, AsJson, end, print_rows
from openbeian.ledger.jobs import FailedJob
from openbeian.ledger.models import CalendarYear, Event
from openbeian.regime import calendar
from openbeian.regime.calendar import SHANGHAI

clock_app = typer.Typer(help="实例时钟 The clock of a demonstration or sandbox.", no_args_is_help=True)
calendar_app = typer.Typer(help="工作日历 The calendar of working days.", no_args_is_help=True)
jobs_app = typer.Typer(help="后台任务 Jobs that failed.", no_args_is_help=True)
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


@calendar_app.command("show", epilog="Example: openbeian calendar show")
def show_calendar() -> None:
    """Print the years whose holidays are known, and the year that is wanted. Exit code 1 if it has begun."""
    here = set(CalendarYear.objects.values_list("year", flat=True))
    for year in calendar.published_years():
        typer.echo(f"{year}  {'本机载入 published here' if year in here else '随版本提供 comes with this release'}")
    if (wanted := calendar.next_unpublished_year_warning(clock.now())) is not None:
        typer.echo(f"! {wanted.zh} {wanted.en}")
        raise typer.Exit(1 if wanted.urgent else 0)


@calendar_app.command("load", epilog="Example: openbeian calendar load holidays-2027.csv --dry-run")
def load_calendar(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV of one year: date,kind; kind is holiday "
                                         "or working (a weekend worked).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
) -> None:
    """Publish or correct a year's holidays; due instants that waited for them are settled at once."""
    try:
        text = file.read_text(encoding="utf-8")
        if dry_run:
            typer.echo(f"{calendar.year_of(text)}: 可载入 can be loaded")
            return
        year = working_days.publish_year(text=text, actor=COMMAND_LINE)
    except (calendar.CalendarDataError, UnicodeDecodeError) as error:
        words = f"{error.zh}。{error.en}." if isinstance(error, calendar.CalendarDataError) else "应为 UTF-8 文本。Not UTF-8."
        typer.echo(words, err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{year}: 已载入，暂定期限已按新日历确定 loaded; provisional limits are settled by it")


JobIds = Annotated[list[int] | None, typer.Argument(help="Numbers of failed jobs; all of them if none is given.")]


@jobs_app.command("failed", epilog="Example: openbeian jobs failed --json")
def failed_jobs(as_json: AsJson = False) -> None:
    """List the jobs that failed and are not tried again by themselves. Why one failed stands in the worker's log.

    Exit code 1 if there is one.
    """
    rows = jobs.failed()
    print_rows(rows, as_json=as_json, fields=vars, line=_job_line, none="没有失败的任务。No job has failed.")
    raise typer.Exit(1 if rows else 0)


def _job_line(job: FailedJob) -> str:
    at = calendar.to_the_minute(job.failed_at)
    return f"{job.id}  {at}  {job.task}  {json.dumps(job.arguments)}  执行 {job.attempts} 次 attempts"


@jobs_app.command("retry", epilog="Example: openbeian jobs retry 4711 4712")
def retry_jobs(ids: JobIds = None) -> None:
    """Run failed jobs again. One is removed instead if its like waits already. Exit code 1 if there was none."""
    _say_which("重新执行 Run again", jobs.retry_failed(ids=ids or (), actor=COMMAND_LINE))


@jobs_app.command("discard", epilog="Example: openbeian jobs discard 4711")
def discard_jobs(ids: JobIds = None) -> None:
    """Remove failed jobs. Exit code 1 if there was none."""
    _say_which("已删除 Removed", jobs.discard_failed(ids=ids or (), actor=COMMAND_LINE))


def _say_which(what: str, ids: list[int]) -> None:
    end(ids, yes=f"{what}: {', '.join(map(str, ids))}", no="没有这样的失败任务。There is no such failed job.")


@ledger_app.command("show", epilog="Example: openbeian ledger show order:12")
def events(
    subject: Annotated[str, typer.Argument(help="order:12, app:wx…, subject:…; omit for the latest of all.")] = "",
    limit: Annotated[int, typer.Option(help="At most this many, newest last.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Print events."""
    found = Event.objects.filter(subject=subject) if subject else Event.objects.all()
    print_rows(
        reversed(found.order_by("-id")[:limit]), as_json=as_json,
        fields=lambda e: {"at": e.at.isoformat(), "tag": e.tag, "actor": f"{e.actor_role}/{e.actor_id}",
                          "subject": e.subject, "data": e.data},
        line=lambda e: f"{e.at.astimezone(SHANGHAI).isoformat()}  {e.tag}  {e.subject}  {e.actor_role}/{e.actor_id}")
