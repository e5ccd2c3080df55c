"""``openbeian soak``. Nothing here imports Django at the top: the run makes its own instance first."""

import contextlib
import signal
from typing import Annotated

import typer

VIOLATED = 1
#: The worker asks every second, and one that was killed is missed after one.
ENVIRONMENT = {"OPENBEIAN_POLL_SECONDS": "1", "OPENBEIAN_WORKER_HEARTBEAT": "0.2"}


def soak(
    orders: Annotated[int, typer.Option(min=1, max=200_000, help="Orders of all nine kinds.")] = 200,
    seed: Annotated[int, typer.Option(help="Chooses the plan, the faults and the kills.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=8, help="Workers beside each other.")] = 2,
    at_once: Annotated[int, typer.Option(min=1, max=400, help="Organizers busy at the same time.")] = 60,
    fault_rate: Annotated[float, typer.Option(
        min=0, max=0.3, help="How often each fault of the simulated administration strikes.")] = 0.03,
    kill_every: Annotated[float, typer.Option(
        min=0, help="Changes of orders' states between two kills of a worker, on average; 0: never.")] = 150,
    database_kills: Annotated[int, typer.Option(min=0, max=5, help="How often the database server is killed.")] = 2,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the instance behind, to look into.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
) -> None:
    """Run very many orders through a link on which everything goes wrong, and check every one's end.

    On an empty instance of its own, with real workers and the simulated administration. Progress goes to standard
    error. Exit code 0 if every order is at its planned end, no number stands twice, no upload is lost or doubled and
    register and provinces agree; else 1.
    """
    from openbeian.runtime.temporary_instance import throw_away_instance

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it, too, takes processes and directory along
    with contextlib.ExitStack() as stack:
        instance = stack.enter_context(throw_away_instance(kind="demo", purpose="soak", keep=keep))
        from openbeian.runtime.processes import serve
        from openbeian.soak.run import Soak
        from openbeian.soak.trouble import Menu

        running = [stack.enter_context(serve(web=False, environment=ENVIRONMENT))]
        environment = {**ENVIRONMENT, "OPENBEIAN_SIMULATOR_URL": running[0].simulator_url}
        running += [stack.enter_context(serve(web=False, simulator=False, environment=environment))
                    for _ in range(workers - 1)]
        menu = Menu(kill_every=kill_every, database_kills=database_kills, fault_rate=fault_rate)
        report = Soak(orders=orders, seed=seed, workers=running, menu=menu, at_once=at_once,
                      say=lambda line: typer.echo(line, err=True), kill_database=instance.server.kill).run()
    if keep:
        typer.echo(f"OPENBEIAN_INSTANCE=demo OPENBEIAN_VAR={instance.directory} openbeian authority status", err=True)
    typer.echo(report.as_json() if as_json else report.as_text())
    raise typer.Exit(VIOLATED if report.violations else 0)
