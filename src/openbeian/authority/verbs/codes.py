"""The administration's code tables (JCDM) against ours: differences are put down, and a person judges them.

Our tables are files that come with a release and are never changed by what arrives on the wire.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from openbeian.authority.models import CodeDifference, InboxFile
from openbeian.authority.verbs import lanes
from openbeian.ledger.verbs import record
from openbeian.regime import code_tables
from openbeian.regime.actors import Actor


def _named(rows: Mapping[int, Any] | Mapping[str, Any]) -> dict[str, str]:
    return {str(code): row.name for code, row in rows.items()}


#: Group of JCDM → our table and its rows as code → name. Groups that mini programs do not use are passed over.
GROUPS: dict[str, tuple[str, Callable[[], dict[str, str]]]] = {
    "Dwxz": ("subject_types", lambda: _named(code_tables.subject_types())),
    "Zjlx": ("certificate_types", lambda: _named(code_tables.certificate_types())),
    "Wzjylx": ("prior_approvals", lambda: _named(code_tables.prior_approvals())),
    "Wzfwlx": ("service_contents", lambda: _named(code_tables.service_contents())),
    "Zxly": ("cancel_reasons", lambda: _named(code_tables.cancel_reasons())),
    "Qy": ("districts", lambda: _named(code_tables.districts())),
    "Yylb": ("wire_codes/language", lambda: _named(code_tables.wire_codes("language"))),
    "Fjwjgs": ("wire_codes/attachment_format", lambda: _named(code_tables.wire_codes("attachment_format"))),
    "Fjytlx": ("wire_codes/attachment_purpose", lambda: _named(code_tables.wire_codes("attachment_purpose"))),
}


@transaction.atomic
def compare_codes(
    *, rows: Iterable[tuple[str, str, str, bool]], file: InboxFile, at: datetime
) -> int:
    """Put down each row that is not as in our tables; ``rows`` are (group, code, name, valid). Returns how many new.

    A difference that is known already, judged or not, is not put down again. Writes ``lane:codes`` if any is new.
    """
    known: dict[str, dict[str, str]] = {}
    found = []
    for group, code, name, valid in rows:
        if group not in GROUPS:
            continue
        table, read = GROUPS[group]
        ours = known.setdefault(table, read()).get(code)
        theirs = name.strip()[:400] if valid else None
        if ours != theirs:
            found.append(CodeDifference(
                table=table, code=code[:20], ours=ours, theirs=theirs, province=file.province, file=file, at=at))
    before = CodeDifference.objects.count()
    CodeDifference.objects.bulk_create(found, ignore_conflicts=True)
    new = CodeDifference.objects.count() - before
    if new:
        record(tag="lane:codes", actor=lanes.actor(file.province), subject=f"lane:{file.province}", at=at,
               data={"file": file.pk, "differences": new})
    return new


@transaction.atomic
def judge_code(*, difference_id: int, accept: bool, actor: Actor, at: datetime) -> bool:
    """A person accepts or rejects a difference. Writes ``codes:accept`` or ``codes:reject``. False if judged before.

    Accepting changes no table: the row goes into :func:`export_codes`, and from there into the next release.
    """
    word = "accepted" if accept else "rejected"
    changed = CodeDifference.objects.filter(pk=difference_id, verdict="").update(
        verdict=word, judged_at=at, judged_by=actor.id)
    if not changed:
        return False
    row = CodeDifference.objects.get(pk=difference_id)
    record(tag=f"codes:{'accept' if accept else 'reject'}", actor=actor, subject=f"codes:{row.table}", at=at,
           data={"code": row.code, "ours": row.ours, "theirs": row.theirs})
    return True


def export_codes() -> str:
    """The accepted differences as CSV, for the tables of the next release. Empty ``name``: the row is withdrawn."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["table", "code", "name", "name_before", "province", "received", "accepted_by", "accepted"])
    for row in CodeDifference.objects.filter(verdict="accepted").order_by("table", "code", "pk"):
        writer.writerow([
            row.table, row.code, row.theirs or "", row.ours or "", row.province, row.at.date().isoformat(),
            row.judged_by, row.judged_at.date().isoformat() if row.judged_at else ""])
    return text.getvalue()
