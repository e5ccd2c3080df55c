"""Versions move by their table, one statement and one event at a time; the organizer's closing stands apart."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from openbeian.ledger.models import Event
from openbeian.regime.actors import Actor, Role
from openbeian.shelf.commands import shelf_app
from openbeian.shelf.errors import GateClosed, NeverListed, NotFound, VersionRefused
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.queries import gate, is_open
from openbeian.shelf.verbs import close_app, grant_waiver, open_app, sweep
from openbeian.shelf.versions import queries
from openbeian.shelf.versions.commands import audits_app
from openbeian.shelf.versions.lifecycle import MOVES, SINGLE_STATES, VersionAction, VersionState
from openbeian.shelf.versions.models import Version
from openbeian.shelf.versions.verbs import (
    commit_version,
    pass_audit,
    reject_audit,
    release_version,
    submit_audit,
    withdraw_audit,
)
from tests.shelf.catalogue import OPERATOR, filed, stock

pytestmark = pytest.mark.django_db
APPID = "wx01"
PROVIDER = Actor(Role.ORGANIZER, "client:wx99")
CLOCK = Actor(Role.CLOCK, "clock:audit")


@pytest.fixture(autouse=True)
def now(at):
    return at("2024-04-02T10:00:00+08:00")


def commit(user_version: str = "V1") -> Version:
    return commit_version(appid=APPID, template_id=7, ext_json='{"ext": {"secret": "s3cret"}}',
                          user_version=user_version, user_desc="首版", actor=PROVIDER)


def submit() -> Version:
    return submit_audit(appid=APPID, request={"version_desc": "测试账号 demo"}, actor=PROVIDER)


def states() -> list[tuple[str, str]]:
    return list(Version.objects.order_by("pk").values_list("user_version", "state"))


def test_every_action_is_in_the_table_once_and_every_state_is_reached() -> None:
    assert sorted(move.action for move in MOVES) == sorted(VersionAction)
    assert {move.target for move in MOVES} == set(VersionState)
    assert len({move.event for move in MOVES}) == len(MOVES)


def walk(actions: list[str]) -> None:
    """Do one thing after the other to an app, whether it is allowed or not."""
    for action in actions:
        auditing = queries.version_in(APPID, VersionState.AUDITING)
        audit_id = auditing.pk if auditing else 0
        doing: dict[str, Any] = {
            "commit": commit,
            "submit": submit,
            "withdraw": lambda: withdraw_audit(appid=APPID, actor=PROVIDER),
            "pass": lambda audit_id=audit_id: pass_audit(audit_id=audit_id, actor=CLOCK),
            "reject": lambda audit_id=audit_id: reject_audit(audit_id=audit_id, reason="不符", actor=OPERATOR),
            "release": lambda: release_version(appid=APPID, actor=PROVIDER),
        }
        try:
            doing[action]()
        except VersionRefused:
            pass


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["commit", "submit", "withdraw", "pass", "reject", "release"]), max_size=25))
def test_whatever_is_tried_the_table_holds(now, actions: list[str]) -> None:
    with transaction.atomic():
        stock((APPID, None))
        filed(APPID, now)
        walk(actions)
        for state in SINGLE_STATES:
            assert Version.objects.filter(state=state).count() <= 1
        by_event = {move.event: move for move in MOVES}
        for version in Version.objects.all():
            state = None
            for event in Event.objects.filter(data__version=version.pk).order_by("id"):
                move = by_event[event.tag]
                assert event.actor_role in move.roles
                assert state in move.sources if move.sources else state is None
                state = move.target
            assert state == version.state
            assert (version.released_at is not None) == (
                Event.objects.filter(tag="shelf:version:released", data__version=version.pk).exists())
        transaction.set_rollback(True)


def test_the_database_holds_one_version_in_each_place(now) -> None:
    stock((APPID, None))
    commit()
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.create(appid=APPID, template_id=1, user_version="V2", ext_json_sealed=b"", committed_at=now)


def test_what_a_provider_sends_is_sealed_and_in_no_event() -> None:
    stock((APPID, None))
    commit()
    version = submit()
    assert queries.ext_json(version) == '{"ext": {"secret": "s3cret"}}'
    assert queries.audit_request(version) == {"version_desc": "测试账号 demo"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT v::text || (SELECT string_agg(e::text, '') FROM ledger_event e) FROM shelf_version v")
        [(stored,)] = cursor.fetchall()
    for secret in ("s3cret", "demo"):
        assert secret not in stored and secret.encode().hex() not in stored


def test_the_later_version_that_passed_is_released(now) -> None:
    stock((APPID, None))
    filed(APPID, now)
    for number in ("V1", "V2"):
        commit(number)
        pass_audit(audit_id=submit().pk, actor=OPERATOR)
    commit("V3")
    submit()
    release_version(appid=APPID, actor=PROVIDER)
    assert states() == [("V1", "superseded"), ("V2", "live"), ("V3", "auditing")]


def test_a_refused_release_changes_nothing() -> None:
    stock((APPID, "2022-05-01"))
    commit()
    pass_audit(audit_id=submit().pk, actor=OPERATOR)
    events = Event.objects.count()
    with pytest.raises(GateClosed) as refused:
        release_version(appid=APPID, actor=PROVIDER)
    assert refused.value.decision == gate(APPID)
    assert (states(), Event.objects.count()) == ([("V1", "passed")], events)


def test_a_release_that_fails_for_the_version_lists_nothing(now) -> None:
    stock((APPID, None))
    filed(APPID, now)
    commit()
    with pytest.raises(VersionRefused):
        release_version(appid=APPID, actor=PROVIDER)
    assert MiniProgram.objects.get().first_listed_at is None
    assert Event.objects.filter(tag="shelf:app:listed").count() == 0


def test_a_release_brings_back_what_a_waiver_allows_by_now(at, now) -> None:
    stock((APPID, "2022-05-01"))
    sweep(at=now, actor=OPERATOR)
    begin, end = at("2024-04-10T00:00:00+08:00"), at("2024-04-20T00:00:00+08:00")
    at("2024-04-02T10:00:00+08:00")
    grant_waiver(appid=APPID, since=begin, until=end, reason="x", actor=OPERATOR)
    commit()
    pass_audit(audit_id=submit().pk, actor=OPERATOR)
    assert not MiniProgram.objects.get().is_standing
    at("2024-04-11T00:00:00+08:00")
    release_version(appid=APPID, actor=PROVIDER)
    assert MiniProgram.objects.get().is_standing


def test_only_who_the_table_names_moves_a_version() -> None:
    stock((APPID, None))
    commit()
    version = submit()
    for wrong in (PROVIDER, Actor(Role.REVIEWER, "user:3")):
        with pytest.raises(PermissionError):
            pass_audit(audit_id=version.pk, actor=wrong)
    with pytest.raises(PermissionError):
        reject_audit(audit_id=version.pk, reason="x", actor=CLOCK)
    assert states() == [("V1", "auditing")]


def test_an_audit_is_decided_once() -> None:
    stock((APPID, None))
    commit()
    version = submit()
    reject_audit(audit_id=version.pk, reason="不符", actor=OPERATOR)
    for verb in (lambda: pass_audit(audit_id=version.pk, actor=OPERATOR),
                 lambda: reject_audit(audit_id=version.pk, reason="x", actor=OPERATOR)):
        with pytest.raises(VersionRefused) as refused:
            verb()
        assert refused.value.code == "no_audit_running"
    with pytest.raises(VersionRefused) as refused:
        pass_audit(audit_id=commit("V2").pk, actor=OPERATOR)  # never submitted, so no audit
    assert refused.value.code == "unknown_audit"


def test_closing_needs_an_app_that_was_listed() -> None:
    for verb in (close_app, open_app):
        with pytest.raises(NotFound):
            verb(appid=APPID, actor=PROVIDER)
    stock((APPID, None))
    for verb in (close_app, open_app):
        with pytest.raises(NeverListed):
            verb(appid=APPID, actor=PROVIDER)
    with pytest.raises(IntegrityError), transaction.atomic():
        MiniProgram.objects.update(closed_since="2024-04-02T10:00:00+08:00")


def test_the_sweep_and_the_filing_leave_the_organizers_closing_alone(at, now) -> None:
    stock((APPID, "2022-05-01"))
    close_app(appid=APPID, actor=PROVIDER)
    at("2024-04-03T10:00:00+08:00")
    sweep(at=now, actor=OPERATOR)
    app = MiniProgram.objects.get()
    assert (app.closed_since, app.is_standing) == (now, False)
    with pytest.raises(GateClosed):
        open_app(appid=APPID, actor=PROVIDER)
    filed(APPID, at("2024-04-04T10:00:00+08:00"))
    app = MiniProgram.objects.get()
    assert (app.closed_since, app.is_standing, is_open(APPID), gate(APPID).code) == (
        now, True, False, "filed")
    assert open_app(appid=APPID, actor=PROVIDER) is True
    assert open_app(appid=APPID, actor=PROVIDER) is False
    assert is_open(APPID)


def test_an_import_leaves_closing_and_versions_alone(now) -> None:
    stock((APPID, "2022-05-01"))
    close_app(appid=APPID, actor=PROVIDER)
    commit()
    stock((APPID, "2022-05-02"))
    assert (MiniProgram.objects.get().closed_since, states()) == (now, [("V1", "development")])


def audits(*arguments: str) -> Result:
    return CliRunner().invoke(shelf_app, ["audits", *arguments])


def test_audits_are_listed_shown_passed_and_rejected() -> None:
    stock((APPID, None), ("wx02", None))
    commit()
    first = submit().pk
    assert json.loads(audits("list", "--json").stdout)["audits"] == [{
        "audit": first, "appid": APPID, "state": "auditing", "user_version": "V1", "user_desc": "首版",
        "template_id": 7, "submitted_at": "2024-04-02T10:00:00+08:00", "decided_at": None, "reason": ""}]
    assert audits("list").stdout == f"#{first}  wx01  V1  2024-04-02T10:00:00+08:00\n"
    shown = json.loads(audits("show", str(first)).stdout)
    assert (shown["ext_json"], shown["version_desc"]) == ({"ext": {"secret": "s3cret"}}, "测试账号 demo")
    assert audits("pass", str(first)).stdout == f"#{first}  wx01  V1  passed\n"
    commit("V2")
    second = submit().pk
    assert audits("reject", str(second), "--reason", " ").exit_code == 2
    assert audits("reject", str(second)).exit_code == 2
    rejected = json.loads(audits("reject", str(second), "--reason", "类目不符", "--json").stdout)
    assert (rejected["state"], rejected["reason"]) == ("rejected", "类目不符")
    for arguments in (("pass", str(second)), ("show", "999999999"), ("reject", "999999999", "--reason", "x")):
        assert audits(*arguments).exit_code == 1
    assert audits("pass", "0").exit_code == 2
    assert json.loads(audits("list", "--json").stdout) == {"audits": []}
    assert [event.actor_id for event in Event.objects.filter(tag="shelf:version:rejected")] == ["command-line"]


def test_show_tells_what_the_organizer_closed() -> None:
    stock((APPID, "2022-05-01"))
    close_app(appid=APPID, actor=PROVIDER)
    printed = CliRunner().invoke(shelf_app, ["show", APPID])
    assert "closed by its organizer since: 2024-04-02T10:00:00+08:00" in printed.stdout
    shown = json.loads(CliRunner().invoke(shelf_app, ["show", APPID, "--json"]).stdout)
    assert shown["closed_since"] == "2024-04-02T10:00:00+08:00"


def test_every_command_has_help_and_an_example() -> None:
    assert sorted(command.name or "" for command in audits_app.registered_commands) == ["list", "pass", "reject", "show"]
    for command in audits_app.registered_commands:
        printed = audits(command.name or "", "--help")
        assert (printed.exit_code, "Example: openbeian shelf audits" in printed.stdout) == (0, True)
