"""The open API's measurement: ours and its yardsticks file the same things, or the run fails."""

import json
import subprocess
import sys


def test_applications_are_measured_beside_the_same_statements_from_c_and_from_python():
    ran = subprocess.run(
        [sys.executable, "-m", "openbeian.cli", "bench", "wechat", "--filings", "10", "--rounds", "2", "--json"],
        capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    applied, sent, asked, idle = json.loads(ran.stdout)
    statements = applied["yardstick"].removeprefix("pgbench, the same ").removesuffix(" statements")
    assert 5 <= int(statements) <= 9, "one more would be a surprise: they are counted where they leave for the database"
    assert [(line["path"], line["number"], line["goal"]) for line in (applied, sent, asked, idle)] == [
        ("apply_icp_filing", 10, 0.5), ("apply_icp_filing", 10, None),
        ("get_icp_entrance_info", 40, None), ("get_icp_entrance_info", 40, None)]
    assert (len(applied["ratios"]), len(sent["ratios"]), asked["ratios"], idle["ratios"]) == (2, 2, [], [])
    assert applied["ratio"] in applied["ratios"]
    assert all(line["per_second"] > 0 and line["yardstick_per_second"] > 0 for line in (applied, sent, asked, idle))
