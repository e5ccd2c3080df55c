"""Settings are read from the environment, and what cannot be meant is refused in words."""

import os
import subprocess
import sys

import pytest


def read(name: str, value: str) -> subprocess.CompletedProcess[str]:
    """Read one setting in a process of its own, as a start of the system does."""
    return subprocess.run(
        [sys.executable, "-c", f"from openbeian.config import settings; print(settings.{name})"],
        env={**os.environ, name: value}, capture_output=True, text=True, check=False)


def test_the_waits_between_two_attempts_at_a_push_are_a_setting() -> None:
    assert read("OPENBEIAN_PUSH_RETRY_SECONDS", "1,60").stdout == "(1, 60)\n"


@pytest.mark.parametrize("value", ["", "5;30", "-1"])
def test_waits_that_are_no_numbers_are_refused(value: str) -> None:
    refused = read("OPENBEIAN_PUSH_RETRY_SECONDS", value)
    assert (refused.returncode, refused.stderr) == (
        1, f"OPENBEIAN_PUSH_RETRY_SECONDS is a list of whole numbers like 5,30,120, not {value!r}\n")


def test_web_processes_are_a_setting_of_one_by_default() -> None:
    assert (read("OPENBEIAN_WEB_WORKERS", "3").stdout, read("OPENBEIAN_WEB_WORKERS", "").stdout) == ("3\n", "1\n")


@pytest.mark.parametrize("value", ["0", "two", "-1"])
def test_web_processes_that_are_no_number_are_refused(value: str) -> None:
    refused = read("OPENBEIAN_WEB_WORKERS", value)
    assert (refused.returncode, refused.stderr) == (1, f"OPENBEIAN_WEB_WORKERS is a number from 1 on, not {value!r}\n")


@pytest.mark.parametrize(("value", "meaning"), [
    ("yes", "True"), ("true", "True"), ("1", "True"), ("ON", "True"), ("no", "False"), ("false", "False"), ("", "False"),
])
def test_a_switch_is_read_however_it_is_commonly_written(value: str, meaning: str) -> None:
    assert read("OPENBEIAN_CERTIFICATION_REQUIRED", value).stdout == f"{meaning}\n"


@pytest.mark.parametrize("name", ["OPENBEIAN_CERTIFICATION_REQUIRED", "OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES"])
def test_a_switch_that_is_neither_yes_nor_no_is_refused(name: str) -> None:
    refused = read(name, "perhaps")
    assert (refused.returncode, refused.stderr) == (1, f"{name} is yes or no, not 'perhaps'\n")
