"""``openbeian certification``: the platform's side of certification and filing in one."""

from typing import Annotated, Any

import typer

from openbeian.certification import queries, verbs
from openbeian.certification.lifecycle import ProcedureState
from openbeian.certification.models import Procedure
from openbeian.ledger.command_line import COMMAND_LINE, AsJson, print_json, print_row, print_rows

certification_app = typer.Typer(help="认证及备案 Certification and filing in one.", no_args_is_help=True)

ProcedureId = Annotated[str, typer.Argument(
    metavar="PROCEDURE", help="procedure_id, as `certification list` prints it.")]
Reason = Annotated[str, typer.Option(help="Why, 1 to 300 characters; told to the service provider.")]


def _row(procedure: Procedure) -> dict[str, Any]:
    return {
        "procedure": procedure.procedure_id, "orderid": procedure.pk, "appid": procedure.appid,
        "component_appid": procedure.client_id, "status": procedure.state,
        "since": procedure.state_since, "pay_type": procedure.pay_type,
        "order": procedure.order_id,
    }


def _line(procedure: Procedure) -> str:
    state = ProcedureState(procedure.state)
    order = f"  订单 order #{procedure.order_id}" if procedure.order_id else ""
    return f"{procedure.procedure_id}  {procedure.appid}  {procedure.state} {state.zh} {state.en}{order}"


def _print(procedure: Procedure, *, as_json: bool) -> None:
    print_row(procedure, as_json=as_json, fields=_row, line=_line)


@certification_app.command("list", epilog="Example: openbeian certification list --json")
def list_procedures(
    everything: Annotated[bool, typer.Option("--all", help="Procedures in every state, newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the procedures that wait for their fee or for the review, longest waiting first."""
    found = Procedure.objects.order_by("-pk") if everything else queries.waiting()
    print_rows(
        found[:limit], as_json=as_json, fields=_row, line=_line,
        none="没有待办流程。Nothing waits. (--all lists every procedure.)")


@certification_app.command("show", epilog="Example: openbeian certification show Zk3…")
def show(procedure_id: ProcedureId) -> None:
    """Print a procedure as JSON with the certification data in clear, for the reviewer: personal data."""
    procedure = queries.procedure(procedure_id)
    shown = {**_row(procedure), "auth_data": queries.data_of(procedure), "reason": queries.reason_of(procedure),
             "findings": procedure.findings}
    print_json(shown, indent=2)


@certification_app.command("paid", epilog="Example: openbeian certification paid Zk3…")
def paid(procedure_id: ProcedureId, as_json: AsJson = False) -> None:
    """Note that the certification fee has come in; the review follows."""
    _print(verbs.pay(procedure=queries.procedure(procedure_id), actor=COMMAND_LINE), as_json=as_json)


@certification_app.command("pass", epilog="Example: openbeian certification pass Zk3…")
def pass_one(procedure_id: ProcedureId, as_json: AsJson = False) -> None:
    """Let a certification pass. The filing order is made at once, or the procedure says why it could not be."""
    _print(verbs.pass_review(procedure=queries.procedure(procedure_id), actor=COMMAND_LINE), as_json=as_json)


@certification_app.command("refill", epilog="Example: openbeian certification refill Zk3… --reason 营业执照模糊")
def refill(procedure_id: ProcedureId, reason: Reason, as_json: AsJson = False) -> None:
    """Send a certification back for correction."""
    _print(verbs.refill(procedure=queries.procedure(procedure_id), reason=reason, actor=COMMAND_LINE), as_json=as_json)


@certification_app.command("fail", epilog="Example: openbeian certification fail Zk3… --reason 主体已注销")
def fail(procedure_id: ProcedureId, reason: Reason, as_json: AsJson = False) -> None:
    """End a certification for good."""
    _print(verbs.fail(procedure=queries.procedure(procedure_id), reason=reason, actor=COMMAND_LINE), as_json=as_json)
