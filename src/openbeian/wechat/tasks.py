"""Jobs of the open API."""

from datetime import timedelta

from procrastinate.contrib.django import app

from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock
from openbeian.regime.calendar import SHANGHAI
from openbeian.wechat import callers, verbs


@app.periodic(cron="*/10 * * * *")
@app.task(name="wechat.push_tickets", queueing_lock="wechat.push_tickets")
def push_tickets(timestamp: int) -> None:
    """Every ten minutes a fresh ticket for each platform that has named an address."""
    for client in ApiClient.objects.exclude(event_url="").order_by("pk"):
        verbs.push_ticket(client=client)


@app.periodic(cron="23 * * * *")
@app.task(name="wechat.forget_expired", queueing_lock="wechat.forget_expired")
def forget_expired(timestamp: int) -> None:
    """Remove secrets that expired yesterday, and the counts of days gone by."""
    verbs.forget_expired()
    callers.forget_days(before=(clock.now() - timedelta(days=1)).astimezone(SHANGHAI).date())
