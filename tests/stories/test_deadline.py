"""The night of 31 March 2024, told for three mini programs that were listed in 2022."""

import pytest

from openbeian.shelf import queries
from openbeian.shelf.models import MiniProgram
from openbeian.shelf.verbs import sweep
from tests.shelf.catalogue import OPERATOR, filed, stock

pytestmark = pytest.mark.django_db
NEVER_FILED, FILED_IN_TIME, FILED_LATE = "wx01", "wx02", "wx03"
LAST_SECOND, DEADLINE = "2024-03-31T23:59:59+08:00", "2024-04-01T00:00:00+08:00"


def test_the_deadline(at) -> None:
    # In August 2023 the platform brings in its catalogue. Nothing has to be filed yet.
    at("2023-08-20T10:00:00+08:00")
    stock((NEVER_FILED, "2022-05-01"), (FILED_IN_TIME, "2022-05-01"), (FILED_LATE, "2022-05-01"))
    assert queries.gate(NEVER_FILED).code == "before_regime"

    # On 10 January 2024 one of them gets its number.
    filed(FILED_IN_TIME, at("2024-01-10T10:00:00+08:00"))

    # In the last second of March all three may still be on the shelf.
    last_second = at(LAST_SECOND)
    assert [queries.gate(appid).code for appid in (NEVER_FILED, FILED_IN_TIME, FILED_LATE)] == [
        "listed_before_start_until_deadline", "filed", "listed_before_start_until_deadline"]
    assert sweep(at=last_second, actor=OPERATOR).taken_offline == 0

    # One second later the gate says no to the unfiled, before any sweep has run.
    deadline = at(DEADLINE)

    def asked_about_that_night() -> list[tuple[bool, str]]:
        answers = [queries.gate(NEVER_FILED, instant) for instant in (last_second, deadline)]
        return [(answer.allowed, answer.code) for answer in answers]

    before_the_sweep = asked_about_that_night()
    assert before_the_sweep == [
        (True, "listed_before_start_until_deadline"), (False, "unfiled_after_deadline")]

    # The sweep writes it down, once; asked again about that night, the gate says the same.
    at("2024-04-01T00:20:00+08:00")
    assert sweep(at=deadline, actor=OPERATOR).taken_offline == 2
    assert sweep(at=deadline, actor=OPERATOR).taken_offline == 0
    assert asked_about_that_night() == before_the_sweep
    assert sorted(MiniProgram.objects.filter(offline_since=deadline).values_list("appid", flat=True)) == [
        NEVER_FILED, FILED_LATE]

    # On 9 April a number comes for one of the two, and it is back on the shelf the same moment.
    filed(FILED_LATE, at("2024-04-09T15:00:00+08:00"), subject=2)
    assert queries.gate(FILED_LATE).code == "filed"
    assert MiniProgram.objects.get(appid=FILED_LATE).is_standing
    assert not MiniProgram.objects.get(appid=NEVER_FILED).is_standing
