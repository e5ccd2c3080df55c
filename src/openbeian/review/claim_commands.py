"""``openbeian review claims``: the platform's review of claims (认领)."""

from typing import Annotated, Any

import typer

from openbeian.ledger.command_line import AsJson, print_row, print_rows
from openbeian.register import claims
from openbeian.register.models import Claim
from openbeian.review.commands import COMMAND_LINE, due_text
from openbeian.web.machines import instant

claims_app = typer.Typer(help="认领 Claims of filings by number.", no_args_is_help=True)

ClaimId = Annotated[int, typer.Argument(
    help="Number of the claim, as `review claims list` prints it.", min=1, max=2**63 - 1)]


def _row(claim: Claim) -> dict[str, Any]:
    return {
        "claim": claim.pk, "state": claim.state, "number": claim.service.number, "appid": claim.service.appid,
        "claimant": claim.claimant.username, "made_at": instant(claim.made_at), "due_at": instant(claim.due_at),
        "due_provisional": claim.due_provisional, "ended_at": instant(claim.ended_at),
    }


def _line(claim: Claim) -> str:
    line = f"#{claim.pk}  {claim.service.number}  {claim.service.appid}  {claim.claimant.username}  {claim.state}"
    return f"{line}  {due_text(claim.due_at, provisional=claim.due_provisional)}" if claims.is_open(claim) else line


def _say(claim: Claim, *, as_json: bool) -> None:
    print_row(claim, as_json=as_json, fields=_row, line=_line)


@claims_app.command("list", epilog="Example: openbeian review claims list --json")
def list_claims(
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended, latest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the claims that wait for the platform, the one due first at the head."""
    print_rows(
        (claims.decided_claims() if ended else claims.waiting_claims())[:limit], as_json=as_json, fields=_row, line=_line,
        none="没有认领。No claims." if ended else "没有待审认领。No claim waits for review. (--ended lists the others.)")


@claims_app.command("approve", epilog="Example: openbeian review claims approve 3")
def approve(claim_id: ClaimId, as_json: AsJson = False) -> None:
    """Approve a claim: the claimant becomes an administrator of the mini program. Those who are, stay."""
    _say(claims.approve_claim(claim_id=claim_id, reviewer=COMMAND_LINE), as_json=as_json)


@claims_app.command("refuse", epilog="Example: openbeian review claims refuse 3 --reason 未能证明与备案主体的关系")
def refuse(
    claim_id: ClaimId,
    reason: Annotated[str, typer.Option(help="Why; shown to the claimant.")],
    as_json: AsJson = False,
) -> None:
    """Refuse a claim."""
    _say(claims.refuse_claim(claim_id=claim_id, reviewer=COMMAND_LINE, reason=reason), as_json=as_json)
