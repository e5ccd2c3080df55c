"""Jobs of the register."""

from procrastinate.contrib.django import app

from openbeian.ledger import working_days


@app.periodic(cron="45 3 * * *")
@app.task(name="register.settle_claims", queueing_lock="register.settle_claims")
def settle_claims(timestamp: int) -> None:
    """Once a day: settle what processes counted that had not heard of a year yet."""
    from openbeian.register.claims import settle_due_instants

    working_days.take_up()  # a worker may keep its connections for days
    settle_due_instants()
