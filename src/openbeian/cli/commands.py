"""Commands that run the system: ``up``, ``demo``, ``sandbox``, ``worker``, ``migrate``, ``health``, ``test``, ``version``;
``bench`` and ``soak``, which work on an instance of their own.

Nothing here imports Django at the top, so that ``openbeian --help`` answers at once.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from openbeian.bench.commands import bench_app
from openbeian.soak.commands import soak

if TYPE_CHECKING:
    from openbeian.runtime.processes import Running

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the pages and the API; 0: any.")]
SimulatorPort = Annotated[int, typer.Option(min=0, max=65535, help="Port of the simulated administration; 0: any.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    example = "Example: openbeian "
    app.command(epilog=example + "up --port 8080")(up)
    app.command(epilog=example + "demo --headless --json > facts.json")(demo)
    app.command(epilog=example + "sandbox --event-url http://127.0.0.1:9000/wechat/events")(sandbox)
    app.command(epilog=example + "worker --concurrency 8")(worker)
    app.command(epilog=example + "migrate --check")(migrate)
    app.command(epilog=example + "health")(health)
    app.command(
        epilog=example + "test tests/stories -x", add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )(test)  # fmt: skip
    app.command(epilog=example + "version")(version)
    app.add_typer(bench_app, name="bench")
    app.command(epilog=example + "soak --orders 200 --seed 7")(soak)


def up(port: Port = 8000, simulator_port: SimulatorPort = 8001, host: Host = "127.0.0.1") -> None:
    """Run the whole system: database, pages and API, worker, simulated administration. Ctrl-C stops it."""
    from openbeian.runtime.processes import only_one
    from openbeian.runtime.setup import ensure_migrated, set_up_django

    with _stoppable(), only_one() as announce:
        _say("正在启动 Starting…")
        set_up_django(migrate=False)
        ensure_migrated(always=True)
        from django.conf import settings

        from openbeian.demo import demonstration

        fresh_demo = settings.OPENBEIAN_INSTANCE == "demo" and not demonstration.tables_in_use()
        if fresh_demo:
            demonstration.check_settings()
            demonstration.begin()
        with _served(host, port, simulator_port, simulator=not settings.PRODUCTION) as running:
            announce(running)
            if fresh_demo:
                demonstration.tell(web_url=running.web_url, simulator_url=running.simulator_url, say=_say)
                demonstration.complete()
            _welcome(running)
            running.watch(threading.Event(), say=_say)


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="End after the story instead of serving on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Facts as JSON on standard output; the story on the other.")]
    = False,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the database without asking, whatever it holds.")] = False,
) -> None:
    """Run the demonstration on the running system, or on one started for it. Empties the database first.

    If the database holds more than an untouched demonstration, the command asks first. Without a terminal it refuses (exit
    code 1), unless --replace is given.
    """
    from openbeian.demo.kind import check_kind
    from openbeian.runtime.database import variable
    from openbeian.runtime.processes import only_one, running_system
    from openbeian.runtime.setup import ensure_migrated, set_up_django

    def say(line: str) -> None:
        typer.echo(line, err=as_json)

    check_kind(variable("OPENBEIAN_INSTANCE"))
    with _stoppable(), contextlib.ExitStack() as stack:
        set_up_django(migrate=False)
        from openbeian.demo import demonstration

        demonstration.check_settings()
        system = running_system()
        announce = None if system else stack.enter_context(only_one())
        ensure_migrated(always=True)
        if not replace:
            _ask_before_replacing()
        demonstration.begin()
        running = None
        if announce:
            ports = (0, 0) if headless else (8000, 8001)
            running = stack.enter_context(_served("127.0.0.1", *ports, simulator=True))
            announce(running)
        where = running or system
        assert where is not None
        facts = demonstration.tell(web_url=where.web_url, simulator_url=where.simulator_url, say=say)
        if running is not None and headless:
            running.close()  # so that nothing is written after the end
        demonstration.complete()
        if as_json:
            typer.echo(demonstration.as_json(facts))
        violated = facts.as_json()["invariants"]["violated"]
        if running is not None and not headless:
            _welcome(running)
            running.watch(threading.Event(), say=_say)
    if violated:
        raise typer.Exit(1)


def sandbox(
    port: Port = 8100,
    simulator_port: SimulatorPort = 8101,
    host: Host = "127.0.0.1",
    event_url: Annotated[str | None, typer.Option(
        help="Where tickets and events are pushed from now on; an empty text: nowhere. Default: as it was.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Empty the sandbox first. The client's keys stay.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All that a client needs as one JSON object, on one line.")]
    = False,
) -> None:
    """Run a sandbox for developers of API clients: test values in organizers' names say how everything ends.

    Its data are its own, in var/sandbox, and stay from one start to the next. Ctrl-C stops it.
    """
    from openbeian.runtime.database import variable
    from openbeian.runtime.processes import ProcessFailed, only_one

    if variable("OPENBEIAN_INSTANCE") == "production":
        raise ProcessFailed("OPENBEIAN_INSTANCE=production is set here, and a sandbox is no place for it: unset it, and "
                            "DATABASE_URL with it")
    os.environ["OPENBEIAN_INSTANCE"] = "sandbox"
    from openbeian.runtime.setup import ensure_migrated, set_up_django

    with _stoppable(), only_one() as announce:
        _say("正在启动 Starting…")
        set_up_django(migrate=False)
        from openbeian.sandbox import preparation

        ensure_migrated(always=True)
        preparation.begin(fresh=fresh, event_url=event_url)
        with _served(host, port, simulator_port, simulator=True) as running:
            announce(running)
            told = preparation.prepare(
                web_url=variable("OPENBEIAN_BASE_URL") or running.web_url, simulator_url=running.simulator_url,
                say=_say)
            typer.echo(json.dumps(told, ensure_ascii=False) if as_json else preparation.as_text(told))
            running.watch(threading.Event(), say=_say)


def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="Jobs at the same time.")] = 4,
) -> None:
    """Run the jobs: uploads, polls, pushes, timers. Any number of workers may run; SIGTERM lets one finish its jobs."""
    from openbeian.runtime.setup import set_up_django

    set_up_django()
    from openbeian.runtime.worker import run_worker

    run_worker(concurrency=concurrency)


def migrate(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit code 1 if something is to do.")] = False,
) -> None:
    """Bring the database's tables up to this release."""
    from openbeian.runtime.setup import ensure_migrated, pending_migrations, set_up_django

    set_up_django(migrate=False)
    if check:
        for name in (pending := pending_migrations()):
            typer.echo(name)
        raise typer.Exit(1 if pending else 0)
    typer.echo("已更新 Brought up to date." if ensure_migrated(always=True, verbosity=1) else "无需更新 Nothing to do.")


def health() -> None:
    """Say whether the system is well: database, workers, jobs, lanes, limits, disk, pages. Exit code 1 if something is not."""
    from openbeian.cli.health import checks

    well = True
    for check in checks():
        typer.echo(f"{'ok  ' if check.well else 'FAIL'}  {check.name}: {check.told}")
        well = well and check.well
    raise typer.Exit(0 if well else 1)


#: Tests that need no running system and no browser.
FAST = ("accounts", "regime", "register", "review", "shelf", "v3", "test_architecture.py", "test_routes.py",
        "test_vault.py")


def test(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Only what needs no running system and no browser.")] = False,
) -> None:
    """Run the test suite, in four processes; everything else after ``test`` goes to pytest instead."""
    import importlib.util

    from openbeian.runtime.database import project_directory

    if importlib.util.find_spec("pytest") is None or importlib.util.find_spec("pytest_django") is None:
        typer.echo("The test packages are not installed here. Type: ./run test", err=True)
        raise typer.Exit(1)
    # The suite starts dozens of processes; without compiled files each would compile the whole package anew.
    dropped = {"DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    # Half of the suite's time is spent waiting for real processes, so four sessions suit two cores.
    arguments = context.args or ["-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
    if fast:
        arguments = ["-n", "2", "--dist", "worksteal", *context.args, *(f"tests/{name}" for name in FAST)]
    raise typer.Exit(subprocess.call(
        [sys.executable, "-m", "pytest", *arguments], cwd=project_directory(), env=environment))


def version() -> None:
    """Print the version."""
    from openbeian import __version__

    typer.echo(f"OpenBeian {__version__}")


@contextlib.contextmanager
def _served(host: str, port: int, simulator_port: int, *, simulator: bool) -> Iterator["Running"]:
    """Serve on the wanted ports, or on the next free ones; says so."""
    from openbeian.runtime.processes import ProcessFailed, next_free_port, serve

    try:
        web_port = next_free_port(host, port) if port else 0
        other_port = next_free_port(host, simulator_port, but_not=web_port) if simulator_port and simulator else 0
    except OSError as error:
        raise ProcessFailed(f"cannot listen on {host}: {error.strerror or error}") from error
    for wanted, taken in ((port, web_port), (simulator_port, other_port)):
        if taken and wanted != taken:
            _say(f"端口 {wanted} 已被占用，改用 {taken}。Port {wanted} is in use; taking {taken}.")
    with serve(host=host, web_port=web_port, simulator_port=other_port, simulator=simulator) as running:
        yield running


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM, SIGHUP and Ctrl-C end the block cleanly; then see the embedded database down."""
    from openbeian.runtime.database import release_database

    def stop(number: int, frame: object) -> None:
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)  # stopping takes seconds; a second Ctrl-C must not cut it short
        _say("\n正在停止 Stopping…")
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    finally:
        release_database(wait=True)


def _ask_before_replacing() -> None:
    from openbeian.demo import demonstration

    try:
        demonstration.refuse_other_data()
    except demonstration.HoldsOtherData as held:
        if not sys.stdin.isatty():
            raise
        typer.confirm(f"{held.zh}清空并运行演示？ {held.en} Empty it and run the demonstration?", abort=True, err=True)


def _welcome(running: "Running") -> None:
    from django.conf import settings

    from openbeian.runtime.database import var_directory

    lines = [
        "",
        "OpenBeian 已就绪 is ready.",
        f"  小程序备案 pages and API   {running.web_url}/",
    ]
    if not settings.PRODUCTION:
        lines.append(f"  模拟管局 administration    {running.simulator_url}/")
        lines.append(f"  模拟手机 phone with codes  {running.simulator_url}/phone")
    if settings.OPENBEIAN_INSTANCE == "demo":
        from openbeian.demo import demonstration

        if demonstration.was_told():
            lines.append("  登录 log in as:")
            lines += [f"    {login.username:<10} {login.password:<15} {login.tries_zh} {login.tries_en}"
                      for login in demonstration.LOGINS]
        else:
            lines += ["  数据库中已有其他数据（或中断的演示），原样保留，未运行演示。要清空并运行演示：./run demo",
                      "  The database holds other data, or an interrupted demonstration. They were kept, and no demonstration",
                      "  was run. To empty the database and run one: ./run demo"]
        lines += [
            "  在另一个终端 in another terminal:",
            "    ./run review list",
            "    ./run shelf sweep --at 2024-04-01T00:00:00+08:00 --dry-run",
            "    ./run health",
        ]
    lines += [f"  日志 logs                  {var_directory() / 'log'}", "  Ctrl-C 停止 stops everything.", ""]
    _say("\n".join(lines))


def _say(line: str) -> None:
    typer.echo(line, err=True)
