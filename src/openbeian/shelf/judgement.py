"""The shelf policy, said in SQL.

The gate asks :func:`openbeian.regime.shelf_policy.decide` about one app. A sweep has to ask about millions, so the
same policy is turned into one condition here; a property test holds the two against each other.
The conditions speak of ``m``, a row of ``shelf_miniprogram``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openbeian.regime.shelf_policy import POLICY, Policy

#: On the shelf at ``at``, rightly or not.
STANDING = "m.first_listed_at <= %(at)s AND m.offline_since IS NULL"

_IN_FORCE = """EXISTS (
    SELECT FROM register_access s
    WHERE s.appid = m.appid AND s.since <= {at} AND (s.until IS NULL OR s.until > {at}))"""
_CANCELLED = """EXISTS (
    SELECT FROM register_access s WHERE s.appid = m.appid AND s.until <= {at})"""
_WAIVED = """EXISTS (
    SELECT FROM shelf_waiver w WHERE w.appid = m.appid AND w.since <= {at} AND w.until > {at})"""


@dataclass(frozen=True)
class Judgement:
    """``denied`` is a condition, ``code`` the code of the decision; ``parameters`` go with both.

    ``denial`` is the code as well, but shorter, and right for denied apps only.
    """

    denied: str
    denial: str
    code: str
    parameters: Mapping[str, Any]


def judge(instant: datetime, *, name: str = "at", policy: Policy = POLICY) -> Judgement:
    """What the policy says at ``instant``, as SQL whose parameters begin with ``name``.

    The dates are compared here, not in SQL: what they settle needs no look at a row.
    """
    at, start = f"%({name})s", f"%({name}_start)s"
    parameters = {name: instant, f"{name}_start": policy.start}
    in_force, cancelled, waived = (part.format(at=at) for part in (_IN_FORCE, _CANCELLED, _WAIVED))
    if instant < policy.start:
        return Judgement("false", "''", "'before_regime'", parameters)
    if instant < policy.deadline:
        listed_before_start = f"(m.first_listed_at < {start}) IS TRUE"
        unfiled_allowed = f"{listed_before_start} AND NOT {cancelled}"
        unfiled = f"""
            CASE WHEN {cancelled} THEN 'filing_cancelled'
                 WHEN {listed_before_start} THEN 'listed_before_start_until_deadline'
                 ELSE 'unfiled_never_listed' END"""
    else:
        unfiled_allowed = "false"
        unfiled = f"""
            CASE WHEN {cancelled} THEN 'filing_cancelled'
                 WHEN (m.first_listed_at <= {at}) IS TRUE THEN 'unfiled_after_deadline'
                 ELSE 'unfiled_never_listed' END"""
    return Judgement(
        denied=f"NOT {in_force} AND NOT {waived} AND NOT ({unfiled_allowed})",
        denial=unfiled,
        code=f"""CASE WHEN {in_force} THEN 'filed'
                      WHEN {waived} AND NOT ({unfiled_allowed}) THEN 'waived'
                      ELSE {unfiled} END""",
        parameters=parameters,
    )
