"""What must always hold, asked of the database after every step of a demonstration or simulation.

Each check returns the violations it found, as sentences without personal data; none is the right answer.
The numbers in the names follow the list in docs/explanation/invariants.md.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Count

from openbeian.authority.models import InboxFile, Upload
from openbeian.filings.models import Order
from openbeian.ledger.models import Event
from openbeian.notices.models import Push
from openbeian.regime.lifecycle import OPEN_STATES, STANDS_ALONE
from openbeian.register.models import Access, Service
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.queries import gate


def numbers_come_once_and_from_the_administration(at: datetime) -> Iterable[str]:
    """1. A number appears once, only by the administration's approval."""
    for row in Service.objects.values("number").annotate(times=Count("pk")).filter(times__gt=1):
        yield f"number {row['number']} stands {row['times']} times in the register"
    for order_id, number in Service.objects.values_list("order_id", "number"):
        accepted = Event.objects.filter(
            subject=f"order:{order_id}", tag="order:accept", actor_role="authority").count()
        if accepted != 1:
            yield f"number {number} rests on {accepted} approvals by the administration"


def the_gate_needs_a_number(at: datetime) -> Iterable[str]:
    """2. The gate says yes after the deadline only with a number in force, or a waiver."""
    # A number that this platform no longer gives access to is in force elsewhere, and not for this gate.
    in_force = set(Access.objects.filter(since__lte=at).exclude(until__lte=at).values_list("appid", flat=True))
    for appid in MiniProgram.objects.values_list("appid", flat=True):
        decision = gate(appid, at)
        if decision.allowed and decision.code == "filed" and appid not in in_force:
            yield f"the gate calls {appid} filed without a number in force"
        if not decision.allowed and appid in in_force:
            yield f"the gate refuses {appid} although a number is in force"


def every_change_has_one_event(at: datetime) -> Iterable[str]:
    """3. The events of each order form one unbroken chain from draft to its present state."""
    for order in Order.objects.all():
        state = None
        for event in Event.objects.filter(subject=order.subject, data__has_key="to").order_by("id"):
            if event.data["from"] != state:
                yield f"{order.subject}: event {event.pk} starts at {event.data['from']}, the order stood at {state}"
            if not event.actor_id:
                yield f"{order.subject}: event {event.pk} names no actor"
            state = event.data["to"]
        if state != order.state:
            yield f"{order.subject} stands at {order.state}, its events end at {state}"


def what_stands_alone_stands_alone(at: datetime) -> Iterable[str]:
    """4. No other order of an organizer is open beside one that must stand alone."""
    open_orders: dict[int, list[str]] = {}
    for organizer, kind in Order.objects.filter(
            state__in=sorted(OPEN_STATES), organizer__isnull=False).values_list("organizer_id", "kind"):
        open_orders.setdefault(organizer, []).append(kind)
    for organizer, kinds in open_orders.items():
        if len(kinds) > 1 and STANDS_ALONE & set(kinds):
            yield f"organizer {organizer} has {len(kinds)} open orders, one of which must stand alone"


def the_sweep_left_nothing(at: datetime) -> Iterable[str]:
    """5. What the last sweep should have taken down is down."""
    swept = Event.objects.filter(tag="shelf:app:taken_offline", data__code="unfiled_after_deadline")
    last = swept.order_by("-at").first()
    if last is None:
        return
    standing = MiniProgram.objects.filter(offline_since__isnull=True, first_listed_at__lte=last.at)
    for appid in standing.values_list("appid", flat=True):
        if not gate(appid, at).allowed:
            yield f"{appid} is refused by the gate and still on the shelf"


def exchange_is_gapless(at: datetime) -> Iterable[str]:
    """6. Uploads are numbered without a gap; nothing is acknowledged before it is applied."""
    for province in Upload.objects.values_list("province", flat=True).distinct():
        numbers = sorted(Upload.objects.filter(province=province).values_list("sequence", flat=True))
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"uploads to {province} are numbered {numbers}"
    for file in InboxFile.objects.filter(acknowledged_at__isnull=False, applied_at__isnull=True, problem=""):
        yield f"file {file.pk} from {file.province} was acknowledged before it was applied"


def everything_waiting_has_a_limit(at: datetime) -> Iterable[str]:
    """9. Every order in progress has an instant by which something happens."""
    for order_id in Order.objects.filter(state__in=sorted(OPEN_STATES), due_at__isnull=True).values_list("pk", flat=True):
        yield f"order:{order_id} waits without a limit"


AFTER_EVERY_STEP: tuple[Callable[[datetime], Iterable[str]], ...] = (
    numbers_come_once_and_from_the_administration,
    the_gate_needs_a_number,
    every_change_has_one_event,
    what_stands_alone_stands_alone,
    the_sweep_left_nothing,
    exchange_is_gapless,
    everything_waiting_has_a_limit,
)


def everything_left_at_least_once(at: datetime) -> Iterable[str]:
    """7. What was committed has left: no push is still waiting once the system is at rest."""
    for push in Push.objects.filter(delivered_at__isnull=True):
        yield f"push {push.pk} ({push.info_type}) has not been delivered"


def nothing_personal_in_clear(secrets: Sequence[str]) -> Iterable[str]:
    """8. None of ``secrets`` (names, numbers, telephones of the cast) stands readable in any table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY relname")
        for (table,) in cursor.fetchall():
            for number, secret in enumerate(secrets, 1):
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s OR t::text LIKE %s',
                    [f"%{secret}%", f"%{secret.encode().hex()}%"],
                )
                if cursor.fetchone()[0]:
                    yield f"table {table} holds personal datum no. {number} of the cast in clear"


def violations(at: datetime) -> list[str]:
    """Everything that is not as it must be, right now."""
    return [found for check in AFTER_EVERY_STEP for found in check(at)]
