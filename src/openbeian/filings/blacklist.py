"""The administrations' blacklists (黑名单): who and what may not be filed.

Only keyed digests are kept. Orders under review that they hit show a finding to the reviewer, new submissions are
refused, and nothing they hit is handed over to an administration.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from openbeian import vault
from openbeian.filings import models
from openbeian.filings.findings import keep_findings
from openbeian.filings.models import Blacklisted, Order
from openbeian.filings.queries import intact_account, intact_dossier
from openbeian.ledger.verbs import record
from openbeian.regime import clauses
from openbeian.regime.actors import Actor
from openbeian.regime.dossier import Dossier
from openbeian.regime.facts import BlacklistEntry
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.lifecycle import CANCELLATIONS, State
from openbeian.regime.spelling import name_key
from openbeian.register import queries as register

RULE_ID = "OB-BLK-001"


@transaction.atomic
def update(*, entries: Iterable[BlacklistEntry], actor: Actor, at: datetime) -> int:
    """Enter, change or take back lines of an administration's blacklists; returns how many.

    Orders under platform review that a new line hits get a finding. Writes ``blacklist:updated`` once. Safe to repeat.
    """
    number, hit = 0, 0
    for entry in entries:
        number += 1
        digests = {
            "certificate_digest": _certificate_digest(entry.certificate_type, entry.certificate_number),
            "name_digest": _name_digest(entry.name)}
        where = {"province": entry.province, "list": entry.list, "record_id": entry.record_id}
        if entry.operation == "remove":
            Blacklisted.objects.filter(**where, removed_at=None).update(removed_at=at)
        else:
            Blacklisted.objects.update_or_create(
                **where, defaults={**digests, "removed_at": None}, create_defaults={**digests, "added_at": at})
            hit += _notify_reviewers(entry, at)
    if number:
        record(tag="blacklist:updated", actor=actor, subject="blacklist", at=at, data={"lines": number, "orders": hit})
    return number


def findings(dossier: Dossier) -> tuple[Finding, ...]:
    """What the blacklists say against filing this dossier. One statement."""
    found = digests(dossier, certificate_digest=_certificate_digest(
        dossier.organizer.certificate.type, dossier.organizer.certificate.number))
    hits = Blacklisted.objects.filter(
        Q(list="subject", certificate_digest=found["certificate"])
        | Q(list="subject", certificate_digest=None, name_digest=found["name"])
        | Q(list="service", name_digest=found["service"]), removed_at=None)
    return tuple(finding(which) for which in sorted(set(hits.values_list("list", flat=True))))


def digests(dossier: Dossier, *, certificate_digest: bytes | None) -> dict[str, bytes]:
    """What the blacklists know a dossier by: ``certificate``, organizer's ``name``, ``service`` name; b"" for none."""
    return {
        "certificate": certificate_digest or b"",
        "name": _name_digest(dossier.organizer.name) or b"",
        "service": _name_digest(dossier.service.name) or b"",
    }


def _notify_reviewers(entry: BlacklistEntry, at: datetime) -> int:
    """Add a finding to every order under platform review that the line hits. Returns how many."""
    hit = 0
    hitting = finding(entry.list)
    waiting = Order.objects.filter(state=State.PLATFORM_REVIEW).exclude(kind__in=sorted(CANCELLATIONS))
    if entry.list == "subject" and entry.certificate_number:
        waiting = waiting.filter(
            organizer__certificate_digest=_certificate_digest(entry.certificate_type, entry.certificate_number))
    for order in waiting:
        if order.findings.filter(rule=RULE_ID, field=hitting.field, dossier_number=order.dossier_number).exists():
            continue
        dossier = intact_dossier(order)
        if _hits_without_snapshot(entry, order) if dossier is None else hitting in findings(dossier):
            keep_findings(order=order, source="authority", findings=[hitting], at=at)
            hit += 1
    return hit


def _hits_without_snapshot(entry: BlacklistEntry, order: Order) -> bool:
    """Whether the line hits an order whose snapshot is damaged, by what is stored beside the snapshot.

    A line with a certificate number does: only orders with this certificate are asked about.
    """
    if entry.certificate_number:
        return True
    account = intact_account(order)
    if account is None:
        return False  # nobody can say; an order whose snapshot is damaged is not approved
    name = account.organizer_name if entry.list == "subject" else account.name
    return name_key(name) == name_key(entry.name)


def finding(which: str) -> Finding:
    """The finding for a hit in the blacklist of subjects, or of services."""
    field, zh, en = (
        ("organizer.name", "该主体在通信管理局的黑名单中", "This organizer is on the administration's blacklist")
        if which == "subject" else
        ("service.name", "该小程序名称在通信管理局的黑名单中", "This mini program's name is on the administration's blacklist"))
    return Finding(
        rule=RULE_ID, severity=Severity.BLOCKS, field=field, clause=clauses.ORDER_33_5,
        reason_zh=f"{zh}，不能备案。", reason_en=f"{en} and cannot be filed.",
        remedy_zh="请联系列入黑名单的省通信管理局，解除后再提交。",
        remedy_en="Ask the provincial administration that listed it; submit again once it is taken off.")


def _certificate_digest(certificate_type: int | None, number: str) -> bytes | None:
    return register.certificate_digest(certificate_type, number) if number else None


def _name_digest(name: str) -> bytes | None:
    return vault.digest(key, purpose=models.BLACKLIST) if (key := name_key(name)) else None
