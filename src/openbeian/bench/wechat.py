"""The open API: an application from request to durable commit, and the status call."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.test import Client

from openbeian.bench import load
from openbeian.bench.baseline import bare_server, constant_server
from openbeian.bench.load import Figures, drive
from openbeian.bench.replay import PgbenchFigures, Recording, pgbench, recorded, script
from openbeian.bench.report import Line, middle
from openbeian.bench.scene import Applicant, applicants
from openbeian.filings.models import Order, Organizer
from openbeian.register.queries import certificate_digest
from openbeian.runtime.processes import serve

WARM_UP = 100
#: Transactions of the yardstick for each application: pgbench is faster, and a run should last.
_REPLAYS = 2


def measure(*, filings: int, connections: int, rounds: int, directory: Path) -> list[Line]:
    """Drive apply_icp_filing and get_icp_entrance_info on a running system; each beside its yardsticks.

    Applications come in ``rounds``, each followed by its yardsticks, for machines whose speed changes by the second.
    Files go to ``directory``.
    """
    sample, *everyone = applicants(1 + 2 * WARM_UP + (2 + _REPLAYS) * filings * rounds)
    numbers = itertools.count(2)  # of the applicants in turn, each of whom can apply once
    applying, made = _recorded_apply(sample)
    asking = _recorded_status(sample)
    beside_pgbench, beside_bare = [], []
    with (
        serve(worker=False, simulator=False) as running, constant_server() as constant,
        bare_server(applying, made=made, who=sample, directory=directory) as bare,
    ):

        def apply(number: int) -> Figures:
            those = [everyone[next(numbers) - 2] for _ in range(number)]
            return drive(running.web_url, [_apply(who) for who in those], connections=connections, accept=_succeeded)

        def only_send(number: int) -> Figures:
            runs = [load.request("GET", f"/?{next(numbers)}") for _ in range(number)]
            return drive(bare, runs, connections=connections, accept=_succeeded)

        apply(WARM_UP)
        only_send(WARM_UP)
        for _ in range(rounds):
            ours, sent = apply(filings), only_send(filings)
            replays = [next(numbers) for _ in range(_REPLAYS * filings)]
            same = _replayed(applying, made, sample, clients=connections, transactions=len(replays), first=replays[0])
            beside_pgbench.append(_beside_pgbench("apply_icp_filing", ours, same, applying.round_trips, goal=0.5))
            beside_bare.append(Line(
                "apply_icp_filing", ours, "the same statements from the same server, nothing decided",
                sent.per_second, goal=None))
        status = [_status(who) for who in everyone[:filings]] * 4
        asked = drive(running.web_url, status, connections=connections, accept=_succeeded)
        idle = drive(constant, status, connections=connections, accept=_succeeded)
    same_reads = _replayed(asking, {}, sample, clients=connections, transactions=8 * filings)
    return [
        middle(beside_pgbench),
        middle(beside_bare),
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


_APPID = "('wx' || lpad(to_hex(CAST(:n AS bigint)), 16, '0'))"


def _around(text: str, within: str) -> tuple[str, str, str]:
    before, _, after = text.partition(within)
    return before, _APPID, after


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
    recording: Recording, made: Mapping[str, int], who: Applicant, *, clients: int, transactions: int,
    first: int = 1,
) -> PgbenchFigures:
    from django.conf import settings

    from openbeian.runtime.database import url_from_settings

    # The n-th run files for the n-th applicant of the scene, who has a catalogue entry, pictures and a face check too.
    unique: dict[Any, str] = {
        who.appid: _APPID,
        who.face_check: f"('{who.face_check.removesuffix(who.appid)}' || {_APPID})",
        certificate_digest(1, who.certificate_number): "decode(repeat(md5((:n)\\:\\:text), 2), 'hex')",
        **{media_id: "('{}' || {} || '{}')".format(*_around(media_id, who.appid)) for media_id in who.media},
    } if made else {}
    text = script(recording, made=made, unique=unique)
    return pgbench(text, url=url_from_settings(settings.DATABASES["default"]), clients=clients,
                   transactions=transactions, first=first)
