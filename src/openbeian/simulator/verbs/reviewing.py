"""How a reviewer looks at a request: by the rules of the province, or as the script says."""

from datetime import datetime

from openbeian.regime.calendar import SHANGHAI
from openbeian.simulator.models import Operation, Record
from openbeian.simulator.provincial import Case, Violation, violations
from openbeian.simulator.verbs.office import behaviour
from openbeian.simulator.verbs.outcomes import approve, refuse


def decide_by_itself(record: Record, at: datetime) -> None:
    """The decision that comes without a person: as the script says, else as the rules of the province do.

    Caller holds the queue.
    """
    outcome = record.plan.get("outcome")
    if outcome == "refuse":
        refuse(record, record.plan["opinion"], at)
    elif outcome != "accept" and (broken := broken_rules(record)):
        refuse(record, "；".join(found.opinion for found in broken), at)
    else:
        approve(record, record.plan.get("opinion", ""), at)


def broken_rules(record: Record) -> tuple[Violation, ...]:
    """The rules of the province that a request breaks."""
    elements, subject = record.elements, record.subject
    before = subject if record.operation != Operation.NEW_FILING else None
    return violations(
        Case(
            province=record.province_id,
            operation=record.operation,
            behaviour=behaviour(record.province_id),
            today=record.received_at.astimezone(SHANGHAI).date(),
            subject=elements.get("zt_xx"),
            service=elements.get("wz_xx"),
            before=before.element if before else None,
            remarks=tuple(record.data.get("remarks", ())),
            scope=record.scope,
            services_in_force=subject.service_set.filter(cancelled_at=None).count() if subject else 0,
        )
    )
