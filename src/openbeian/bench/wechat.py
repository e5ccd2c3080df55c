"""The open API: an application from request to durable commit, and the status call."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.test import Client

from openbeian.bench import load
from openbeian.bench.constant import constant_server
from openbeian.bench.load import Figures, drive
from openbeian.bench.replay import PgbenchFigures, Recording, pgbench, recorded, script
from openbeian.bench.report import Line
from openbeian.bench.scene import Applicant, applicants, certificate_digest
from openbeian.config.processes import serve
from openbeian.filings.models import Order, Organizer

WARM_UP = 20


def measure(*, filings: int, connections: int) -> list[Line]:
    """Drive apply_icp_filing and get_icp_entrance_info on a running system; each beside its yardsticks."""
    everyone = applicants(WARM_UP + filings + 1)
    sample, warm, measured = everyone[0], everyone[1:WARM_UP + 1], everyone[WARM_UP + 1:]
    applying, made = _recorded_apply(sample)
    asking = _recorded_status(sample)
    with serve(worker=False, simulator=False) as running, constant_server() as constant:
        drive(running.web_url, [_apply(who) for who in warm], connections=connections, accept=_succeeded)
        applied = drive(running.web_url, [_apply(who) for who in measured], connections=connections, accept=_succeeded)
        status = [_status(who) for who in measured] * 4
        asked = drive(running.web_url, status, connections=connections, accept=_succeeded)
        idle = drive(constant, status, connections=connections, accept=_succeeded)
    same_writes = _replayed(applying, made, sample, clients=connections, transactions=4 * filings)
    same_reads = _replayed(asking, {}, sample, clients=connections, transactions=8 * filings)
    return [
        _beside_pgbench("apply_icp_filing", applied, same_writes, applying.round_trips, goal=0.5),
        _beside_pgbench("get_icp_entrance_info", asked, same_reads, asking.round_trips, goal=None),
        Line("get_icp_entrance_info", asked, "constant 200 on the same server", idle.per_second, goal=None),
    ]


def _beside_pgbench(
    name: str, figures: Figures, yardstick: PgbenchFigures, round_trips: int, *, goal: float | None
) -> Line:
    if yardstick.failed:
        raise RuntimeError(f"{yardstick.failed} transactions of the yardstick failed")
    return Line(name, figures, f"pgbench, the same {round_trips} statements", yardstick.per_second, goal=goal)


def _apply(who: Applicant) -> bytes:
    return load.request("POST", f"/wxa/icp/apply_icp_filing?access_token={who.token}", who.application)


def _status(who: Applicant) -> bytes:
    return load.request("GET", f"/wxa/icp/get_icp_entrance_info?access_token={who.token}")


def _succeeded(status: int, body: bytes) -> bool:
    return status == 200 and b'"errcode":0' in body.replace(b" ", b"")


def _recorded_apply(who: Applicant) -> tuple[Recording, dict[str, int]]:
    _far_apart(Order, Organizer)
    with transaction.atomic(), recorded() as recording:
        answer = Client().generic(
            "POST", f"/wxa/icp/apply_icp_filing?access_token={who.token}",
            json.dumps(who.application, ensure_ascii=False).encode(), content_type="application/json").json()
        if answer["errcode"] != 0:
            raise RuntimeError(f"the sample application was refused: {answer['errcode']}")
        number = len(recording.statements)
        order = Order.objects.get(appid=who.appid)
        del recording.statements[number:]
        transaction.set_rollback(True)
    assert order.organizer_id is not None
    return recording, {Order._meta.db_table: order.pk, Organizer._meta.db_table: order.organizer_id}


def _far_apart(*models: type[Model]) -> None:
    """Let the keys of each model begin where no other number of a statement is."""
    with connection.cursor() as cursor:
        for index, model in enumerate(models, 7):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, index * 10**6])


def _recorded_status(who: Applicant) -> Recording:
    with recorded() as recording:
        Client().get(f"/wxa/icp/get_icp_entrance_info?access_token={who.token}")
    return recording


def _replayed(
    recording: Recording, made: Mapping[str, int], who: Applicant, *, clients: int, transactions: int
) -> PgbenchFigures:
    from django.conf import settings

    from openbeian.config.database import url_from_settings

    unique: dict[Any, str] = {}
    if made:
        unique = {
            who.appid: "('wxbench' || :n)",
            certificate_digest(who.certificate_number): "decode(repeat(md5((:n)\\:\\:text), 2), 'hex')",
        }
    text = script(recording, made=made, unique=unique)
    return pgbench(text, url=url_from_settings(settings.DATABASES["default"]), clients=clients,
                   transactions=transactions)
