"""The shelf policy, told at instants, and what must hold at every instant."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openbeian.regime.shelf_policy import (
    ALLOWED_CODES,
    DENIED_CODES,
    PLATFORM_POLICY_2023,
    Decision,
    FilingFacts,
    FilingPeriod,
    ListingFacts,
    Waiver,
    decide,
)

START, DEADLINE = PLATFORM_POLICY_2023.start, PLATFORM_POLICY_2023.deadline
APPID = "wx1111111111111111"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


@dataclass(frozen=True)
class App:
    """One mini program's facts, so that a story can ask about it again and again."""

    listed: str | None = None
    periods: tuple[tuple[str, str | None], ...] = ()
    waivers: tuple[tuple[str, str], ...] = ()
    known: bool = True

    def decision(self, now: str) -> Decision:
        return decide(
            ListingFacts(APPID, self.known, at(self.listed) if self.listed else None),
            FilingFacts(tuple(FilingPeriod(f"浙ICP备2023000001号-{i}X", at(since), at(until) if until else None)
                              for i, (since, until) in enumerate(self.periods, 1))),
            [Waiver(f"waiver:{i}", at(since), at(until), "示例") for i, (since, until) in enumerate(self.waivers)],
            PLATFORM_POLICY_2023, at(now))

    def told(self, now: str) -> tuple[bool, str]:
        decision = self.decision(now)
        return decision.allowed, decision.code


def test_one_listed_long_ago_may_stay_until_the_last_second_of_march_2024():
    app = App(listed="2021-05-01T09:00:00")
    assert app.told("2023-08-31T23:59:59") == (True, "before_regime")
    assert app.told("2023-09-01T00:00:00") == (True, "listed_before_start_until_deadline")
    assert app.told("2024-03-31T23:59:59") == (True, "listed_before_start_until_deadline")
    assert app.told("2024-04-01T00:00:00") == (False, "unfiled_after_deadline")


def test_the_law_counts_in_shanghai_whatever_zone_the_instant_is_given_in():
    listing = ListingFacts(APPID, True, at("2021-05-01T09:00:00"))
    last = datetime(2024, 3, 31, 15, 59, 59, tzinfo=UTC)
    assert decide(listing, FilingFacts(), (), PLATFORM_POLICY_2023, last).allowed is True
    assert decide(listing, FilingFacts(), (), PLATFORM_POLICY_2023, last + timedelta(seconds=1)).allowed is False


def test_one_never_listed_needs_a_number_from_september_2023():
    app = App(periods=(("2023-10-16T11:00:00", None),))
    assert app.told("2023-08-31T23:59:59") == (True, "before_regime")
    assert app.told("2023-09-01T00:00:00") == (False, "unfiled_never_listed")
    assert app.told("2023-10-16T10:59:59") == (False, "unfiled_never_listed")
    assert app.told("2023-10-16T11:00:00") == (True, "filed")
    assert App().told("2024-04-01T00:00:00") == (False, "unfiled_never_listed")


def test_listed_at_the_very_start_is_not_listed_before_it():
    assert App(listed="2023-08-31T23:59:59").told("2023-09-02T00:00:00") == (
        True, "listed_before_start_until_deadline")
    assert App(listed="2023-09-01T00:00:00").told("2023-09-02T00:00:00") == (False, "unfiled_never_listed")


def test_a_listing_that_lies_ahead_is_none_yet():
    app = App(listed="2024-06-01T00:00:00")
    assert app.told("2024-05-31T23:59:59") == (False, "unfiled_never_listed")
    assert app.told("2024-06-01T00:00:00") == (False, "unfiled_after_deadline")


def test_filed_in_time_and_never_interrupted():
    app = App(listed="2021-05-01T09:00:00", periods=(("2024-03-20T10:00:00", None),))
    decision = app.decision("2024-04-01T00:00:00")
    assert (decision.code, decision.since, decision.until) == ("filed", at("2024-03-20T10:00:00"), None)


def test_filed_late_comes_back_at_once():
    app = App(listed="2021-05-01T09:00:00", periods=(("2024-05-20T10:00:00", None),))
    gone = app.decision("2024-04-15T00:00:00")
    assert (gone.code, gone.since, gone.until) == ("unfiled_after_deadline", DEADLINE, at("2024-05-20T10:00:00"))
    assert app.told("2024-05-20T10:00:00") == (True, "filed")


def test_a_cancelled_filing_closes_the_shelf_even_before_the_deadline():
    app = App(listed="2021-05-01T09:00:00", periods=(("2023-10-01T10:00:00", "2023-12-01T10:00:00"),))
    assert app.told("2023-09-15T00:00:00") == (True, "listed_before_start_until_deadline")
    assert app.told("2023-12-01T09:59:59") == (True, "filed")
    assert app.told("2023-12-01T10:00:00") == (False, "filing_cancelled")
    assert app.told("2024-04-01T00:00:00") == (False, "filing_cancelled")


def test_filed_anew_after_a_cancellation():
    app = App(listed="2021-05-01T09:00:00", periods=(
        ("2024-02-01T10:00:00", None), ("2023-10-01T10:00:00", "2023-12-01T10:00:00")))
    assert app.told("2024-01-15T00:00:00") == (False, "filing_cancelled")
    assert app.told("2024-02-01T10:00:00") == (True, "filed")


def test_a_cancellation_dated_ahead_has_not_happened():
    app = App(periods=(("2023-10-01T10:00:00", "2025-01-01T00:00:00"),))
    decision = app.decision("2024-06-01T00:00:00")
    assert (decision.code, decision.until) == ("filed", at("2025-01-01T00:00:00"))


def test_a_waiver_lifts_a_denial_for_its_time():
    app = App(listed="2021-05-01T09:00:00", waivers=(("2024-03-25T00:00:00", "2024-05-01T00:00:00"),))
    assert app.told("2024-03-31T23:59:59") == (True, "listed_before_start_until_deadline")
    waived = app.decision("2024-04-01T00:00:00")
    assert (waived.allowed, waived.code, waived.since, waived.until) == (
        True, "waived", DEADLINE, at("2024-05-01T00:00:00"))
    assert app.told("2024-05-01T00:00:00") == (False, "unfiled_after_deadline")


def test_two_waivers_that_meet_are_one_time():
    app = App(waivers=(("2024-05-01T00:00:00", "2024-06-01T00:00:00"), ("2024-06-01T00:00:00", "2024-07-01T00:00:00")))
    decision = app.decision("2024-05-15T00:00:00")
    assert (decision.since, decision.until) == (at("2024-05-01T00:00:00"), at("2024-07-01T00:00:00"))


@pytest.mark.parametrize("now", ["2023-01-01T00:00:00", "2023-09-01T00:00:00", "2024-04-01T00:00:00"])
def test_an_unknown_app_is_never_let_in(now):
    app = App(known=False, listed="2021-05-01T09:00:00", periods=(("2022-01-01T00:00:00", None),),
              waivers=(("2020-01-01T00:00:00", "2030-01-01T00:00:00"),))
    decision = app.decision(now)
    assert (decision.allowed, decision.code, decision.since, decision.until) == (False, "unknown_app", None, None)


@pytest.mark.parametrize(("app", "now", "cited"), [
    (App(), "2023-09-01T00:00:00", "《反电信网络诈骗法》第二十三条"),
    (App(listed="2021-05-01T09:00:00"), "2024-04-01T00:00:00", "（国务院令第292号）第四条"),
    (App(listed="2021-05-01T09:00:00"), "2024-04-01T00:00:00", "工信部信管〔2023〕105号"),
    (App(periods=(("2023-10-01T10:00:00", "2023-12-01T10:00:00"),)), "2024-04-01T00:00:00", "第33号）第五条"),
    (App(known=False), "2024-04-01T00:00:00", "《反电信网络诈骗法》第二十三条"),
    (App(listed="2021-05-01T09:00:00"), "2024-01-01T00:00:00", "工信部信管〔2023〕105号及平台小程序备案公告"),
])
def test_a_decision_cites_its_clause(app, now, cited):
    assert cited in app.decision(now).clause


def test_every_code_has_its_ground_in_both_languages():
    grounds = PLATFORM_POLICY_2023.grounds
    assert grounds.keys() == ALLOWED_CODES | DENIED_CODES
    assert all(ground.clause and ground.reason_zh and ground.reason_en for ground in grounds.values())


# What holds at every instant

INSTANTS = st.datetimes(datetime(2023, 7, 1), datetime(2024, 7, 1), timezones=st.just(UTC)) | st.sampled_from(
    [turn + timedelta(seconds=s) for turn in (START, DEADLINE) for s in (-1, 0, 1)])
NUMBERS = st.just("浙ICP备2023000001号-1X")
PERIODS = st.lists(st.builds(FilingPeriod, NUMBERS, INSTANTS, st.none() | INSTANTS), max_size=3)
WAIVERS = st.lists(st.builds(Waiver, st.just("waiver:1"), INSTANTS, INSTANTS, st.just("示例")), max_size=2)
LISTINGS = st.builds(ListingFacts, st.just(APPID), st.sampled_from([True, True, True, False]), st.none() | INSTANTS)
FACTS = st.tuples(LISTINGS, PERIODS.map(tuple).map(FilingFacts), WAIVERS)


def judged(facts: tuple, now: datetime) -> Decision:
    return decide(*facts, PLATFORM_POLICY_2023, now)


def in_force(filing: FilingFacts, now: datetime) -> bool:
    return any(p.filed_at <= now and not (p.cancelled_at and p.cancelled_at <= now) for p in filing.periods)


@given(FACTS, INSTANTS)
def test_the_answer_is_one_of_the_known_codes_and_lies_within_its_span(facts, now):
    decision = judged(facts, now)
    assert decision.code in (ALLOWED_CODES if decision.allowed else DENIED_CODES)
    assert decision.since is None or decision.since <= now
    assert decision.until is None or now < decision.until


@given(FACTS, INSTANTS, INSTANTS)
@example((ListingFacts(APPID, True, None), FilingFacts(), []), START, DEADLINE)
def test_two_instants_in_one_span_get_the_same_answer(facts, one, other):
    decision = judged(facts, one)
    if (decision.since is None or decision.since <= other) and (decision.until is None or other < decision.until):
        assert judged(facts, other) == decision


@given(FACTS, INSTANTS)
def test_the_answer_changes_where_its_span_ends(facts, now):
    decision = judged(facts, now)
    if decision.until is not None:
        assert judged(facts, decision.until).code != decision.code
    if decision.since is not None:
        assert judged(facts, decision.since - timedelta(microseconds=1)).code != decision.code


@given(FACTS, INSTANTS.filter(lambda now: now >= DEADLINE))
def test_after_the_deadline_nothing_is_allowed_without_a_number_in_force_or_a_waiver(facts, now):
    _, filing, waivers = facts
    if judged(facts, now).allowed:
        assert in_force(filing, now) or any(w.since <= now < w.until for w in waivers)


@given(FACTS, INSTANTS)
def test_a_number_in_force_opens_the_shelf_to_every_known_app(facts, now):
    listing, filing, _ = facts
    if listing.known and in_force(filing, now):
        assert judged(facts, now).allowed


@given(FACTS, INSTANTS.filter(lambda now: now >= START))
def test_a_cancelled_filing_closes_the_shelf_unless_waived(facts, now):
    listing, filing, waivers = facts
    cancelled = any(p.cancelled_at and p.filed_at <= p.cancelled_at <= now for p in filing.periods)
    if listing.known and cancelled and not in_force(filing, now) and not any(w.since <= now < w.until for w in waivers):
        assert judged(facts, now).code == "filing_cancelled"


@given(FACTS, INSTANTS)
def test_the_order_of_the_facts_does_not_matter(facts, now):
    listing, filing, waivers = facts
    turned = (listing, FilingFacts(filing.periods[::-1]), waivers[::-1])
    assert judged(turned, now) == judged(facts, now)
