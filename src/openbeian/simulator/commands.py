"""``openbeian authority simulator``: the simulated administration from the command line."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings

simulator_app = typer.Typer(help="模拟管局 The simulated administration.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ProvinceCode = Annotated[str, typer.Argument(help="The province's code, such as 330000.")]


@contextmanager
def _simulator() -> Iterator[tuple[Any, Any]]:
    """(queries, verbs). The simulator is no part of a production instance, so it is imported only here."""
    if settings.PRODUCTION:
        typer.echo("生产环境没有模拟管局。A production instance has no simulated administration.", err=True)
        raise typer.Exit(2)
    from openbeian.simulator import queries, verbs

    try:
        yield queries, verbs
    except verbs.SimulatorError as error:
        typer.echo(f"{error.zh}。{error}.", err=True)
        raise typer.Exit(1) from None


def _json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


@simulator_app.command("list", epilog="Example: openbeian authority simulator list --json")
def list_records(
    state: Annotated[str, typer.Option(help="Only records in this state: sms, review, approved …")] = "",
    province: Annotated[str, typer.Option(help="Only records of this province.")] = "",
    search: Annotated[str, typer.Option(help="An id, appid, filing number or an organizer's whole name.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the requests at the simulated administration, newest first."""
    from openbeian.regime.calendar import to_the_minute

    with _simulator() as (queries, _):
        records = queries.records(state=state or None, province=province or None, search=search)
    if as_json:
        _json([line.as_json() for line in records])
        return
    for line in records:
        typer.echo(f"#{line.id}  {line.authority}  {line.operation_label}  {line.appid}  {line.service}  "
                   f"{line.state_label}  {line.number or '–'}  {to_the_minute(line.received_at)}")
    if not records:
        typer.echo("管局没有备案申请。Nothing lies at the administration.")


@simulator_app.command(
    "decide", epilog='Example: openbeian authority simulator decide 3 --refuse --opinion "名称不符合要求"')
def decide(
    record: Annotated[int, typer.Argument(help="Number of the request, as `simulator list` prints it.")],
    approve: Annotated[bool, typer.Option("--approve/--refuse", help="The decision.")],
    opinion: Annotated[str, typer.Option(help="The reviewer's opinion; a refusal needs one.")] = "",
    despite_rules: Annotated[bool, typer.Option(help="Approve even against the province's rules.")] = False,
) -> None:
    """Decide a request at the simulated administration."""
    with _simulator() as (queries, verbs):
        verbs.decide(record_id=record, approve=approve, opinion=opinion, despite_rules=despite_rules)
        line = queries.record(record)
    typer.echo(f"#{record}  {line.state_label}  {line.number or '–'}")


@simulator_app.command("resend", epilog="Example: openbeian authority simulator resend 3")
def resend(record: Annotated[int, typer.Argument(help="Number of a request that waits for verification.")]) -> None:
    """Send new SMS codes for a request."""
    with _simulator() as (_, verbs):
        sent = verbs.resend_sms(record_id=record)
    typer.echo(f"已重发 {sent} 条。Sent again: {sent}.")


@simulator_app.command("off", epilog="Example: openbeian authority simulator off 330000")
def off(province: ProvinceCode) -> None:
    """Switch a province's system off: every call ends in HTTP 503."""
    with _simulator() as (_, verbs):
        verbs.switch_province(province, on=False)
    typer.echo(f"{province} 已关闭 off")


@simulator_app.command("on", epilog="Example: openbeian authority simulator on 330000")
def on(province: ProvinceCode) -> None:
    """Switch a province's system on again."""
    with _simulator() as (_, verbs):
        verbs.switch_province(province, on=True)
    typer.echo(f"{province} 已开启 on")


@simulator_app.command("provinces", epilog="Example: openbeian authority simulator provinces --json")
def list_provinces(as_json: AsJson = False) -> None:
    """Show every province's system: on or off, what differs, what waits."""
    with _simulator() as (queries, _):
        lines = queries.province_lines()
    if as_json:
        _json([line.as_json() for line in lines])
        return
    for line in lines:
        typer.echo(f"{line.code} {line.name}  {'off' if line.off else 'on'}  {line.behaviour.hours or '00:00-24:00'}  "
                   f"待核验 sms {line.sms}  待审 review {line.review}  待取 files {line.waiting}  "
                   f"{' '.join(line.changed)}")  # fmt: skip


@simulator_app.command("set", epilog="Example: openbeian authority simulator set 330000 hours=08:00-20:00 queue_length=5")
def set_province(
    province: ProvinceCode,
    changes: Annotated[list[str] | None, typer.Argument(help="name=value; an empty value: none.")] = None,
    usual: Annotated[bool, typer.Option(help="First take all earlier changes back.")] = False,
) -> None:
    """Change how one province behaves. Names: `simulator provinces --json`."""
    from openbeian.simulator.provinces import read

    with _simulator() as (_, verbs):
        texts = dict(change.partition("=")[::2] for change in changes or ())
        verbs.set_province(province, {name: read(name, text) for name, text in texts.items()}, usual=usual)
    typer.echo("ok")


@simulator_app.command("faults", epilog="Example: openbeian authority simulator faults --seed 7 --rate 0.1 --only late,twice")
def faults(
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same faults.")] = None,
    rate: Annotated[float | None, typer.Option(help="How often each fault strikes, 0 to 1.")] = None,
    only: Annotated[str, typer.Option(help="Only these, separated by commas.")] = "",
    slow_seconds: Annotated[float, typer.Option(help="How slow a slow answer is.")] = 2.0,
    late_seconds: Annotated[float, typer.Option(help="How late a late file is.")] = 600.0,
    none: Annotated[bool, typer.Option("--none", help="Nothing goes wrong any more.")] = False,
) -> None:
    """Choose what goes wrong, or show it when nothing is given."""
    with _simulator() as (_, verbs):
        if none:
            chosen = verbs.set_faults({})
        elif seed is None and rate is None:
            chosen = verbs.current_faults()
        else:
            value: dict[str, Any] = {"seed": seed or 0, "rate": 0.1 if rate is None else rate}
            value |= {"slow_seconds": slow_seconds, "late_seconds": late_seconds}
            if only:
                value["only"] = [name.strip() for name in only.split(",") if name.strip()]
            chosen = verbs.set_faults(value)
    _json(chosen.as_json())


@simulator_app.command("script", epilog="Example: openbeian authority simulator script rules.json")
def script(
    file: Annotated[str, typer.Argument(help="JSON file with a list of rules; - for standard input.")] = "",
    none: Annotated[bool, typer.Option("--none", help="End the script.")] = False,
) -> None:
    """Say beforehand how requests end, or show the rules when nothing is given."""
    with _simulator() as (_, verbs):
        if none:
            verbs.set_script([])
        elif file:
            try:
                rules = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise typer.BadParameter(f"{file} cannot be read as JSON: {type(error).__name__}") from None
            verbs.set_script(rules)
        rules = verbs.current_settings().script
    _json(rules)


@simulator_app.command("issue", epilog="Example: openbeian authority simulator issue SJTB --province 330000")
def issue(
    block: Annotated[str, typer.Argument(help="HMDLB, FFJRHMD, WBAWZLB, HSRW, HCJG, XGTZ, JCDM or SJTB.")],
    province: Annotated[str, typer.Option(help="The province's code.")],
    content: Annotated[str, typer.Option(help="What the file says, as a JSON object; else something plausible.")] = "{}",
) -> None:
    """Queue a download file that answers nothing: a list, a task, a notice, code tables, full synchronisation."""
    try:
        value = json.loads(content)
    except ValueError:
        raise typer.BadParameter("--content is not JSON") from None
    if not isinstance(value, dict):
        raise typer.BadParameter("--content is not a JSON object")
    with _simulator() as (_, verbs):
        typer.echo(verbs.issue(block=block, province=province, content=value))


@simulator_app.command(
    "seed-record",
    epilog='Example: openbeian authority simulator seed-record --province 330000 --organizer "杭州示例有限公司" '
    '--certificate-number 91330106MA0000015K --service "示例商城" --appid wx1111111111111111')
def seed_record(
    province: Annotated[str, typer.Option(help="The province's code.")],
    organizer: Annotated[str, typer.Option(help="The organizer's name.")],
    certificate_number: Annotated[str, typer.Option(help="Number of the organizer's certificate.")],
    certificate_type: Annotated[int, typer.Option(help="Type of the certificate; 1: business licence.")] = 1,
    service: Annotated[list[str] | None, typer.Option(help="Name of a service; none: an empty shell.")] = None,
    appid: Annotated[list[str] | None, typer.Option(help="Appid of each service, in the same order.")] = None,
    kind: Annotated[str, typer.Option(help="website, app, mini_program or quick_app.")] = "mini_program",
    mobile: Annotated[str, typer.Option(help="Mobile of the principal.")] = "13900000090",
    principal_certificate: Annotated[str, typer.Option(help="The principal's resident ID; else an invented one.")] = "",
    provider: Annotated[str, typer.Option(help="Through whom it was filed.")] = "其他接入服务提供者",
) -> None:
    """Put a subject and services on file as filed through another provider."""
    appids = appid or []
    services = [
        {"name": name, "kind": kind, "appid": appids[i] if i < len(appids) else ""}
        for i, name in enumerate(service or ())
    ]
    with _simulator() as (_, verbs):
        seeded = verbs.seed_record({
            "province": province, "organizer": organizer, "certificate_number": certificate_number,
            "certificate_type": certificate_type, "mobile": mobile, "principal_certificate": principal_certificate,
            "provider": provider, "services": services,
        })  # fmt: skip
    _json(seeded)
