"""``openbeian shelf …`` and ``openbeian gate …``."""

import sys
from datetime import datetime
from typing import Annotated, Any

import typer

from openbeian.ledger import clock
from openbeian.ledger.command_line import COMMAND_LINE, AsJson, print_json
from openbeian.ledger.queries import events_of
from openbeian.regime.shelf_policy import Decision
from openbeian.shelf import imports, queries, verbs
from openbeian.shelf.errors import AlreadyRunning, GateClosed, ImportRefused, NotFound
from openbeian.shelf.models import FormerEntry
from openbeian.shelf.verbs import BATCH_SIZE, sweep
from openbeian.shelf.versions.commands import audits_app
from openbeian.shelf.views import shown
from openbeian.web.machines import Refused, instant, read_appid, read_instant

shelf_app = typer.Typer(help="货架 The catalogue, the sweep, and why an app is off.", no_args_is_help=True)
shelf_app.add_typer(audits_app, name="audits")
gate_app = typer.Typer(help="闸门 May this mini program be on the shelf?", no_args_is_help=True)

#: Exit codes besides 0.
FAILED, DENIED = 1, 3
#: Bad rows printed one by one; ``--json`` has more.
PRINTED_MAX = 50

AtOption = Annotated[str, typer.Option(
    "--at", metavar="INSTANT", help="ISO 8601 with offset, or a date (00:00 in Shanghai). Default: now.")]


def _appid(text: str) -> str:
    try:
        return read_appid(text)
    except Refused as error:
        raise _bad_parameter(error) from None


def _instant(text: str) -> datetime:
    try:
        return read_instant(text) if text else clock.now()
    except Refused as error:
        raise _bad_parameter(error) from None


def _bad_parameter(error: Refused) -> typer.BadParameter:
    return typer.BadParameter(f"{error.zh} {error} {error.remedy}", param_hint=error.field)


def _show_progress(done: object) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{done} …", err=True, nl=False)


@gate_app.callback()
def _gate() -> None:
    """闸门 May this mini program be on the shelf?"""


@gate_app.command("check", epilog="Example: openbeian gate check wx0123456789abcdef --at 2024-04-01T00:00:00+08:00")
def check(
    appid: Annotated[str, typer.Argument(help="The mini program.")],
    at: AtOption = "",
    as_json: AsJson = False,
) -> None:
    """Ask the gate. Exit code 0: allowed; 3: denied; 2: the question was wrong."""
    moment = _instant(at)
    decision = queries.gate(_appid(appid), moment)
    if as_json:
        print_json(shown(appid, decision, at=instant(moment)))
    else:
        typer.echo(f"{appid}  {instant(moment)}")
        _print_decision(decision)
    raise typer.Exit(0 if decision.allowed else DENIED)


def _print_decision(decision: Decision) -> None:
    typer.echo(f"{'允许上架 allowed' if decision.allowed else '不允许上架 denied'}  ({decision.code})")
    typer.echo(f"  {decision.reason_zh}")
    typer.echo(f"  {decision.reason_en}")
    typer.echo(f"  依据 clause: {decision.clause}")
    for label, moment in (("自 since", decision.since), ("至 until", decision.until)):
        if moment is not None:
            typer.echo(f"  {label}: {instant(moment)}")


@shelf_app.command("import", epilog="Example: openbeian shelf import catalogue.csv --dry-run")
def import_file(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help=f"CSV with the header {','.join(imports.COLUMNS)}; - for "
                                                              "standard input.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, and change nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 if any row was bad.")] = False,
    change_filed: Annotated[bool, typer.Option(
        "--change-filed", help="Change name, organizer or province of filed mini programs without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a catalogue in: UTF-8, GB18030 (GBK) or UTF-16, with commas, semicolons or tabs. Safe to repeat.

    Bad rows are reported by line and reason, good rows kept. What changes is listed. Before name, organizer or province of
    a filed mini program is changed, the command asks; without a terminal it is refused.

    Exit code 0: done, bad rows or not; 1: no row of the file could be read, refused, or --strict and a bad row.
    """
    def run(change_filed: bool) -> imports.Report:
        return imports.import_catalogue(
            source=file, actor=COMMAND_LINE, dry_run=dry_run, change_filed=change_filed, progress=_show_progress)

    try:
        report = run(change_filed)
    except imports.FiledWouldChange as refused:
        if as_json:
            _print_refusal(refused, changes=_changes(refused.report))
            raise
        _print_changes(refused.report, err=True)
        if not (sys.stdin.isatty() and file.seekable()):
            raise
        typer.confirm(f"更改 {refused.report.filed_changed} 个已备案的小程序？ Change these filed mini programs?", abort=True)
        file.seek(0)
        report = run(True)
    except ImportRefused as refused:
        if as_json:
            _print_refusal(refused)
        raise
    if as_json:
        bad_rows = [{**vars(bad), "reason_zh": bad.reason_zh, "reason_en": bad.reason_en} for bad in report.bad]
        notes = [{"zh": zh, "en": en} for zh, en in report.notes]
        print_json({**vars(report), "changes": _changes(report), "bad": bad_rows, "notes": notes})
    else:
        _print_report(report)
    if report.bad_rows == report.rows:
        typer.echo("没有可导入的行。No row could be read.", err=True)
        raise typer.Exit(FAILED)
    if strict and report.bad_rows:
        raise typer.Exit(FAILED)


def _print_refusal(refused: ImportRefused, **more: Any) -> None:
    print_json({"code": refused.code, "reason_zh": refused.zh, "reason_en": refused.en, **more})


def _changes(report: imports.Report) -> list[dict[str, Any]]:
    return [vars(change) for change in report.changes]


def _print_changes(report: imports.Report, *, err: bool = False) -> None:
    for change in report.changes[:PRINTED_MAX]:
        fields = "  ".join(f"{name}: {old or '–'} → {new or '–'}" for name, (old, new) in change.fields.items())
        typer.echo(f"{change.appid}  {change.number or '未备案 not filed'}  {fields}", err=err)
    if len(report.changes) > PRINTED_MAX:
        typer.echo("…… 其余更改见 --json 或 shelf show; the rest with --json or shelf show", err=err)


def _print_report(report: imports.Report) -> None:
    charset, (delimiter_zh, delimiter_en) = report.charset, imports.DELIMITERS[report.delimiter]
    typer.echo(f"读作 read as: {charset}，{delimiter_zh}分隔, with {delimiter_en}")
    for zh, en in report.notes:
        typer.echo(f"注意 note: {zh} {en}")
    for bad in report.bad[:PRINTED_MAX]:
        typer.echo(f"第 {bad.line} 行 line {bad.line}  {bad.column or '-'}: {bad.reason_zh}; {bad.reason_en}")
    if len(report.bad) > PRINTED_MAX:
        typer.echo(f"…… 其余 {len(report.bad) - PRINTED_MAX} 条见 --json; the rest with --json")
    _print_changes(report)
    if report.dry_run:
        typer.echo("试运行，未写入 dry run, nothing written")
    typer.echo(
        f"读取 rows {report.rows}  新增 added {report.added}  更新 changed {report.changed}  "
        f"未变 unchanged {report.unchanged}  有误 bad {report.bad_rows}")


@shelf_app.command("sweep", epilog="Example: openbeian shelf sweep --at 2024-04-01T00:00:00+08:00 --dry-run")
def sweep_shelf(
    at: AtOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    as_json: AsJson = False,
    batch_size: Annotated[int, typer.Option(min=1, max=100_000, help="Apps to a transaction.")] = BATCH_SIZE,
) -> None:
    """Take offline what the gate denies. Safe to repeat, also after having been killed.

    Exit code 0, also when another sweep is running already and this one had nothing to do; 1 if refused.
    """
    moment = _instant(at)
    try:
        swept = sweep(
            at=moment, actor=COMMAND_LINE, dry_run=dry_run, batch_size=batch_size,
            progress=lambda swept: _show_progress(f"{swept.taken_offline} / {swept.examined}"))
    except AlreadyRunning as error:
        if as_json:
            print_json({"at": instant(moment), "already_running": True})
        typer.echo(f"{error.zh} {error.en}", err=True)
        raise typer.Exit(0) from None
    if as_json:
        print_json({**vars(swept), "at": instant(swept.at)})
        return
    if swept.dry_run:
        typer.echo("试运行，未写入 dry run, nothing written")
    typer.echo(
        f"{instant(swept.at)}  在架 examined {swept.examined}  下架 taken offline {swept.taken_offline}  "
        f"批次 batches {swept.batches}")


@shelf_app.command("show", epilog="Example: openbeian shelf show wx0123456789abcdef")
def show(appid: Annotated[str, typer.Argument(help="The mini program.")], as_json: AsJson = False) -> None:
    """Print what the catalogue says of an app, what the gate says now, and what happened to it."""
    app = queries.mini_program(_appid(appid))
    if app is None:
        raise NotFound()
    decision = queries.gate(appid)
    standing = queries.standing(appid)
    events = list(events_of(f"app:{appid}"))
    former = FormerEntry.objects.filter(appid=appid).order_by("until")
    if as_json:
        print_json({
            "appid": appid, "name": app.name, "province": app.province, "standing": app.is_standing,
            "first_listed_at": instant(app.first_listed_at), "offline_since": instant(app.offline_since),
            "offline_code": app.offline_code, "closed_since": instant(app.closed_since),
            "number": standing.service.number if standing.service else None,
            "gate": shown(appid, decision, at=instant(clock.now())),
            "former": [{"name": entry.name, "province": entry.province, "until": instant(entry.until),
                        "first_listed_at": instant(entry.first_listed_at)} for entry in former],
            "events": [{"at": instant(event.at), "tag": event.tag} for event in events],
        })
        return
    typer.echo(f"{appid}  {app.name}  {app.province}")
    typer.echo(f"  首次上架 first listed: {instant(app.first_listed_at) or '从未 never'}")
    typer.echo(f"  备案号 number: {standing.service.number if standing.service else '无 none'}")
    if app.offline_since:
        typer.echo(f"  下架 offline since: {instant(app.offline_since)}  ({app.offline_code})")
    else:
        typer.echo(f"  {'在架 on the shelf' if app.is_standing else '未上架 not listed'}")
    if app.closed_since:
        typer.echo(f"  主办者已暂停服务 closed by its organizer since: {instant(app.closed_since)}")
    for entry in former:
        typer.echo(f"  目录原记录 catalogue until {instant(entry.until)}: {entry.name}  {entry.province}  "
                   f"{instant(entry.first_listed_at) or '–'}")
    _print_decision(decision)
    for event in events:
        typer.echo(f"  {instant(event.at)}  {event.tag}")


@shelf_app.command("put-on", epilog="Example: openbeian shelf put-on wx0123456789abcdef")
def put_on(appid: Annotated[str, typer.Argument(help="The mini program.")]) -> None:
    """Put an app on the shelf for the first time. Exit code 3 if the gate says no."""
    try:
        verbs.put_on(appid=_appid(appid), actor=COMMAND_LINE)
    except GateClosed as error:
        _print_decision(error.decision)
        raise typer.Exit(DENIED) from None
    typer.echo(f"{appid}  已上架 on the shelf")


@shelf_app.command(
    "waive", epilog='Example: openbeian shelf waive wx0123456789abcdef --until 2024-04-15 --reason "court order"')
def waive(
    appid: Annotated[str, typer.Argument(help="The mini program.")],
    until: Annotated[str, typer.Option(help="The waiver ends at this instant.")],
    reason: Annotated[str, typer.Option(help="Why; no personal data.")],
    since: Annotated[str, typer.Option(help="The waiver begins at this instant. Default: now.")] = "",
) -> None:
    """Let an app stay on the shelf unfiled for a time."""
    begin, end = _instant(since), _instant(until)
    if end <= begin:
        raise typer.BadParameter("结束时间须晚于开始时间。 The end must lie after the beginning.", param_hint="until")
    verbs.grant_waiver(appid=_appid(appid), since=begin, until=end, reason=reason, actor=COMMAND_LINE)
    typer.echo(f"{appid}  已豁免 waived: {instant(begin)} – {instant(end)}")
