"""``openbeian authority``: the link with the administration from the command line."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from openbeian.authority import queries, verbs
from openbeian.authority.models import Assignment, CodeDifference, InboxFile, Unmatched
from openbeian.ledger import clock
from openbeian.ledger.command_line import COMMAND_LINE, AsJson, end, print_json, print_rows
from openbeian.regime.calendar import to_the_minute
from openbeian.regime.code_tables import provinces

authority_app = typer.Typer(help="通信管理局 The link with the administration.", no_args_is_help=True)
codes_app = typer.Typer(help="代码表 The administration's code tables against ours.", no_args_is_help=True)
tasks_app = typer.Typer(help="管局任务 What the administration has given the platform to do.", no_args_is_help=True)
authority_app.add_typer(codes_app, name="codes")
authority_app.add_typer(tasks_app, name="tasks")


def _province(code: str) -> str:
    if code and code not in provinces():
        raise typer.BadParameter(f"{code!r} is not the code of a province, such as 330000")
    return code


TROUBLE = 1
Province = Annotated[str, typer.Argument(help="The province's code.", callback=_province)]


def _name(province: str) -> str:
    return provinces()[province].name if province in provinces() else province or "?"


@authority_app.command("status", epilog="Example: openbeian authority status --json")
def status(as_json: AsJson = False) -> None:
    """Show every lane, and what needs a person: files with problems, answers that fit no order. Exit code 1 if any."""
    lanes = queries.lanes(clock.now())
    unmatched = list(queries.unmatched()[:100])
    problems = list(queries.problems()[:100])
    trouble = bool(unmatched or problems or any(lane.last_error_code or lane.halted_at for lane in lanes))
    if as_json:
        print_json({
            "lanes": [asdict(lane) | {"last_error_code": lane.last_error_code, "paused_until": lane.paused_until}
                      for lane in lanes],
            "unmatched": [_unmatched(row) for row in unmatched],
            "problems": [_problem(row) for row in problems],
        })
        raise typer.Exit(TROUBLE if trouble else 0)
    for lane in lanes:
        state = f"!! {lane.last_error_code}" if lane.last_error_code else "ok"
        rest = f"，暂停至 paused until {to_the_minute(lane.paused_until)}" if lane.paused_until else ""
        rest = f"，已停用 halted {to_the_minute(lane.halted_at)}" if lane.halted_at else rest
        typer.echo(
            f"{lane.province} {_name(lane.province)}  {state}{rest}  序号 sequence {lane.last_sequence}  "
            f"待发 to send {lane.to_send}  待结果 awaiting {lane.awaiting_result}  订单 orders {lane.orders}  "
            f"已取尽 drained {to_the_minute(lane.drained_at)}")
    if not lanes:
        typer.echo("尚未与任何省份通信。No lane has been used yet.")
    for row in unmatched:
        typer.echo(f"? #{row.pk} {_name(row.province)} {row.record} {row.record_key}: {row.reason} ({to_the_minute(row.at)})")
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
    province: Annotated[str, typer.Option(help="One province's code, even if its lane is paused.", callback=_province)] = "",
    as_json: AsJson = False,
) -> None:
    """Take over what the provinces have for us, now. Exit code 1 if a lane does not work."""
    wanted = [province] if province else queries.lanes_to_poll(clock.now())
    done = [verbs.poll(province=code, force=bool(province), wait=True) for code in wanted]
    print_rows(
        done, as_json=as_json, fields=asdict,
        line=lambda row: f"{row.province} {_name(row.province)}  {row.files} 个文件 files  {row.error or 'ok'}",
        none="没有到期的省；用 --province 指定。No lane is due; name one with --province.")
    raise typer.Exit(TROUBLE if any(polled.error for polled in done) else 0)


@authority_app.command("tick", epilog="Example: openbeian authority tick")
def tick() -> None:
    """Run the schedule once, as the worker does: make the jobs for polls, lapse verifications, expire idle orders."""
    done = verbs.run_schedule(at=clock.now())
    typer.echo(
        f"{len(done.to_poll)} 省待查询 lanes to poll, {done.reminded} 个核验提醒 reminded, "
        f"{done.lapsed} 个核验超时 lapsed, {done.expired} 个过期 expired, {done.requeued} 个重新排队 requeued")


@authority_app.command("halt", epilog="Example: openbeian authority halt 330000")
def halt(province: Province) -> None:
    """Stop a lane: no call to the province until it is resumed."""
    halted = verbs.halt(province=province, actor=COMMAND_LINE, at=clock.now())
    typer.echo("已停用。Halted." if halted else "该省已停用。That lane is halted already.")


@authority_app.command("resume", epilog="Example: openbeian authority resume 330000")
def resume(province: Province) -> None:
    """End a lane's halt or pause, say after its settings were corrected."""
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
    noted = f"已处理 {done} 条。Noted: {done}."
    end(done, yes=noted, no=noted)


@authority_app.command("apply", epilog="Example: openbeian authority apply 4")
def apply(
    unmatched: Annotated[int, typer.Argument(help="Number of the cancellation, as `authority status` prints it.")],
) -> None:
    """Let our register follow a cancellation that the administration made by itself. Numbers end for good."""
    row = Unmatched.objects.filter(pk=unmatched, category__isnull=False).first()
    if row is None:
        raise typer.BadParameter(f"there is no cancellation {unmatched}")
    numbers = verbs.apply_cancellation(unmatched_id=row.pk, actor=COMMAND_LINE)
    typer.echo("\n".join(numbers) or "没有需要注销的有效备案号。No number in force was concerned.")


@authority_app.command("send-again", epilog="Example: openbeian authority send-again 12")
def send_again(order: Annotated[int, typer.Argument(help="Number of the order.")]) -> None:
    """Hand an order over once more whose file never got a result. Ask the province first."""
    done = verbs.send_again(order_id=order, actor=COMMAND_LINE)
    end(done, yes="将重新报送。It will be sent again.", no="该订单没有在等待结果。That order waits for no result.")


@authority_app.command("overdue", epilog="Example: openbeian authority overdue --json")
def overdue(as_json: AsJson = False) -> None:
    """List orders and tasks past their limit. Exit code 1 if there are any."""
    at = clock.now()
    orders, tasks = queries.overdue(at), list(queries.assignments().filter(due_at__lt=at))
    if as_json:
        print_json({"orders": [asdict(row) for row in orders], "tasks": [_task(row) for row in tasks]})
    else:
        for order in orders:
            mark = "（暂定 provisional）" if order.provisional else ""
            typer.echo(f"{order.order}  {order.kind}  {order.appid}  {_name(order.province)}  {order.state}  "
                       f"{to_the_minute(order.due_at)}{mark}  {order.days} 天 days over")
        for task in tasks:
            typer.echo(f"task {task.pk}  {task.kind}  {_name(task.province)}  {to_the_minute(task.due_at)}")
        if not orders and not tasks:
            typer.echo("没有超期。Nothing is overdue.")
    raise typer.Exit(TROUBLE if orders or tasks else 0)


@authority_app.command("reconcile", epilog="Example: openbeian authority reconcile --province 330000 --json")
def reconcile(
    province: Annotated[str, typer.Option(help="One province's code; otherwise every lane in use.", callback=_province)] = "",
    as_json: AsJson = False,
) -> None:
    """Compare the register with what the provinces have on file; ids we lack are entered, nothing else is changed.

    Exit code 1 if anything differs.
    """
    at = clock.now()
    done = [verbs.reconcile(province=province, at=at)] if province else verbs.reconcile_all(at=at)
    if as_json:
        print_json([{"province": one.province, "at": one.at, "held": one.held, "reported": one.told,
                "resynchronised_at": one.resynchronised_at, "repaired": one.repaired,
                "differences": one.differences} for one in done])
    for one in () if as_json else done:
        typer.echo(f"{one.province} {_name(one.province)}  我方 held {one.held}  管局 reported {one.told}  "
                   f"差异 differences {len(one.differences)}  修复 repaired {one.repaired}")
        for row in one.differences:
            more = f"  {' '.join(row['fields'])}" if "fields" in row else f"  {row.get('theirs', '')}".rstrip()
            typer.echo(f"  {row['kind']}  {row['number']}  {row['appid']}{more}")
    raise typer.Exit(TROUBLE if any(one.differences for one in done) else 0)


@authority_app.command("purge", epilog="Example: openbeian authority purge --dry-run")
def purge(dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False) -> None:
    """Empty files, sent and received, that are older than three months and settled. Their rows stay."""
    sent, received = verbs.purge(at=clock.now(), dry_run=dry_run)
    typer.echo(f"{sent} 个已发 sent, {received} 个已收 received")


# Tasks


def _task(row: Assignment) -> dict[str, Any]:
    return {"id": row.pk, "province": row.province, "kind": row.kind, "appid": row.appid,
            "received_at": row.received_at, "due_at": row.due_at, "provisional": row.due_provisional,
            "done_at": row.done_at}


@tasks_app.command("list", epilog="Example: openbeian authority tasks list --done")
def list_tasks(
    done: Annotated[bool, typer.Option("--done", help="Also what is done.")] = False, as_json: AsJson = False
) -> None:
    """List the administration's tasks and notices, most urgent first."""
    print_rows(
        queries.assignments(done=done)[:500], as_json=as_json, fields=_task, line=_task_line,
        none="没有任务。There are no tasks.")


def _task_line(row: Assignment) -> str:
    mark = "（暂定 provisional）" if row.due_provisional else ""
    return (f"{row.pk}  {row.get_kind_display()} {row.kind}  {_name(row.province)}  {row.appid or '–'}  "
            f"期限 due {to_the_minute(row.due_at)}{mark}  {'已办 done ' + to_the_minute(row.done_at) if row.done_at else ''}")


@tasks_app.command("done", epilog="Example: openbeian authority tasks done 3")
def task_done(task: Annotated[int, typer.Argument(help="Number of the task.")]) -> None:
    """Note that a notice was dealt with, or that a task whose answer was refused gets no other."""
    done = verbs.finish_assignment(assignment_id=task, actor=COMMAND_LINE, at=clock.now())
    end(done, yes="已办。Done.", no="没有这个待办。There is no such open task.")


@tasks_app.command("answer", epilog='Example: openbeian authority tasks answer 3 --pass --opinion "已核实"')
def answer_task(
    task: Annotated[int, typer.Argument(help="Number of the task.")],
    passed: Annotated[bool, typer.Option("--pass/--fail", help="Whether the record, or the service, is in order.")],
    opinion: Annotated[str, typer.Option(help="What was found or done.")] = "",
) -> None:
    """Answer a verification task (HSJG) or an unfiled service (WBACLJG): the answer is sent to the province."""
    sent = verbs.answer_assignment(
        assignment_id=task, passed=passed, opinion=opinion, actor=COMMAND_LINE, at=clock.now())
    end(sent, yes="答复将上报。The answer will be sent.", no="没有这个待答复任务。There is no such task to answer.")


# Code tables


@codes_app.command("list", epilog="Example: openbeian authority codes list --judged")
def list_codes(
    judged: Annotated[bool, typer.Option("--judged", help="Also what was judged.")] = False, as_json: AsJson = False
) -> None:
    """List the rows in which the administration's code tables differ from ours."""
    print_rows(
        queries.code_differences(judged=judged), as_json=as_json, fields=_code, none="没有差异。No difference.",
        line=lambda row: f"{row.pk}  {row.table} {row.code}  我方 ours {row.ours or '–'}  "
                         f"管局 theirs {row.theirs or '–'}  {row.verdict}")


def _code(row: CodeDifference) -> dict[str, Any]:
    return {"id": row.pk, "table": row.table, "code": row.code, "ours": row.ours, "theirs": row.theirs,
            "province": row.province, "at": row.at, "verdict": row.verdict, "judged_at": row.judged_at,
            "judged_by": row.judged_by}


@codes_app.command("show", epilog="Example: openbeian authority codes show 2")
def show_code(difference: Annotated[int, typer.Argument(help="Number of the difference.")]) -> None:
    """Show one difference, where it came from and who judged it."""
    row = CodeDifference.objects.filter(pk=difference).first()
    if row is None:
        raise typer.BadParameter(f"there is no difference {difference}")
    print_json(_code(row))


@codes_app.command("accept", epilog="Example: openbeian authority codes accept 2")
def accept_code(difference: Annotated[int, typer.Argument(help="Number of the difference.")]) -> None:
    """Accept a difference for the next release's tables. No table changes now."""
    _judge(difference, accept=True)


@codes_app.command("reject", epilog="Example: openbeian authority codes reject 2")
def reject_code(difference: Annotated[int, typer.Argument(help="Number of the difference.")]) -> None:
    """Reject a difference; it is not shown again."""
    _judge(difference, accept=False)


def _judge(difference: int, *, accept: bool) -> None:
    done = verbs.judge_code(difference_id=difference, accept=accept, actor=COMMAND_LINE, at=clock.now())
    end(done, yes="已记录。Noted.", no="没有这个待定差异。There is no such open difference.")


@codes_app.command("export", epilog="Example: openbeian authority codes export > codes.csv")
def export_codes() -> None:
    """Print the accepted differences as CSV, to be put into the tables of the next release."""
    typer.echo(verbs.export_codes(), nl=False)
