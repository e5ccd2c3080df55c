"""Reading versions and their audits."""

from typing import Any

from django.db.models import QuerySet

from openbeian import vault
from openbeian.shelf.errors import VersionRefused
from openbeian.shelf.versions.lifecycle import VersionState
from openbeian.shelf.versions.models import AUDIT_REQUEST, EXT_JSON, Version


def version_in(appid: str, state: VersionState) -> Version | None:
    """The latest version of an app in a state."""
    return Version.objects.filter(appid=appid, state=state).order_by("-pk").first()


def latest_audit(appid: str) -> Version:
    """The version that was sent to the audit last. Raises :class:`VersionRefused` (``never_audited``)."""
    version = _audits().filter(appid=appid).order_by("-pk").first()
    if version is None:
        raise VersionRefused(
            code="never_audited", zh="没有提交过审核。", en="No version was ever submitted for audit.")
    return version


def audit(audit_id: int, *, appid: str | None = None) -> Version:
    """One audit, of ``appid`` if given. Raises :class:`VersionRefused` (``unknown_audit``)."""
    found = _audits().filter(pk=audit_id)
    version = (found if appid is None else found.filter(appid=appid)).first()
    if version is None:
        raise VersionRefused(code="unknown_audit", zh="没有这个审核单。", en="There is no such audit.")
    return version


def audits_waiting() -> QuerySet[Version]:
    """The versions under audit, oldest first."""
    return Version.objects.filter(state=VersionState.AUDITING).order_by("submitted_at", "pk")


def ext_json(version: Version) -> str:
    """The configuration a version was committed with, as it was sent."""
    return vault.unseal(version.ext_json_sealed, purpose=EXT_JSON).decode()


def audit_request(version: Version) -> dict[str, Any]:
    """What was sent along for the audit; empty for a version that was never submitted."""
    sealed = version.audit_request_sealed
    return {} if sealed is None else vault.unseal_json(sealed, purpose=AUDIT_REQUEST)


def _audits() -> QuerySet[Version]:
    return Version.objects.filter(submitted_at__isnull=False)
