"""The gate over HTTP."""

import random

from openbeian.bench import load
from openbeian.bench.baseline import constant_server
from openbeian.bench.load import drive
from openbeian.bench.report import Line
from openbeian.bench.scene import OPERATOR
from openbeian.demo.sample_data import appid_of
from openbeian.demo.sample_rows import import_programs
from openbeian.runtime.processes import serve


def measure(*, apps: int, requests: int, connections: int) -> list[Line]:
    """Ask the gate about random mini programs of a catalogue; the server's constant answer is the yardstick."""
    import_programs(
        ((appid_of(n), f"示例{n}", f"示例主体{n}", "330000", "2022-03-15") for n in range(1, apps + 1)), actor=OPERATOR)
    asked = [appid_of(n) for n in random.Random(7).choices(range(1, apps + 1), k=requests)]
    lines = []
    with serve(worker=False, simulator=False) as running, constant_server() as constant:
        for path, statuses in (("/gate/check", {200}), ("/gate/auth", {200, 403})):
            sent = [load.request("GET", f"{path}?appid={appid}") for appid in asked]

            def accept(status: int, body: bytes, statuses: set[int] = statuses) -> bool:
                return status in statuses

            drive(running.web_url, sent[:200], connections=connections, accept=accept)
            drive(constant, sent[:200], connections=connections, accept=lambda status, body: status == 200)
            ours = drive(running.web_url, sent, connections=connections, accept=accept)
            idle = drive(constant, sent, connections=connections, accept=lambda status, body: status == 200)
            lines.append(Line(f"GET {path}", ours, "constant 200 on the same server", idle.per_second, goal=0.7))
    return lines
