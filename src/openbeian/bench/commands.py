"""``openbeian bench …``. Nothing here imports Django at the top: each run makes its own instance first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from openbeian.bench.report import Line

bench_app = typer.Typer(no_args_is_help=True, help="测速 How fast the system is, as ratios to yardsticks of the same run.")

Connections = Annotated[int, typer.Option(min=1, max=64, help="Requests at the same time.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@bench_app.command("wechat", epilog="Example: openbeian bench wechat --filings 1000")
def wechat(
    filings: Annotated[int, typer.Option(min=10, help="Applications to send in each round.")] = 500,
    rounds: Annotated[int, typer.Option(min=1, help="How often, with pgbench in between.")] = 5,
    connections: Connections = 8,
    as_json: AsJson = False,
) -> None:
    """Measure apply_icp_filing, from request to durable commit, and get_icp_entrance_info."""
    from openbeian.runtime.temporary_instance import throw_away_instance

    with throw_away_instance() as instance:
        from openbeian.bench.wechat import measure

        _tell(measure(filings=filings, connections=connections, rounds=rounds, directory=instance.directory), as_json=as_json)


@bench_app.command("gate", epilog="Example: openbeian bench gate --apps 100000")
def gate(
    apps: Annotated[int, typer.Option(min=10, help="Mini programs in the catalogue.")] = 10_000,
    requests: Annotated[int, typer.Option(min=100, help="Questions to ask.")] = 5_000,
    connections: Connections = 8,
    as_json: AsJson = False,
) -> None:
    """Measure the gate over HTTP, /gate/check and /gate/auth, beside the same server answering a constant."""
    from openbeian.runtime.temporary_instance import throw_away_instance

    with throw_away_instance():
        from openbeian.bench.gate import measure

        _tell(measure(apps=apps, requests=requests, connections=connections), as_json=as_json)


@bench_app.command("authority", epilog="Example: openbeian bench authority --rounds 50")
def authority(
    rounds: Annotated[int, typer.Option(min=1, help="How often a file is packed and one unpacked.")] = 30,
    records: Annotated[int, typer.Option(min=1, max=1000, help="Records in the file that is unpacked.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Measure the codec of the administration's interface beside lxml alone on the same elements."""
    from openbeian.bench.authority import measure

    _tell(measure(rounds=rounds, records=records), as_json=as_json)


@bench_app.command("unfriendly", epilog="Example: openbeian bench unfriendly --requests 1000")
def unfriendly(
    requests: Annotated[int, typer.Option(min=10, help="Questions to the gate beside each sort.")] = 500,
    as_json: AsJson = False,
) -> None:
    """Measure the gate beside silent connections, slow bodies and heavy pictures, as ratios to its quiet self."""
    from openbeian.runtime.temporary_instance import throw_away_instance

    with throw_away_instance():
        from openbeian.bench import report
        from openbeian.bench.unfriendly import measure

        costs = measure(requests=requests)
        typer.echo(report.costs_as_json(costs) if as_json else report.costs_as_text(costs))


@bench_app.command("commands", epilog="Example: openbeian bench commands --rounds 20")
def commands(
    rounds: Annotated[int, typer.Option(min=1, help="How often each runs; the best counts.")] = 5,
    only: Annotated[list[str] | None, typer.Option(help="Only this command, such as 'clock show'; give it for each.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the processor time of commands that only read, beside a process that only loads Django."""
    from openbeian.runtime.temporary_instance import throw_away_instance

    with throw_away_instance(kind="demo"):
        from openbeian.bench import report
        from openbeian.bench.startup import measure

        costs = measure(rounds=rounds, only=only or ())
        typer.echo(report.costs_as_json(costs) if as_json else report.costs_as_text(costs))


def _tell(lines: "Sequence[Line]", *, as_json: bool) -> None:
    from openbeian.bench import report

    typer.echo(report.as_json(lines) if as_json else report.as_text(lines))
