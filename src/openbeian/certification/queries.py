"""Reading procedures."""

from typing import Any

from django.db.models import QuerySet

from openbeian import vault
from openbeian.certification import models
from openbeian.certification.errors import NotFound
from openbeian.certification.lifecycle import OPEN_STATES, WAITING_STATES
from openbeian.certification.models import Procedure
from openbeian.regime.findings import Finding, Severity


def procedure(procedure_id: str, *, appid: str | None = None) -> Procedure:
    """One procedure by its public name, of ``appid`` if given. Raises :class:`NotFound`."""
    found = Procedure.objects.select_related("client", "order")
    if appid is not None:
        found = found.filter(appid=appid)
    row = found.filter(procedure_id=procedure_id).first() if procedure_id.isascii() and procedure_id.isalnum() else None
    if row is None:
        raise NotFound()
    return row


def open_procedure_of(appid: str) -> Procedure | None:
    """The unfinished procedure of a mini program."""
    return Procedure.objects.select_related("client").filter(appid=appid, state__in=OPEN_STATES).first()


def waiting() -> QuerySet[Procedure]:
    """The procedures in which the platform has something to do, longest waiting first."""
    return Procedure.objects.filter(state__in=WAITING_STATES).order_by("state_since", "pk")


def data_of(row: Procedure) -> dict[str, Any]:
    """``auth_data`` as kept; personal data in clear."""
    return vault.unseal_json(row.data_sealed, purpose=models.DATA)


def dossier_of(row: Procedure) -> dict[str, Any]:
    """The dossier as sent before the certification; personal data in clear."""
    return vault.unseal_json(row.dossier_sealed, purpose=models.DOSSIER)


def reason_of(row: Procedure) -> str:
    """Why the certification was sent back or has failed; empty otherwise."""
    sealed = row.reason_sealed
    return vault.unseal(sealed, purpose=models.REASON).decode() if sealed is not None else ""


def findings_of(row: Procedure) -> tuple[Finding, ...]:
    """Why there is no filing order."""
    return tuple(Finding(**{**kept, "severity": Severity(kept["severity"])}) for kept in row.findings)
