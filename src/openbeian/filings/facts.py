"""What a dossier is judged by besides its own content: uploads, face check, blacklists, other orders, certification."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from openbeian.filings import blacklist
from openbeian.filings.guard import sql_list
from openbeian.filings.models import Order
from openbeian.filings.queries import may_be_a_key
from openbeian.regime.dossier import Dossier
from openbeian.regime.facts import Account, FaceCheckFacts, MaterialFacts
from openbeian.regime.lifecycle import ADDS_A_SERVICE, OPEN_STATES

# Every application asks this, so it is one statement.
_FACTS = f"""
SELECT
    (SELECT json_agg(json_build_array(media_id, encode(blob_id, 'hex'), kind, certificate_type, size_bytes)) FROM (
        SELECT *, bool_or(media_id = ANY(%(handles)s) OR encode(blob_id, 'hex') = ANY(%(handles)s))
            OVER (PARTITION BY blob_id) AS in_dossier
        FROM filings_material WHERE appid = %(appid)s) upload
     WHERE in_dossier),
    (SELECT json_build_array(state = 3, finished_at, usable_until)
     FROM filings_facecheck WHERE task_id = %(task)s AND appid = %(appid)s),
    ARRAY(SELECT id FROM filings_order
     WHERE organizer_id = %(organizer)s AND kind IN ({sql_list(ADDS_A_SERVICE)}) AND state IN ({sql_list(OPEN_STATES)})),
    ARRAY(SELECT DISTINCT list FROM filings_blacklisted WHERE removed_at IS NULL AND (
        list = 'subject' AND certificate_digest = %(certificate)s
        OR list = 'subject' AND certificate_digest IS NULL AND name_digest = %(name)s
        OR list = 'service' AND name_digest = %(service)s)),
    (SELECT id FROM filings_order WHERE appid = %(appid)s AND state IN ({sql_list(OPEN_STATES)})),
    %(certification)s AND NOT EXISTS (SELECT FROM accounts_certifiedminiprogram WHERE appid = %(appid)s)
"""


@dataclass(frozen=True)
class Facts:
    """The facts around one dossier. ``digests``: the content digest of each handle; ``materials`` are keyed by digest."""

    digests: Mapping[str, str] = field(default_factory=dict)
    materials: Mapping[str, MaterialFacts] = field(default_factory=dict)
    face_check: FaceCheckFacts | None = None
    orders_for_services: tuple[int, ...] = ()
    blacklists: frozenset[str] = frozenset()
    open_order_id: int | None = None
    lacks_certification: bool = False

    def asked_for(self, besides: Order | None) -> int:
        """How many services the organizer's open orders ask for, not counting the order ``besides``."""
        return len(set(self.orders_for_services) - {besides.pk if besides else None})


def facts_about(
    dossier: Dossier, *, account: Account, organizer_id: int | None, certificate_digest: bytes | None
) -> Facts:
    """The facts around a dossier of the mini program of ``account``. Only its own uploads and face checks are seen."""
    task = dossier.service.principal.face_check
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {
            "appid": account.appid, "handles": sorted({name for _, name in dossier.media if may_be_a_key(name)}),
            "task": task if may_be_a_key(task) else "", "organizer": organizer_id,
            "certification": settings.OPENBEIAN_CERTIFICATION_REQUIRED,
            **blacklist.digests(dossier, certificate_digest=certificate_digest)})
        materials, face_check, orders, blacklists, open_order_id, lacks_certification = cursor.fetchone()
    uploads = _decoded(materials) or ()
    return Facts(
        digests={media_id: digest for media_id, digest, *_ in uploads}, materials=_materials(uploads),
        face_check=_face_check(face_check, task, account.appid), orders_for_services=tuple(orders),
        blacklists=frozenset(blacklists), open_order_id=open_order_id, lacks_certification=lacks_certification)


def _materials(uploads: Any) -> dict[str, MaterialFacts]:
    """One for each content, with the certificate types that were stated at its uploads."""
    stated: dict[str, set[int]] = {}
    for _, digest, _, certificate_type, _ in uploads:
        stated.setdefault(digest, set()).update(() if certificate_type is None else (certificate_type,))
    return {
        digest: MaterialFacts(digest, kind, frozenset(stated[digest]), size_bytes)
        for _, digest, kind, _, size_bytes in uploads}


def _face_check(row: Any, task_id: str, appid: str) -> FaceCheckFacts | None:
    if row is None:
        return None
    passed, finished_at, usable_until = _decoded(row)
    return FaceCheckFacts(task_id, appid, passed, _instant(finished_at), _instant(usable_until))


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
