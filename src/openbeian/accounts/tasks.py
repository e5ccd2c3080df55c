"""Jobs of the accounts."""

from procrastinate.contrib.django import app

from openbeian.ledger import clock


@app.periodic(cron="* * * * *")
@app.task(name="accounts.lapse_offers", queueing_lock="accounts.lapse_offers")
def lapse_offers(timestamp: int) -> None:
    """End the transfers nobody has answered in time."""
    from openbeian.accounts.transfers import lapse_offers

    lapse_offers(at=clock.now())
