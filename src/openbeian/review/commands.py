"""``openbeian review``: the platform's review from the command line, for scripts and support."""

from datetime import datetime
from typing import Annotated

import typer

from openbeian.filings import orders
from openbeian.filings import queries as filings
from openbeian.filings.models import Order
from openbeian.ledger import clock
from openbeian.ledger.command_line import FOR_ORGANIZER, AsJson, print_json, print_rows
from openbeian.regime.actors import Actor, Role
from openbeian.regime.calendar import to_the_minute
from openbeian.regime.fields import FIELDS
from openbeian.regime.lifecycle import KIND_LABELS, STATE_LABELS, OrderKind, State, available_actions
from openbeian.review import verbs
from openbeian.review.queries import queue
from openbeian.web.machines import instant

review_app = typer.Typer(help="平台初审 The platform's review.", no_args_is_help=True)

COMMAND_LINE = Actor(Role.REVIEWER, "command-line")
OrderId = Annotated[int, typer.Argument(
    help="Number of the order, as `review list --all` prints it.", min=1, max=2**63 - 1)]


def _summary(order: Order) -> dict[str, object]:
    return {
        "order": order.pk, "kind": order.kind, "state": order.state, "version": order.version, "appid": order.appid,
        "province": order.province, "since": instant(order.state_since),
        "due": instant(order.due_at),
        "due_provisional": order.due_provisional, "claimed_by": order.claimed_by or None,
    }


def due_text(due_at: datetime | None, *, provisional: bool = False) -> str:
    """A due instant as a line of a list says it."""
    note = "（暂定 provisional）" if provisional else ""
    late = "  逾期 overdue" if due_at and due_at < clock.now() else ""
    return f"期限 due {to_the_minute(due_at)}{note}{late}"


def _line(order: Order) -> str:
    return (f"#{order.pk}  {order.appid}  {KIND_LABELS[OrderKind(order.kind)][0]}  "
            f"{STATE_LABELS[State(order.state)].zh}  {due_text(order.due_at)}")


@review_app.command("list", epilog="Example: openbeian review list --json")
def list_orders(
    everything: Annotated[bool, typer.Option("--all", help="Orders in every state, newest first.")] = False,
    limit: Annotated[int, typer.Option(help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the orders that wait for review, longest waiting first."""
    print_rows(
        (Order.objects.order_by("-pk") if everything else queue())[:limit], as_json=as_json, fields=_summary, line=_line,
        none="没有待审订单。Nothing waits for review. (--all lists every order.)")


@review_app.command("show", epilog="Example: openbeian review show 12")
def show(order_id: OrderId, as_json: AsJson = False) -> None:
    """Show an order: its state, what may be done, its findings and what has happened to it."""
    order = filings.order(order_id)
    findings = [
        {"field": f.field, "source": f.source, "reason": f.reason_zh or f.reason_en,
         "remedy": f.remedy_zh or f.remedy_en, "clause": f.clause}
        for f in filings.findings_of(order)
    ]
    events = [
        {"at": instant(e.at), "tag": e.tag, "actor": f"{e.actor_role}/{e.actor_id}",
         "to": e.data.get("to")}
        for e in filings.timeline(order)
    ]
    actions = [str(action) for action in available_actions(COMMAND_LINE, order)]
    if as_json:
        print_json({**_summary(order), "actions": actions, "findings": findings, "events": events})
        return
    typer.echo(_line(order))
    typer.echo(f"可执行 actions: {', '.join(actions) or '–'}")
    for finding in findings:
        typer.echo(f"  ! {finding['field']}: {finding['reason']} → {finding['remedy']}")
    for event in events:
        typer.echo(f"  {event['at']}  {event['tag']}  {event['actor']}  → {event['to'] or '–'}")


@review_app.command("approve", epilog="Example: openbeian review approve 12")
def approve(order_id: OrderId) -> None:
    """Approve an order; it is handed to the administration by the worker."""
    typer.echo(_line(verbs.approve(order_id=order_id, reviewer=COMMAND_LINE)))


@review_app.command(
    "return",
    epilog='Example: openbeian review return 12 --finding "service.description|过于简单|请写明实际业务"',
)
def return_order(
    order_id: OrderId,
    finding: Annotated[list[str], typer.Option(help="FIELD|REASON|REMEDY; give it once for each finding.")],
) -> None:
    """Return an order to its organizer with one or more findings."""
    parsed = []
    for text in finding:
        parts = [part.strip() for part in text.split("|")]
        if len(parts) != 3 or parts[0] not in FIELDS:
            raise typer.BadParameter(
                f"{text!r}: write FIELD|REASON|REMEDY with a field of the dossier, "
                "for example organizer.principal.mobile|…|…")
        parsed.append(verbs.ReviewFinding(*parts))
    typer.echo(_line(verbs.return_for_completion(order_id=order_id, reviewer=COMMAND_LINE, findings=parsed)))


@review_app.command("withdraw", epilog="Example: openbeian review withdraw 12")
def withdraw(order_id: OrderId) -> None:
    """Withdraw a filing under platform review, at its organizer's request. A cancellation cannot be withdrawn.

    Exit code 1, and nothing is changed, if the order is in another state.
    """
    typer.echo(_line(orders.withdraw(order_id=order_id, actor=FOR_ORGANIZER)))


@review_app.command("abandon", epilog="Example: openbeian review abandon 12")
def abandon(order_id: OrderId) -> None:
    """Give up an order that waits for its organizer, at the organizer's request.

    That is a draft, or one returned, refused by the administration or not verified by SMS.

    Exit code 1, and nothing is changed, if the order is in another state.
    """
    typer.echo(_line(orders.abandon(order_id=order_id, actor=FOR_ORGANIZER)))
