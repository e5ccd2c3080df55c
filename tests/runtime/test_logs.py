"""A log line says when, how bad and about what, and nothing that is nobody's business."""

import io
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import IntegrityError, OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import resolve

from openbeian.logs import Formatter, subject
from openbeian.runtime import processes
from openbeian.runtime.database import var_directory
from openbeian.runtime.processes import Running
from openbeian.runtime.processes import _keep_log as keep_log
from tests.runtime.swallowing import Way

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0800 [A-Z]+ \[[0-9a-f-]+\] [a-z._]+ .+")


def written(message: str, *arguments: object, error: BaseException | None = None, **more: Any) -> str:
    return Formatter().format(logging.makeLogRecord({
        "name": "openbeian.here", "levelname": "ERROR", "msg": message, "args": arguments, "created": 0.0,
        "exc_info": error and (type(error), error, error.__traceback__), **more}))


def test_a_line_has_its_time_level_and_subject() -> None:
    outside = subject.set("job-7")
    assert written("%s done", 3) == "1970-01-01T08:00:00+0800 ERROR [job-7] openbeian.here 3 done"
    assert written("%s", "one\n2026 line") == "1970-01-01T08:00:00+0800 ERROR [job-7] openbeian.here one 2026 line"
    subject.reset(outside)


@pytest.mark.django_db
def test_an_error_is_told_without_its_text() -> None:
    with pytest.raises(IntegrityError, match="lin@example.com") as failed, connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE mails (mail text CHECK (false)); INSERT INTO mails VALUES ('lin@example.com')")
    told = written("it failed", error=failed.value).splitlines()
    assert told[0].endswith(" it failed: IntegrityError")
    assert f"  {__file__}:" in told[1]
    assert "lin@" not in "".join(told)


def test_a_database_that_is_away_is_one_line() -> None:
    with pytest.raises(OperationalError) as failed:
        try:
            import psycopg

            psycopg.connect("postgresql://u@127.0.0.1:9/x")
        except psycopg.OperationalError as error:
            raise OperationalError("several\nlines") from error
    told = written("it failed", error=failed.value)
    assert told.endswith(
        'it failed: OperationalError: connection failed: connection to server at "127.0.0.1", port 9 failed: Connection refused')


def test_an_address_that_sets_a_password_is_named_by_its_route() -> None:
    request = RequestFactory().get("/accounts/password/reset/key/1-secret/")
    request.resolver_match = resolve(request.path)
    told = written("%s: %s", "Internal Server Error", request.path, request=request)
    assert "secret" not in told
    assert "Internal Server Error: /accounts/password/reset/key/" in told


@pytest.mark.django_db
def test_a_refusal_of_the_gate_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert Client().get("/gate/auth?appid=wx0000000000000001").status_code == 403
    assert caplog.records == []


def test_a_log_is_set_aside_when_it_is_full_and_others_may_not_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOG_BYTES", 1000)
    (tmp_path / "web.log").touch(mode=0o644)
    lines = [f"line {number:03d}" for number in range(500)]
    keep_log(io.BytesIO("".join(f"{line}\n" for line in lines).encode()), tmp_path / "web.log")
    logs = sorted(tmp_path.iterdir())
    assert [log.name for log in logs] == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert {log.stat().st_mode & 0o777 for log in logs} == {0o640}
    assert max(log.stat().st_size for log in logs) <= 1000
    kept = "".join(log.read_text() for log in reversed(logs)).splitlines()
    assert kept == lines[-len(kept):]


def test_a_request_while_the_database_is_away_is_one_line_of_the_log(running: Running, way: Way) -> None:
    log = var_directory() / "log" / "web.log"
    way.close()
    before = len(log.read_text().splitlines())
    answers = [requests.get(f"{running.web_url}{path}", cookies={"sessionid": "x" * 32}, timeout=30)
               for path in ("/", "/gate/auth?appid=wx1")]
    assert [answer.status_code for answer in answers] == [500, 503]
    running.stop("web")
    lines = log.read_text().splitlines()[before:]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert len(lines) == 2
    assert [answers[0].headers["X-Request-Id"] in line for line in lines] == [True, False]
    assert log.parent.stat().st_mode & 0o777 == 0o750
