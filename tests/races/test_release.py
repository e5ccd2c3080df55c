"""A release that meets a cancellation, and versions that several people move at once, on the real database."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor, Role
from openbeian.register.models import Service
from openbeian.shelf.errors import GateClosed, VersionRefused
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.queries import gate
from openbeian.shelf.signals import version_moved
from openbeian.shelf.verbs import shelving
from openbeian.shelf.versions.models import Version
from openbeian.shelf.versions.verbs import (
    commit_version,
    pass_audit,
    release_version,
    submit_audit,
    withdraw_audit,
)
from tests.races.test_sweep import backends_waiting_for_a_lock, in_background, wait_until
from tests.shelf.catalogue import OPERATOR, cancelled, filed, stock

pytestmark = pytest.mark.django_db(transaction=True)
APPID = "wx01"
PROVIDER = Actor(Role.ORGANIZER, "client:wx99")


def commit(user_version: str = "V1") -> Version:
    return commit_version(appid=APPID, template_id=1, ext_json="{}", user_version=user_version, user_desc="",
                          actor=PROVIDER)


def submit() -> Version:
    return submit_audit(appid=APPID, request={}, actor=PROVIDER)


def release() -> Version:
    return release_version(appid=APPID, actor=PROVIDER)


@pytest.fixture
def ready(at) -> Service:
    """A mini program that was never listed, filed, with a version that has passed. Returns its number."""
    now = at("2024-04-02T10:00:00+08:00")
    stock((APPID, None))
    service = filed(APPID, now)
    commit()
    pass_audit(audit_id=submit().pk, actor=OPERATOR)
    at("2024-04-02T11:00:00+08:00")
    return service


def cancel(service: Service, at: Any, then: Callable[[], object] = lambda: None) -> None:
    """The filing is cancelled and the shelf follows; ``then`` happens before that is committed."""
    with transaction.atomic():
        cancelled(service, at("2024-04-02T11:00:00+08:00"))
        then()


def hold(signal: Any, **wanted: Any) -> tuple[threading.Event, threading.Event, Any]:
    """Stop whoever sends ``signal`` right there, inside the transaction: (reached, go on, the receiver)."""
    reached, go_on = threading.Event(), threading.Event()

    def stop(*, move: Any, **_: Any) -> None:
        if move.action == wanted["action"]:
            reached.set()
            assert go_on.wait(20)

    signal.connect(stop)
    return reached, go_on, stop


@pytest.mark.parametrize("guarded", [False, True])
def test_a_filing_cancelled_while_its_app_is_released_takes_it_down(at, ready, monkeypatch, guarded: bool) -> None:
    """The release has asked the gate, and is not yet committed, when the filing is cancelled.

    Without the lock the cancellation finds an app that is not on the shelf, does nothing, and an unfiled app goes
    live. With it, the cancellation waits for the release and takes the app down.
    """
    if not guarded:
        monkeypatch.setattr(shelving, "lock", lambda appids: appids)
    reached, go_on, stop = hold(version_moved, action="release")
    try:
        releasing, released = in_background(release)
        assert reached.wait(20)
        cancelling, failed = in_background(lambda: cancel(ready, at))
        if guarded:
            wait_until(lambda: backends_waiting_for_a_lock() == 1)
        else:
            cancelling.join(20)
        go_on.set()
        releasing.join(20)
        cancelling.join(20)
    finally:
        version_moved.disconnect(stop)
    assert (released[0].state, failed) == ("live", [None])
    assert gate(APPID).code == "filing_cancelled"
    assert MiniProgram.objects.get().is_standing is not guarded


@pytest.mark.parametrize("guarded", [False, True])
def test_a_release_waits_for_a_cancellation_under_way_and_is_refused(at, ready, monkeypatch, guarded: bool) -> None:
    """The filing is cancelled, and that is not yet committed, when the app is released."""
    if not guarded:
        monkeypatch.setattr(shelving, "lock", lambda appids: appids)
    reached, go_on = threading.Event(), threading.Event()
    cancelling, failed = in_background(lambda: cancel(ready, at, lambda: (reached.set(), go_on.wait(20))))
    assert reached.wait(20)
    releasing, released = in_background(release)
    if guarded:
        wait_until(lambda: backends_waiting_for_a_lock() == 1)
    else:
        releasing.join(20)
    go_on.set()
    cancelling.join(20)
    releasing.join(20)
    assert failed == [None]
    assert gate(APPID).code == "filing_cancelled"
    if guarded:
        assert isinstance(released[0], GateClosed)
    listed = not guarded  # what the lock is there for
    assert (MiniProgram.objects.get().is_standing, Version.objects.get().state == "live") == (listed, listed)
    assert Event.objects.filter(tag__in=["shelf:app:listed", "shelf:version:released"]).count() == (2 if listed else 0)


def all_at_once(*work: Any) -> list[Any]:
    """Do everything at the same moment; what was returned or raised, as (state or refusal's code)."""
    start = threading.Barrier(len(work))

    def begin(one: Any) -> Any:
        start.wait(20)
        return one()

    running = [in_background(lambda one=one: begin(one)) for one in work]
    for thread, _ in running:
        thread.join(30)
    return sorted(result.code if isinstance(result, VersionRefused) else str(result.state)
                  for _, [result] in running)


def test_a_version_is_released_once(ready) -> None:
    assert all_at_once(*[release] * 6) == ["already_released"] * 5 + ["live"]
    assert Event.objects.filter(tag="shelf:version:released").count() == 1
    assert Event.objects.filter(tag="shelf:app:listed").count() == 1


def test_one_of_many_submissions_is_audited(ready) -> None:
    commit("V2")
    assert all_at_once(*[submit] * 6) == ["audit_running"] * 5 + ["auditing"]
    assert Version.objects.filter(state="auditing").count() == 1


def test_of_many_commits_the_last_one_stays(ready) -> None:
    assert all_at_once(*[lambda n=n: commit(f"V{n}") for n in range(6)]) == ["development"] * 6
    latest = Version.objects.order_by("-pk").first()
    assert latest is not None
    assert list(Version.objects.filter(state="development")) == [latest]
    assert Version.objects.filter(state="superseded").count() == 5


def test_an_audit_is_either_passed_or_taken_back(ready) -> None:
    commit("V2")
    audit_id = submit().pk
    outcomes = all_at_once(lambda: pass_audit(audit_id=audit_id, actor=OPERATOR),
                           lambda: withdraw_audit(appid=APPID, actor=PROVIDER))
    assert outcomes in (["no_audit_running", "passed"], ["no_audit_running", "withdrawn"])
    assert Version.objects.get(pk=audit_id).state == outcomes[1]
