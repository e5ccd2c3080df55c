"""The gate beside unfriendly clients, and the commands' processor time: each beside its yardstick of the same run."""

import json
import subprocess
import sys


def benched(*arguments: str) -> list[dict]:
    ran = subprocess.run(
        [sys.executable, "-m", "openbeian.cli", "bench", *arguments, "--json"], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    costs = json.loads(ran.stdout)
    assert all(cost["ms"] > 0 and cost["yardstick_ms"] > 0 and cost["ratio"] > 0 for cost in costs)
    return costs


def test_the_gate_is_measured_beside_each_sort_of_unfriendly_clients_and_all_of_them() -> None:
    costs = benched("unfriendly", "--requests", "10")
    assert [(cost["path"], cost["yardstick"], cost["goal"]) for cost in costs] == [
        (f"/gate/auth beside {name}", "quiet", 2) for name in (
            "500 silent connections", "40 slow bodies", "16 pictures of 40 million pixels", "all of them")]
    assert len({cost["yardstick_ms"] for cost in costs}) == 1


def test_commands_that_only_read_are_measured_beside_loading_django() -> None:
    costs = {cost["path"]: cost for cost in benched("commands", "--rounds", "1", "--only", "version", "--only", "clock show")}
    assert list(costs) == ["openbeian version", "openbeian clock show"]
    assert {(cost["yardstick"], cost["goal"]) for cost in costs.values()} == {("django.setup()", 1.2)}
