"""Opening and submitting in one go: what an API client's first application does, in as few statements as it takes.

The result is the same as that of ``open_order``, ``save`` and ``submit`` one after the other: the same rows, the same
two events, the same signals. The facts come with one statement, the order and its first event with a second, the
submission with a third, and nothing at all is written for a dossier that is refused.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection

from openbeian import vault
from openbeian.filings import blacklist, models
from openbeian.filings.errors import QuotaReached, SubmissionRefused
from openbeian.filings.findings import keep_findings
from openbeian.filings.guard import sql_list
from openbeian.filings.models import Order
from openbeian.filings.moves import moved_columns, refusal_behind
from openbeian.filings.signals import order_moved
from openbeian.regime.actors import Actor
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.dossier import Dossier
from openbeian.regime.facts import Account, FaceCheckFacts, MaterialFacts
from openbeian.regime.findings import Finding, Severity, merge
from openbeian.regime.lifecycle import ADDS_A_SERVICE, MOVES, OPEN_STATES, Action, OrderKind, State
from openbeian.regime.rules import Case, ruleset

_FACTS = f"""
SELECT
    (SELECT json_agg(json_build_array(media_id, kind, certificate_type, size_bytes))
     FROM filings_material WHERE appid = %(appid)s AND media_id = ANY(%(media)s)),
    (SELECT json_build_array(state = 3, finished_at, usable_until)
     FROM filings_facecheck WHERE task_id = %(task)s AND appid = %(appid)s),
    (SELECT count(*) FROM filings_order
     WHERE organizer_id = %(organizer)s AND kind IN ({sql_list(ADDS_A_SERVICE)}) AND state IN ({sql_list(OPEN_STATES)})),
    ARRAY(SELECT DISTINCT list FROM filings_blacklisted WHERE removed_at IS NULL AND (
        list = 'subject' AND certificate_digest = %(certificate)s
        OR list = 'subject' AND certificate_digest IS NULL AND name_digest = %(name)s
        OR list = 'service' AND name_digest = %(service)s)),
    EXISTS (SELECT FROM filings_order WHERE appid = %(appid)s AND state IN ({sql_list(OPEN_STATES)}))
"""
_EVENT = """INSERT INTO ledger_event (at, tag, actor_role, actor_id, subject, data)
    SELECT %(at)s, %(tag)s, %(role)s, %(actor)s, 'order:' || id, %(data)s::jsonb FROM written"""
_OPEN = f"""
WITH written AS (
    INSERT INTO filings_order (
        kind, state, version, appid, province, organizer_id, opened_at, opened_by, state_since, due_at,
        due_provisional, dossier_number, draft_sealed, account_sealed, filed_sealed, subject_number, service_number,
        province_subject_id, province_service_id, province_access_id, claimed_by)
    VALUES (
        %(kind)s, 'draft', 1, %(appid)s, %(province)s, %(organizer_id)s, %(at)s, %(actor)s, %(at)s, %(due_at)s,
        %(due_provisional)s, 0, %(draft_sealed)s, %(account_sealed)s, %(filed_sealed)s, %(subject_number)s,
        %(service_number)s, %(province_subject_id)s, %(province_service_id)s, %(province_access_id)s, '')
    RETURNING id
), told AS ({_EVENT})
SELECT id FROM written
"""
_SUBMIT = f"""
WITH written AS (
    UPDATE filings_order
    SET version = 2, state = %(state)s, state_since = %(at)s, due_at = %(due_at)s,
        due_provisional = %(due_provisional)s, dossier_number = 1
    WHERE id = %(order_id)s AND state = 'draft' AND version = 1
    RETURNING id
), told AS ({_EVENT})
INSERT INTO filings_dossier (order_id, number, sealed, digest, ruleset_version, submitted_at, submitted_by)
SELECT id, 1, %(sealed)s, %(digest)s, %(ruleset)s, %(at)s, %(actor)s FROM written
"""
_OPEN_MOVE = MOVES[0]
_SUBMIT_MOVE = next(row for row in MOVES if row.source == State.DRAFT and row.action == Action.SUBMIT)


def file_new_order(
    *, kind: OrderKind, appid: str, dossier: Mapping[str, Any], content: Dossier, shape_findings: tuple[Finding, ...],
    account: Account, filed: Dossier | None, columns: Mapping[str, Any], media: list[str], quota: int | None,
    services_in_force: int, waived_rules: Collection[str], actor: Actor, at: datetime,
) -> Order | None:
    """Open an order for ``appid`` and submit it. Must run in a transaction; the organizer's row must be locked.

    None, with nothing done, if the mini program has an unfinished order. ``content`` is ``dossier`` as read, ``columns``
    what follows from both and from the register, ``media`` the keys it may name. Writes ``order:open`` and
    ``order:submit``. Raises :class:`SubmissionRefused`, :class:`QuotaReached`, :class:`OpenOrderExists`,
    :class:`StandsAlone`.
    """
    task_id = content.service.principal.face_check
    with _cursor() as cursor:
        cursor.execute(_FACTS, {
            "appid": appid, "media": media, "task": task_id if task_id.isprintable() else "",
            "organizer": columns["organizer_id"], **blacklist.digests(dossier, service_name=account.name)})
        materials, face_check, asked_for, black, has_open_order = cursor.fetchone()
        if has_open_order:
            return None
        if quota is not None and services_in_force + asked_for >= quota:
            raise QuotaReached(limit=quota)
        rules = ruleset(at.astimezone(SHANGHAI).date())
        case = Case(
            dossier=content, account=account, materials=_materials(materials),
            face_check=_face_check(face_check, task_id, appid), now=at, kind=kind, filed=filed)
        found = (*merge(shape_findings, rules.evaluate(case)), *(blacklist.finding(which) for which in sorted(black)))
        findings = tuple(finding for finding in found if finding.rule not in waived_rules)
        if any(finding.severity == Severity.BLOCKS for finding in findings):
            raise SubmissionRefused(findings)
        plain = json.dumps(dict(dossier), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        order = _open(cursor, kind=kind, appid=appid, plain=plain, account=account, columns=columns, actor=actor, at=at)
        _submit(cursor, order, plain=plain, ruleset_version=rules.version, actor=actor, at=at)
    if findings:
        keep_findings(order=order, source="rule", findings=findings, at=at)
    return order


def _materials(rows: Any) -> dict[str, MaterialFacts]:
    return {
        media_id: MaterialFacts(media_id, kind, certificate_type, size_bytes)
        for media_id, kind, certificate_type, size_bytes in _decoded(rows) or ()}


def _face_check(row: Any, task_id: str, appid: str) -> FaceCheckFacts | None:
    if row is None:
        return None
    passed, finished_at, usable_until = _decoded(row)
    return FaceCheckFacts(task_id, appid, passed, _instant(finished_at), _instant(usable_until))


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@contextmanager
def _cursor() -> Iterator[Any]:
    """A cursor whose refusals are this room's errors. No savepoint: the transaction ends with them."""
    try:
        with connection.cursor() as cursor:
            yield cursor
    except IntegrityError as error:
        raise refusal_behind(error) from error


def _open(
    cursor: Any, *, kind: OrderKind, appid: str, plain: bytes, account: Account, columns: Mapping[str, Any], actor: Actor,
    at: datetime,
) -> Order:
    written: dict[str, Any] = {
        "subject_number": "", "service_number": "", "province_subject_id": "", "province_service_id": "",
        "province_access_id": "", "filed_sealed": None, **columns, "kind": kind,
        "draft_sealed": vault.seal(plain, purpose=models.DRAFT),
        "account_sealed": vault.seal_json(vars(account), purpose=models.ACCOUNT),
    }
    entered = moved_columns(State.DRAFT, at)
    cursor.execute(_OPEN, {
        **written, **entered, "appid": appid, "at": at, "tag": _OPEN_MOVE.event, "role": actor.role, "actor": actor.id,
        "data": json.dumps({"from": None, "to": State.DRAFT, "kind": kind, "appid": appid})})
    (order_id,) = cursor.fetchone()
    order = _as_read_back(
        id=order_id, version=1, appid=appid, opened_at=at, opened_by=actor.id, dossier_number=0, claimed_by="",
        claimed_at=None, **written, **entered)
    order_moved.send(sender=kind, order=order, move=_OPEN_MOVE, actor=actor, at=at, outcome=None)
    return order


def _as_read_back(**columns: Any) -> Order:
    """The order as if it had been read from its row; a column that is not given is read when somebody asks for it."""
    names = [field.attname for field in Order._meta.concrete_fields if field.attname in columns]
    return Order.from_db(connection.alias, names, [columns[name] for name in names])


def _submit(
    cursor: Any, order: Order, *, plain: bytes, ruleset_version: str, actor: Actor, at: datetime
) -> None:
    entered = moved_columns(_SUBMIT_MOVE.target, at)
    cursor.execute(_SUBMIT, {
        **entered, "order_id": order.pk, "at": at, "tag": _SUBMIT_MOVE.event, "role": actor.role, "actor": actor.id,
        "ruleset": ruleset_version,
        "sealed": vault.seal(plain, purpose=models.DOSSIER), "digest": vault.digest(plain, purpose=models.DOSSIER),
        "data": json.dumps({"from": State.DRAFT, "to": _SUBMIT_MOVE.target, "dossier": 1, "appid": order.appid})})
    for name, value in {**entered, "version": 2, "dossier_number": 1}.items():
        setattr(order, name, value)
    order_moved.send(
        sender=OrderKind(order.kind), order=order, move=_SUBMIT_MOVE, actor=actor, at=at, outcome=None)

