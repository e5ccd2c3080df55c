"""``openbeian authority``: the link with the administration from the command line."""

import importlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from django.conf import settings

from openbeian.authority import queries, verbs
from openbeian.authority.models import InboxFile, Unmatched
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.code_tables import provinces

authority_app = typer.Typer(help="通信管理局 The link with the administration.", no_args_is_help=True)
simulator_app = typer.Typer(help="模拟管局 The simulated administration.", no_args_is_help=True)
authority_app.add_typer(simulator_app, name="simulator")

COMMAND_LINE = Actor(Role.OPERATOR, "command-line")
TROUBLE = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _json(value: Any) -> None:
    def instant(part: Any) -> str:
        if isinstance(part, datetime):
            return part.astimezone(SHANGHAI).isoformat()
        raise TypeError(type(part).__name__)

    typer.echo(json.dumps(value, ensure_ascii=False, default=instant))


def _when(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else "–"


def _name(province: str) -> str:
    return provinces()[province].name if province in provinces() else province or "?"


@authority_app.command("status", epilog="Example: openbeian authority status --json")
def status(as_json: AsJson = False) -> None:
    """Show every lane, and what needs a person: files with problems, answers that fit no order. Exit code 1 if any."""
    lanes = queries.lanes(clock.now())
    unmatched = list(queries.unmatched()[:100])
    problems = list(queries.problems()[:100])
    trouble = bool(unmatched or problems or any(lane.last_error_code for lane in lanes))
    if as_json:
        _json({
            "lanes": [asdict(lane) for lane in lanes],
            "unmatched": [_unmatched(row) for row in unmatched],
            "problems": [_problem(row) for row in problems],
        })
        raise typer.Exit(TROUBLE if trouble else 0)
    for lane in lanes:
        state = f"!! {lane.last_error_code}" if lane.last_error_code else "ok"
        rest = f"，暂停至 paused until {_when(lane.paused_until)}" if lane.paused_until else ""
        typer.echo(
            f"{lane.province} {_name(lane.province)}  {state}{rest}  序号 sequence {lane.last_sequence}  "
            f"待发 to send {lane.to_send}  待结果 awaiting {lane.awaiting_result}  订单 orders {lane.orders}  "
            f"已取尽 drained {_when(lane.drained_at)}")
    if not lanes:
        typer.echo("尚未与任何省份通信。No lane has been used yet.")
    for row in unmatched:
        typer.echo(f"? #{row.pk} {_name(row.province)} {row.record} {row.record_key}: {row.reason} ({_when(row.at)})")
    for file in problems:
        typer.echo(f"! file {file.pk} {_name(file.province)} {file.file_name}: {file.problem}")
    raise typer.Exit(TROUBLE if trouble else 0)


def _unmatched(row: Unmatched) -> dict[str, Any]:
    return {"id": row.pk, "province": row.province, "record": row.record, "operation": row.operation,
            "key": row.record_key, "order": row.order_id, "reason": row.reason, "file": row.file_id, "at": row.at}


def _problem(file: InboxFile) -> dict[str, Any]:
    return {"file": file.pk, "province": file.province, "name": file.file_name, "problem": file.problem,
            "received_at": file.received_at}


@authority_app.command("poll", epilog="Example: openbeian authority poll --province 330000")
def poll(
    province: Annotated[str, typer.Option(help="One province's code, even if its lane is paused.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take over what the provinces have for us, now. Exit code 1 if a lane does not work."""
    if province and province not in provinces():
        raise typer.BadParameter(f"{province!r} is not the code of a province, such as 330000")
    wanted = [province] if province else queries.lanes_to_poll(clock.now())
    done = [verbs.poll(province=code, force=bool(province), wait=True) for code in wanted]
    if as_json:
        _json([asdict(polled) for polled in done])
    for polled in () if as_json else done:
        typer.echo(f"{polled.province} {_name(polled.province)}  {polled.files} 个文件 files  {polled.error or 'ok'}")
    raise typer.Exit(TROUBLE if any(polled.error for polled in done) else 0)


@authority_app.command("tick", epilog="Example: openbeian authority tick")
def tick() -> None:
    """Do everything that is due at the instance's present time, once: polls, lapsed verifications, idle orders."""
    done = verbs.tick(at=clock.now())
    typer.echo(
        f"{len(done.polled)} 省 lanes, {sum(p.files for p in done.polled)} 个文件 files, "
        f"{done.lapsed} 个核验超时 lapsed, {done.expired} 个过期 expired, {done.taken_up} 个重新提交 taken up again")
    raise typer.Exit(TROUBLE if any(polled.error for polled in done.polled) else 0)


@authority_app.command("resume", epilog="Example: openbeian authority resume 330000")
def resume(province: Annotated[str, typer.Argument(help="The province's code.")]) -> None:
    """End a lane's pause, say after its settings were corrected."""
    resumed = verbs.resume(province=province, actor=COMMAND_LINE, at=clock.now())
    typer.echo("已恢复。Resumed." if resumed else "该省未暂停。That lane is not paused.")


@authority_app.command("reapply", epilog="Example: openbeian authority reapply 17")
def reapply(file: Annotated[int, typer.Argument(help="Number of the file, as `authority status` prints it.")]) -> None:
    """Let a downloaded file with a problem take effect once more. What it did before is not repeated."""
    if not InboxFile.objects.filter(pk=file).exists():
        raise typer.BadParameter(f"there is no file {file}")
    if not verbs.reapply(file_id=file, actor=COMMAND_LINE):
        typer.echo("该文件没有问题。That file has no problem.")
        return
    problem = InboxFile.objects.values_list("problem", flat=True).get(pk=file)
    typer.echo(problem or "ok")
    raise typer.Exit(TROUBLE if problem else 0)


@authority_app.command("seen", epilog="Example: openbeian authority seen --unmatched 4")
def seen(
    unmatched: Annotated[list[int] | None, typer.Option(help="Number of an answer that fitted nothing.")] = None,
    file: Annotated[list[int] | None, typer.Option(help="Number of a file with a problem.")] = None,
) -> None:
    """Note that a person has dealt with something `authority status` shows."""
    rows: list[Unmatched | InboxFile] = [*Unmatched.objects.filter(pk__in=unmatched or []),
            *InboxFile.objects.exclude(problem="").filter(pk__in=file or [])]
    done = sum(verbs.mark_seen(row=row, actor=COMMAND_LINE) for row in rows)
    typer.echo(f"已处理 {done} 条。Noted: {done}.")
    raise typer.Exit(0 if done else TROUBLE)


def _simulator() -> Any:
    """The simulated administration. It is no part of a production instance, so it is imported only here."""
    if settings.PRODUCTION:
        typer.echo("生产环境没有模拟管局。A production instance has no simulated administration.", err=True)
        raise typer.Exit(2)
    importlib.import_module("openbeian.authority.simulator.queries")
    importlib.import_module("openbeian.authority.simulator.verbs")
    return importlib.import_module("openbeian.authority.simulator")


@simulator_app.command("list", epilog="Example: openbeian authority simulator list --json")
def list_records(
    state: Annotated[str, typer.Option(help="Only records in this state: sms, review, approved …")] = "",
    as_json: AsJson = False,
) -> None:
    """List the requests at the simulated administration, newest first."""
    records = _simulator().queries.records(state=state or None)
    if as_json:
        typer.echo(json.dumps([line.as_json() for line in records], ensure_ascii=False))
        return
    for line in records:
        typer.echo(f"#{line.id}  {line.authority}  {line.operation_label}  {line.appid}  {line.service}  "
                   f"{line.state_label}  {line.number or '–'}  {_when(line.received_at)}")
    if not records:
        typer.echo("管局没有备案申请。Nothing lies at the administration.")


@simulator_app.command(
    "decide", epilog='Example: openbeian authority simulator decide 3 --refuse --opinion "名称不符合要求"')
def decide(
    record: Annotated[int, typer.Argument(help="Number of the request, as `simulator list` prints it.")],
    approve: Annotated[bool, typer.Option("--approve/--refuse", help="The decision.")],
    opinion: Annotated[str, typer.Option(help="The reviewer's opinion; a refusal needs one.")] = "",
) -> None:
    """Decide a request at the simulated administration."""
    simulator = _simulator()
    try:
        simulator.verbs.decide(record_id=record, approve=approve, opinion=opinion)
    except simulator.verbs.SimulatorError as error:
        typer.echo(f"{error.zh}。{error}.", err=True)
        raise typer.Exit(TROUBLE) from None
    line = simulator.queries.record(record)
    typer.echo(f"#{record}  {line.state_label}  {line.number or '–'}")
