"""The codec's measurement: it compares like with like, or says that it does not."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from openbeian.bench import authority, by_hand
from openbeian.cli import app


def test_each_file_is_measured_in_both_directions_beside_the_same_work_by_hand():
    ran = CliRunner().invoke(app, ["bench", "authority", "--rounds", "1", "--records", "3", "--json"])
    assert ran.exit_code == 0, ran.output
    lines = json.loads(ran.output)
    assert [line["path"].split(" (")[0] for line in lines] == [
        f"{way}: {what}" for what in (
            "first filing with 7 pictures of 100 KB", "first filing with 7 pictures of 2 KB", "record on file",
            "processing result") for way in ("pack", "unpack")]
    assert [line["number"] for line in lines] == [1, 1, 50, 50, 3, 3, 1, 1]
    assert {(line["yardstick"], line["goal"]) for line in lines} == {
        ("lxml, zipfile and AES by hand, the same bytes", 0.6)}
    assert all(line["per_second"] > 0 and line["yardstick_per_second"] > 0 and line["ratio"] > 0 for line in lines)


def test_a_yardstick_that_does_less_is_none():
    records = authority._samples(3)[2]
    some = replace(records, read=lambda xml: by_hand.read_records(xml)[1:])
    with pytest.raises(authority.NotTheSame, match="what is read is not what was written"):
        list(authority._both_ways(some, 1))
    shorter = replace(records, write=lambda values: by_hand.write_records(values[1:]))
    with pytest.raises(authority.NotTheSame, match="not the same bytes"):
        list(authority._both_ways(shorter, 1))
