"""``openbeian shelf audits``: the platform's audit of code, decided by a person."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from openbeian.ledger.command_line import COMMAND_LINE, AsJson, print_json, print_row, print_rows
from openbeian.shelf.versions import queries, verbs
from openbeian.shelf.versions.models import Version
from openbeian.web.machines import instant

audits_app = typer.Typer(help="代码审核 The platform's audit of versions before they go live.", no_args_is_help=True)

REASON_MAX = 1000
LISTED_MAX = 10_000

AuditId = Annotated[int, typer.Argument(help="Number of the audit, as `shelf audits list` prints it.", min=1, max=2**63 - 1)]


def _row(version: Version) -> dict[str, Any]:
    submitted_at: datetime | None = version.submitted_at
    return {
        "audit": version.pk, "appid": version.appid, "state": version.state, "user_version": version.user_version,
        "user_desc": version.user_desc, "template_id": version.template_id, "submitted_at": instant(submitted_at),
        "decided_at": instant(version.decided_at), "reason": version.reason,
    }


def _say(version: Version, *, as_json: bool) -> None:
    print_row(version, as_json=as_json, fields=_row, line=lambda one: (
        f"#{one.pk}  {one.appid}  {one.user_version}  {one.state}"))


@audits_app.command("list", epilog="Example: openbeian shelf audits list --json")
def list_audits(
    limit: Annotated[int, typer.Option(min=1, max=LISTED_MAX, help="At most this many, oldest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the versions that wait for the audit."""
    print_rows(queries.audits_waiting()[:limit], as_json=as_json, key="audits", fields=_row, line=lambda one: (
        f"#{one.pk}  {one.appid}  {one.user_version}  {instant(one.submitted_at)}"))


@audits_app.command("show", epilog="Example: openbeian shelf audits show 41")
def show(audit: AuditId) -> None:
    """Print one audit as JSON, with the configuration and what was sent along for the auditor."""
    version = queries.audit(audit)
    shown = {**_row(version), "ext_json": json.loads(queries.ext_json(version)), **queries.audit_request(version)}
    print_json(shown, indent=2)


@audits_app.command("pass", epilog="Example: openbeian shelf audits pass 41")
def pass_one(audit: AuditId, as_json: AsJson = False) -> None:
    """Let a version pass; its service provider may then release it. Exit code 1 if it is not under audit."""
    _say(verbs.pass_audit(audit_id=audit, actor=COMMAND_LINE), as_json=as_json)


@audits_app.command("reject", epilog="Example: openbeian shelf audits reject 41 --reason 服务类目与页面内容不符")
def reject(
    audit: AuditId,
    reason: Annotated[str, typer.Option(help="Why; told to the service provider. No personal data.")],
    as_json: AsJson = False,
) -> None:
    """Reject a version. Exit code 1 if it is not under audit."""
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_MAX:
        raise typer.BadParameter(f"原因为 1 至 {REASON_MAX} 个字。 A reason has 1 to {REASON_MAX} characters.",
                                 param_hint="--reason")
    _say(verbs.reject_audit(audit_id=audit, reason=reason, actor=COMMAND_LINE), as_json=as_json)
