"""The codec's measurement: it compares like with like, or says that it does not."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from openbeian.bench import authority
from openbeian.cli import app


def test_a_file_is_packed_and_one_unpacked_beside_lxml_alone():
    ran = CliRunner().invoke(app, ["bench", "authority", "--rounds", "2", "--records", "3", "--json"])
    assert ran.exit_code == 0, ran.output
    lines = json.loads(ran.output)
    assert [(line["path"], line["number"]) for line in lines] == [
        ("pack: first filing with its pictures (50 a file)", 100), ("unpack: record on file (3 a file)", 6)]
    assert {(line["yardstick"], line["goal"]) for line in lines} == {
        ("lxml alone, the same elements", 0.6)}
    assert all(line["per_second"] > 0 and line["yardstick_per_second"] > 0 and line["ratio"] > 0 for line in lines)


@pytest.mark.parametrize("prepare", [authority.packing, lambda: authority.unpacking(3)], ids=["pack", "unpack"])
def test_a_yardstick_that_does_less_is_none(prepare):
    work = prepare()
    with pytest.raises(authority.NotTheSame, match=work.name):
        authority.compare(replace(work, by_lxml=lambda: None), rounds=1)
