"""The sweep writes down what the gate says: nothing more, nothing less, and nothing twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openbeian.ledger import clock
from openbeian.ledger.models import ClockSetting, Event
from openbeian.regime.shelf_policy import POLICY
from openbeian.register.models import Service, Subject
from openbeian.shelf import queries
from openbeian.shelf.errors import InTheFuture
from openbeian.shelf.models import MiniProgram, Waiver
from openbeian.shelf.signals import apps_taken_offline
from openbeian.shelf.verbs import grant_waiver, sweep
from openbeian.shelf.verbs.shelving import judge
from tests.shelf.catalogue import OPERATOR, cancelled, filed, stock

pytestmark = pytest.mark.django_db
DEADLINE = POLICY.deadline
A_SECOND = timedelta(seconds=1)
#: Instants at which something turns, and their neighbours.
INSTANTS = sorted(
    turn + step for turn in (POLICY.start, POLICY.deadline, POLICY.start + timedelta(days=60))
    for step in (-timedelta(days=10), -A_SECOND, timedelta(0), A_SECOND, timedelta(days=10)))
instants = st.sampled_from(INSTANTS)


@dataclass(frozen=True)
class App:
    """What a random app has been through."""

    listed: datetime | None
    offline: bool
    filings: tuple[tuple[datetime, datetime | None], ...]
    waiver: tuple[datetime, datetime] | None


@st.composite
def apps(draw: st.DrawFn) -> App:
    turns = sorted(draw(st.lists(instants, unique=True, max_size=5)))
    filings = [(begin, end) for begin, end in zip(turns[::2], [*turns[1::2], None], strict=False)]
    waiver = sorted(draw(st.lists(instants, unique=True, min_size=2, max_size=2))) if draw(st.booleans()) else None
    listed = draw(st.none() | instants)
    return App(listed, listed is not None and draw(st.booleans()), tuple(filings), tuple(waiver) if waiver else None)


def put_in(catalogue: list[App]) -> None:
    """Write a random catalogue straight into the tables."""
    subject = Subject.objects.create(
        number="浙ICP备2023000001号", province="330000", organizer_type=4, certificate_digest=b"1" * 32, sealed=b"",
        province_subject_id="ZJ1", filed_at=INSTANTS[0])
    order_id = 0
    for position, app in enumerate(catalogue):
        appid = f"wx{position:03d}"
        MiniProgram.objects.create(
            appid=appid, name="x", organizer_name_sealed=b"", organizer_name_digest=b"", province="330000",
            first_listed_at=app.listed, offline_since=app.listed if app.offline else None, imported_at=INSTANTS[0])
        for begin, end in app.filings:
            order_id += 1
            Service.objects.create(
                number=f"{subject.number}-{order_id}X", subject=subject, appid=appid, kind=7, name="x", sealed=b"",
                filed_at=begin, cancelled_at=end, order_id=order_id)
        if app.waiver:
            Waiver.objects.create(
                appid=appid, since=app.waiver[0], until=app.waiver[1], reason="x", granted_by="x", granted_at=INSTANTS[0])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(catalogue=st.lists(apps(), min_size=1, max_size=12), at=instants, now=instants, size=st.integers(1, 5))
def test_the_sweep_agrees_with_the_gate(catalogue: list[App], at: datetime, now: datetime, size: int, db) -> None:
    with transaction.atomic():
        put_in(catalogue)
        ClockSetting.objects.create(id=1, instant=now, set_at=now, running=False)
        appids = [f"wx{position:03d}" for position in range(len(catalogue))]

        judgement = judge(at)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT appid, NOT ({judgement.denied}), {judgement.code} FROM shelf_miniprogram m ORDER BY appid",
                judgement.parameters)
            in_sql = cursor.fetchall()
        decisions = {appid: queries.gate(appid, at) for appid in appids}
        assert in_sql == [(appid, decision.allowed, decision.code) for appid, decision in decisions.items()]

        overdue = {
            appid: decisions[appid] for appid, app in zip(appids, catalogue, strict=True)
            if app.listed is not None and app.listed <= at and not app.offline
            and not decisions[appid].allowed and not queries.gate(appid, max(at, now)).allowed
        }
        rehearsed = sweep(at=at, actor=OPERATOR, dry_run=True)
        swept = sweep(at=at, actor=OPERATOR, batch_size=size)
        assert rehearsed.taken_offline == swept.taken_offline == len(overdue)
        assert swept.batches == -(-len(overdue) // size)
        written = MiniProgram.objects.exclude(offline_code="").order_by("appid")
        assert [(app.appid, app.offline_since, app.offline_code, app.offline_clause) for app in written] == [
            (appid, at, decision.code, decision.clause) for appid, decision in sorted(overdue.items())]
        assert [(e.subject, e.data["code"]) for e in Event.objects.order_by("subject")] == [
            (f"app:{appid}", decision.code) for appid, decision in sorted(overdue.items())]
        assert sweep(at=at, actor=OPERATOR).taken_offline == 0
        transaction.set_rollback(True)


def overdue_catalogue(at) -> None:
    """Six apps at the deadline: three overdue, one filed, one waived, one that was never listed."""
    now = at("2024-04-01T00:00:00+08:00")
    stock(*((f"wx{n:02d}", "2022-05-01") for n in range(5)), ("wx05", None))
    filed("wx03", now - timedelta(days=1))
    grant_waiver(appid="wx04", since=now, until=now + timedelta(days=9), reason="x", actor=OPERATOR)


def snapshot() -> tuple[object, ...]:
    return (list(MiniProgram.objects.order_by("appid").values()), list(Event.objects.order_by("id").values()))


def test_a_sweep_takes_each_overdue_app_offline_once(at) -> None:
    overdue_catalogue(at)
    heard: list[tuple[list[str], list[str], datetime]] = []

    def listen(*, appids, codes, at, **_) -> None:
        heard.append((sorted(appids), codes, at))

    apps_taken_offline.connect(listen)
    try:
        swept = sweep(at=DEADLINE, actor=OPERATOR, batch_size=2)
        after = snapshot()
        again = sweep(at=DEADLINE, actor=OPERATOR, batch_size=2)
        later = sweep(at=DEADLINE + timedelta(days=5), actor=OPERATOR, batch_size=2)
    finally:
        apps_taken_offline.disconnect(listen)
    assert (swept.at, swept.examined, swept.taken_offline, swept.batches) == (DEADLINE, 5, 3, 2)
    code = "unfiled_after_deadline"
    assert heard == [(["wx00", "wx01"], [code, code], DEADLINE), (["wx02"], [code], DEADLINE)]
    assert [(run.examined, run.taken_offline, run.batches) for run in (again, later)] == [(2, 0, 0), (2, 0, 0)]
    assert snapshot() == after
    assert list(Event.objects.filter(tag="shelf:app:taken_offline").order_by("subject").values_list(
        "subject", "actor_role", "actor_id", "data")) == [
        (f"app:wx{n:02d}", "operator", "user:1", {"code": code, "as_of": DEADLINE.isoformat()}) for n in range(3)]


def test_a_dry_run_writes_nothing(at) -> None:
    overdue_catalogue(at)
    before = snapshot()
    assert sweep(at=DEADLINE, actor=OPERATOR, dry_run=True).taken_offline == 3
    assert snapshot() == before


def test_a_late_sweep_leaves_alone_who_was_filed_in_the_meantime(at) -> None:
    overdue_catalogue(at)
    filed("wx00", at("2024-04-03T00:00:00+08:00"))
    at("2024-04-05T00:00:00+08:00")
    sweep(at=DEADLINE, actor=OPERATOR)
    assert list(MiniProgram.objects.exclude(offline_since=None).order_by("appid").values_list("appid", flat=True)) == [
        "wx01", "wx02"]


def test_the_end_is_the_same_whenever_it_runs(at) -> None:
    def end(first: str | None) -> list[tuple[str, bool]]:
        with transaction.atomic():
            overdue_catalogue(at)
            if first:
                sweep(at=at(first), actor=OPERATOR)
            service = filed("wx00", at("2024-04-03T00:00:00+08:00"))
            filed("wx01", clock.now())
            cancelled(service, at("2024-04-04T00:00:00+08:00"))
            sweep(at=at("2024-04-05T00:00:00+08:00"), actor=OPERATOR)
            ended = [(app.appid, app.is_standing) for app in MiniProgram.objects.order_by("appid")]
            transaction.set_rollback(True)
        return ended

    on_time, late = end("2024-04-01T00:00:00+08:00"), end(None)
    assert on_time == late == [
        ("wx00", False), ("wx01", True), ("wx02", False), ("wx03", True), ("wx04", True), ("wx05", False)]


def test_production_takes_nobody_offline_ahead_of_time(at, settings) -> None:
    overdue_catalogue(at)
    settings.OPENBEIAN_INSTANCE = "production"
    ahead = clock.now() + timedelta(days=1)
    with pytest.raises(InTheFuture):
        sweep(at=ahead, actor=OPERATOR)
    assert sweep(at=ahead, actor=OPERATOR, dry_run=True).taken_offline == 4  # the waiver has ended by then
    assert MiniProgram.objects.exclude(offline_since=None).count() == 0
