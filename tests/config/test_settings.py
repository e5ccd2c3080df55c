"""Settings are read from the environment, and what cannot be meant is refused in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openbeian.config.environment import VARIABLES, Environment, reference_page


def read(name: str, value: str, **others: str) -> subprocess.CompletedProcess[str]:
    """Read one setting in a process of its own, as a start of the system does."""
    return subprocess.run(
        [sys.executable, "-c", f"from openbeian.config import settings; print(settings.{name})"],
        env={**os.environ, name: value, **others}, capture_output=True, text=True, check=False)


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


@pytest.mark.parametrize(("name", "value", "meaning"), [
    ("OPENBEIAN_AUDIT_AUTOMATIC", "", "None"),
    ("OPENBEIAN_AUDIT_AUTOMATIC", "0", "0"),
    ("OPENBEIAN_TRUSTED_PROXIES", " 192.0.2.1, 10.0.0.0/8", "['192.0.2.1', '10.0.0.0/8']"),
    ("OPENBEIAN_FILINGS_PER_SUBJECT", "1/2/3", "Quotas(individual=1, individual_business=2, unit=3)"),
    ("OPENBEIAN_DAILY_LIMITS", "submit_audit=1, other = 3",
     "{'apply_icp_filing': 5000, 'upload_icp_media': 20000, 'create_icp_verifytask': 2000, 'submit_audit': 1, "
     "'stable_token_force_refresh': 20, 'other': 3}"),
])
def test_lists_and_pairs_are_read(name: str, value: str, meaning: str) -> None:
    assert read(name, value).stdout == f"{meaning}\n"


def test_all_variables_that_cannot_be_meant_are_named_at_once_and_no_password_is_repeated() -> None:
    refused = read("OPENBEIAN_FILINGS_PER_SUBJECT", "5/0/50", OPENBEIAN_FACE_CHECK="perhaps", OPENBEIAN_AUDIT_AUTOMATIC="soon",
                   OPENBEIAN_TRUSTED_PROXIES="proxy", OPENBEIAN_DAILY_LIMITS="submit_audit", OPENBEIAN_LOG_LEVEL="LOUD",
                   OPENBEIAN_POLL_SECONDS="often", DATABASE_URL="mysql://root:secret@db/x")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        "DATABASE_URL must look like postgresql://user:password@host:5432/database",
        "OPENBEIAN_POLL_SECONDS is a number of seconds, not 'often'",
        "OPENBEIAN_FACE_CHECK is page or automatic, not 'perhaps'",
        "OPENBEIAN_AUDIT_AUTOMATIC is a number of seconds or empty, not 'soon'",
        "OPENBEIAN_FILINGS_PER_SUBJECT is three numbers from 1 on like 5/5/50, not '5/0/50'",
        "OPENBEIAN_TRUSTED_PROXIES is a list of IP addresses and networks, not 'proxy'",
        "OPENBEIAN_DAILY_LIMITS is a list like apply_icp_filing=100,submit_audit=20, not 'submit_audit'",
        "OPENBEIAN_LOG_LEVEL is one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'LOUD'",
    ]


def test_a_wrong_kind_of_instance_is_refused_alone() -> None:
    """What follows from it is not reported beside it."""
    assert read("OPENBEIAN_INSTANCE", "prod").stderr == (
        "OPENBEIAN_INSTANCE is one of production, demo, sandbox, test, not 'prod'\n")


def test_a_production_instance_needs_its_keys(tmp_path: Path) -> None:
    refused = read("OPENBEIAN_INSTANCE", "production", OPENBEIAN_KEYS_FILE=str(tmp_path / "none.json"),
                   OPENBEIAN_SECRET_KEY="")
    assert (refused.returncode, refused.stderr.splitlines()) == (1, [
        "a production instance needs the environment variable OPENBEIAN_SECRET_KEY; see docs/how-to/production.md. "
        "To try OpenBeian out, set OPENBEIAN_INSTANCE=demo.",
        f"OPENBEIAN_KEYS_FILE is the path of a JSON file that can be read, not '{tmp_path / 'none.json'}'",
    ])
    keys = tmp_path / "keys.json"
    keys.write_text('{"current": "a"}')
    read_keys = read("OPENBEIAN_KEYS", "", OPENBEIAN_INSTANCE="production", OPENBEIAN_KEYS_FILE=str(keys),
                     OPENBEIAN_SECRET_KEY="secret")
    assert read_keys.stdout == "{'current': 'a'}\n"


def test_importing_settings_starts_no_database(tmp_path: Path) -> None:
    found = read("DATABASES['default']['HOST']", "", DATABASE_URL="", OPENBEIAN_VAR=str(tmp_path), OPENBEIAN_INSTANCE="demo")
    assert found.stdout == f"{tmp_path}/postgres/data\n"
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_every_variable_has_a_type_and_a_row() -> None:
    assert list(VARIABLES) == list(Environment().fields)


def test_the_reference_page_is_the_one_made_from_the_settings() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md"
    assert page.read_text(encoding="utf-8") == reference_page(), (
        "write it anew: python -m openbeian.config.environment > docs/reference/settings.md")
