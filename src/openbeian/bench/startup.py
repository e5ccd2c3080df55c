"""Commands that only read, each in a process of its own, beside one that only loads Django."""

import os
import subprocess
import sys
from collections.abc import Sequence

from openbeian.bench.report import Cost
from openbeian.bench.scene import OPERATOR
from openbeian.demo.sample_data import appid_of
from openbeian.demo.sample_rows import import_programs

COMMANDS = (
    "--help", "version", "health", f"gate check {appid_of(1)}", f"shelf show {appid_of(1)}", "review list", "ledger show",
    "clients list", "clients waiting", "clock show", "calendar show", "jobs failed", "authority status",
)


def measure(*, rounds: int, only: Sequence[str] = ()) -> list[Cost]:
    """Run every command in turn, or ``only`` some, ``rounds`` times; of each the least processor time counts."""
    import_programs([(appid_of(1), "示例", "示例主体", "330000", "2022-03-15")], actor=OPERATOR)
    commands = {f"openbeian {command}": ["-m", "openbeian.cli", *command.split()] for command in only or COMMANDS}
    runs = {"django.setup()": ["-c", "import django; django.setup()"], **commands}
    taken = [{name: _cpu_ms(arguments) for name, arguments in runs.items()} for _ in range(rounds)]
    least = {name: min(one[name] for one in taken) for name in runs}
    yardstick, yardstick_ms = next(iter(least.items()))
    return [Cost(name, least[name], yardstick, yardstick_ms, goal=1.2) for name in commands]


def _cpu_ms(arguments: list[str]) -> float:
    process = subprocess.Popen([sys.executable, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 3):  # 1: not well; 3: not on the shelf
        raise RuntimeError(f"{' '.join(arguments)} ended with exit code {process.returncode}")
    return 1000 * (used.ru_utime + used.ru_stime)
