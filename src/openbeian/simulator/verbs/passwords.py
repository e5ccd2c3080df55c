"""Checks of the filing password (备案密码), asked from organizers until August 2020."""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.db import transaction

from openbeian import vault
from openbeian.ledger import clock
from openbeian.regime.filing_number import FilingNumberError, canonical
from openbeian.simulator.models import PasswordCheck, Service, Subject
from openbeian.simulator.verbs.office import filing_password, province_row, queue_up

WRONG_CHECKS_ALLOWED = 5
WINDOW = timedelta(hours=1)


class TooManyChecks(Exception):
    """Five wrong passwords for this number within an hour (call-level code 22)."""


@transaction.atomic
def check_password(*, province: str, number: str, password: str) -> bool:
    """Whether this is the password of a subject or service number in force in the province. Raises TooManyChecks."""
    queue_up()
    try:
        number = canonical(number)
    except FilingNumberError:
        number = number.strip()
    now = clock.now()
    digest = vault.digest(number, purpose="simulator.number")
    tried = PasswordCheck.objects.filter(province_id=province, number_digest=digest, at__gt=now - WINDOW)
    if tried.count() >= WRONG_CHECKS_ALLOWED:
        raise TooManyChecks
    known = (
        Subject.objects.filter(province=province, number=number, cancelled_at=None).exists()
        or Service.objects.filter(subject__province=province, number=number, cancelled_at=None).exists()
    )
    right = known and hmac.compare_digest(filing_password(number).encode(), password.strip().encode())
    if not right:
        PasswordCheck.objects.create(province=province_row(province), number_digest=digest, at=now)
    return right
