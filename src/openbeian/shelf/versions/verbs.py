"""A version is committed, audited and released.

Each verb first locks the row of the app, as everything on the shelf does, so an app's versions move one at a time.
Each move is one statement that names the state it starts from, and one event.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from openbeian import vault
from openbeian.ledger import clock
from openbeian.ledger.jobs import defer
from openbeian.ledger.transitions import StateChanged, transition
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.calendar import midnight
from openbeian.shelf.errors import NotFound, VersionRefused
from openbeian.shelf.signals import version_moved
from openbeian.shelf.verbs.shelving import lock, put_back, put_on
from openbeian.shelf.versions import models, queries
from openbeian.shelf.versions.lifecycle import MOVE_OF, VersionAction, VersionMove, VersionState
from openbeian.shelf.versions.models import Version

#: How often an app may take a version back from the audit, by Shanghai's days and months.
WITHDRAWALS_A_DAY, WITHDRAWALS_A_MONTH = 5, 10


@transaction.atomic
def commit_version(
    *, appid: str, template_id: int, ext_json: str, user_version: str, user_desc: str, actor: Actor
) -> Version:
    """Take a version in (上传代码); it replaces the one in development. Raises :class:`NotFound`."""
    _lock(appid)
    at = clock.now()
    _supersede(appid, VersionState.DEVELOPMENT, actor=actor, at=at)
    version = Version(
        appid=appid, template_id=template_id, user_version=user_version, user_desc=user_desc, committed_at=at,
        ext_json_sealed=vault.seal(ext_json.encode(), purpose=models.EXT_JSON))
    return _made(version, actor=actor, at=at)


@transaction.atomic
def submit_audit(*, appid: str, request: Mapping[str, Any], actor: Actor) -> Version:
    """Send the version in development to the audit (提交审核). Its ``pk`` is the number of the audit.

    Where nothing was committed since, a version that was withdrawn or rejected is sent again, under a new number.
    Where the operator has set so, a job passes the version after a while.
    Raises :class:`NotFound`, :class:`VersionRefused` (``audit_running``, ``nothing_committed``).
    """
    _lock(appid)
    at = clock.now()
    if queries.version_in(appid, VersionState.AUDITING) is not None:
        raise VersionRefused(
            code="audit_running", zh="已经有正在审核的版本。", en="A version is under audit already.")
    version = queries.version_in(appid, VersionState.DEVELOPMENT) or _again(appid, actor=actor, at=at)
    version = _move(version, VersionAction.SUBMIT, actor=actor, at=at, submitted_at=at,
                    audit_request_sealed=vault.seal_json(dict(request), purpose=models.AUDIT_REQUEST))
    if settings.OPENBEIAN_AUDIT_AUTOMATIC is not None:
        wait = timedelta(seconds=settings.OPENBEIAN_AUDIT_AUTOMATIC)
        defer("shelf.pass_audit", schedule_in=wait, audit_id=version.pk)
    return version


@transaction.atomic
def withdraw_audit(*, appid: str, actor: Actor) -> Version:
    """Take the version under audit back (撤回审核).

    Raises :class:`NotFound`, :class:`VersionRefused` (``no_audit_running``, ``withdrawals_used_up``).
    """
    _lock(appid)
    at = clock.now()
    version = queries.version_in(appid, VersionState.AUDITING)
    if version is None:
        raise VersionRefused(code="no_audit_running", zh="没有正在审核的版本。", en="No version is under audit.")
    today = midnight(at)
    withdrawn = Version.objects.filter(appid=appid, state=VersionState.WITHDRAWN)
    for since, most in ((today, WITHDRAWALS_A_DAY), (today.replace(day=1), WITHDRAWALS_A_MONTH)):
        if withdrawn.filter(decided_at__gte=since).count() >= most:
            raise VersionRefused(
                code="withdrawals_used_up",
                zh=f"撤回次数达到上限（每天 {WITHDRAWALS_A_DAY} 次，每月 {WITHDRAWALS_A_MONTH} 次）。",
                en=f"No withdrawal is left ({WITHDRAWALS_A_DAY} a day, {WITHDRAWALS_A_MONTH} a month).")
    return _move(version, VersionAction.WITHDRAW, actor=actor, at=at, decided_at=at)


@transaction.atomic
def pass_audit(*, audit_id: int, actor: Actor) -> Version:
    """Let a version pass (审核通过). One that passed before and was not released yet gives way to it.

    Raises :class:`VersionRefused` (``unknown_audit``, ``no_audit_running``).
    """
    version = _audited(audit_id)
    at = clock.now()
    _supersede(version.appid, VersionState.PASSED, actor=actor, at=at)
    return _move(version, VersionAction.PASS, actor=actor, at=at, decided_at=at)


@transaction.atomic
def reject_audit(*, audit_id: int, reason: str, actor: Actor) -> Version:
    """Reject a version (审核驳回). ``reason`` is told to the service provider and holds no personal data.

    Raises :class:`VersionRefused` (``unknown_audit``, ``no_audit_running``).
    """
    return _move(_audited(audit_id), VersionAction.REJECT, actor=actor, at=(at := clock.now()), decided_at=at,
                 reason=reason)


@transaction.atomic
def release_version(*, appid: str, actor: Actor) -> Version:
    """Let the version that passed last go live (发布), if the gate lets the app stand on the shelf.

    The row of the app is locked before the gate is asked. A filing that is being cancelled meanwhile either is
    cancelled before, and the gate says no; or waits, and then takes down what has just gone live.

    An app that was never listed is listed by it, one that was offline and may be back is put back; one that its
    organizer has closed stays closed. Raises :class:`NotFound`, :class:`~openbeian.shelf.errors.GateClosed`, and
    :class:`VersionRefused` (``not_passed``, ``already_released``, ``never_audited``); then nothing has changed.
    """
    put_on(appid=appid, actor=actor)  # takes the lock
    at = clock.now()
    put_back(appids=[appid], at=at, actor=actor)
    version = queries.version_in(appid, VersionState.PASSED)
    if version is None:
        raise _why_nothing_passed(appid)
    _supersede(appid, VersionState.LIVE, actor=actor, at=at)
    return _move(version, VersionAction.RELEASE, actor=actor, at=at, released_at=at)


def _lock(appid: str) -> None:
    if not lock([appid]):
        raise NotFound()


def _audited(audit_id: int) -> Version:
    """The version of an audit that is running, its app locked."""
    _lock(queries.audit(audit_id).appid)
    version = queries.audit(audit_id)
    if version.state != VersionState.AUDITING:
        raise VersionRefused(code="no_audit_running", zh="该审核单不在审核中。", en="This audit is not running.")
    return version


def _again(appid: str, *, actor: Actor, at: datetime) -> Version:
    """A copy of the latest version, if that was withdrawn or rejected."""
    latest = Version.objects.filter(appid=appid).order_by("-pk").first()
    if latest is None or latest.state not in (VersionState.WITHDRAWN, VersionState.REJECTED):
        raise VersionRefused(
            code="nothing_committed", zh="提交审核之前需先上传代码。", en="Commit a version before submitting it.")
    latest.pk, latest._state.adding = None, True
    latest.committed_at, latest.reason = at, ""
    latest.submitted_at = latest.decided_at = latest.audit_request_sealed = None
    return _made(latest, actor=actor, at=at)


def _why_nothing_passed(appid: str) -> VersionRefused:
    try:
        latest = queries.latest_audit(appid)
    except VersionRefused as never:
        return never
    if latest.state == VersionState.LIVE:
        return VersionRefused(
            code="already_released", zh="该版本已经发布。", en="This version has been released already.")
    return VersionRefused(
        code="not_passed", zh="最近一次提交的版本没有通过审核。", en="The version submitted last has not passed.")


def _made(version: Version, *, actor: Actor, at: datetime) -> Version:
    move = _move_for(VersionAction.COMMIT, actor)
    version.state = move.target
    version.save(force_insert=True)
    record(tag=move.event, actor=actor, subject=f"app:{version.appid}", at=at, data={"version": version.pk})
    version_moved.send(sender=Version, version=version, move=move, actor=actor, at=at)
    return version


def _supersede(appid: str, state: VersionState, *, actor: Actor, at: datetime) -> None:
    version = queries.version_in(appid, state)
    if version is not None:
        _move(version, VersionAction.SUPERSEDE, actor=actor, at=at)


def _move(version: Version, action: VersionAction, *, actor: Actor, at: datetime, **columns: Any) -> Version:
    """Take ``action`` on a version, by the table, and announce it."""
    move = _move_for(action, actor)
    if version.state not in move.sources:
        raise _changed_meanwhile()
    try:
        version = transition(
            version, to=move.target, event=move.event, subject=f"app:{version.appid}", actor=actor, at=at,
            data={"version": version.pk}, **columns)
    except StateChanged:  # only where somebody changed it without the lock
        raise _changed_meanwhile() from None
    version_moved.send(sender=Version, version=version, move=move, actor=actor, at=at)
    return version


def _changed_meanwhile() -> VersionRefused:
    return VersionRefused(
        code="moved_meanwhile", zh="版本状态刚刚发生变化。", en="The version has just changed its state.")


def _move_for(action: VersionAction, actor: Actor) -> VersionMove:
    move = MOVE_OF[action]
    if actor.role not in move.roles:
        raise PermissionError(f"{action} is not for {actor.role}")
    return move
