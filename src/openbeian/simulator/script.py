"""Scripted mode (脚本): rules that say beforehand how a request ends, matched by organizer or order number."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from openbeian.simulator.refusals import SimulatorError

OUTCOMES = ("accept", "refuse", "lapse", "data_error")
RULES_MAX = 1000
_YEAR = 366 * 86400.0
_TEXT_MAX = 1000


@dataclass(frozen=True)
class Rule:
    """One rule; the first that matches a request is followed, and stays with the request.

    Matching, all that are given: `organizer` and `service` are contained in the name, `order` is the platform's id
    or the province's (the key of the request), `appid`, `operation` (Czlx), `province`.

    `outcome`: accept; refuse with `opinion`; lapse: no SMS is sent and the verification runs out; data_error:
    `code` and `opinion` come back at once. `verify_after`: seconds after which all principals have verified by
    themselves (None: people enter codes). `delay`: seconds from verification to decision, or until the lapse
    (None: 0, or 24 hours).
    """

    outcome: str
    organizer: str = ""
    service: str = ""
    order: int | None = None
    appid: str = ""
    operation: int | None = None
    province: str = ""
    opinion: str = ""
    code: int | None = None
    delay: float | None = None
    verify_after: float | None = None
    times: int | None = None

    def matches(
        self, *, organizer: str, service: str, keys: Sequence[int], appid: str, operation: int, province: str
    ) -> bool:
        """Whether the rule speaks of this request."""
        return (
            self.organizer in organizer
            and self.service in service
            and (self.order is None or self.order in keys)
            and self.appid in ("", appid)
            and self.operation in (None, operation)
            and self.province in ("", province)
        )

    def as_json(self) -> dict[str, Any]:
        """The rule as `read_script` takes it, without what it leaves open."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


def read_script(value: Any) -> tuple[Rule, ...]:
    """The rules of a JSON list. Raises SimulatorError."""
    if not isinstance(value, list) or len(value) > RULES_MAX:
        raise _bad(0, f"脚本应为不超过 {RULES_MAX} 条规则的列表", f"a script is a list of at most {RULES_MAX} rules")
    return tuple(_rule(number, entry) for number, entry in enumerate(value, start=1))


_TYPES: dict[str, type | tuple[type, ...]] = {
    "outcome": str, "organizer": str, "service": str, "order": int, "appid": str, "operation": int, "province": str,
    "opinion": str, "code": int, "delay": (int, float), "verify_after": (int, float), "times": int,
}  # fmt: skip


def _rule(number: int, entry: Any) -> Rule:
    if not isinstance(entry, dict):
        raise _bad(number, "规则应为对象", "a rule is an object")
    for name, value in entry.items():
        if name not in _TYPES:
            raise _bad(number, f"没有字段 {str(name)[:40]}", f"there is no field {str(name)[:40]}")
        if isinstance(value, bool) or not isinstance(value, _TYPES[name]):
            raise _bad(number, f"{name} 的类型不对", f"{name} has the wrong type")
        if isinstance(value, str) and len(value) > _TEXT_MAX:
            raise _bad(number, f"{name} 过长", f"{name} is too long")
        if name in ("delay", "verify_after") and isinstance(value, int | float) and not 0 <= value <= _YEAR:
            raise _bad(number, f"{name} 为 0 至 366 天的秒数", f"{name} is 0 to 366 days, in seconds")
    if entry.get("outcome") not in OUTCOMES:
        said = " / ".join(OUTCOMES)
        raise _bad(number, f"outcome 应为 {said}", f"outcome is {said}")
    rule = Rule(**entry)
    if rule.outcome == "refuse" and not rule.opinion.strip():
        raise _bad(number, "退回须有 opinion", "a refusal needs an opinion")
    if rule.outcome == "data_error" and not (rule.code and 1001 <= rule.code <= 5999):
        raise _bad(number, "data_error 须有 code（1001 至 5999）", "data_error needs a code from 1001 to 5999")
    if rule.outcome == "lapse" and rule.verify_after is not None:
        raise _bad(number, "lapse 不能有 verify_after", "lapse takes no verify_after")
    if rule.times is not None and (rule.times < 1 or rule.outcome == "data_error"):
        raise _bad(number, "times 至少为 1，data_error 不能有", "times is at least 1, and data_error takes none")
    return rule


def _bad(number: int, zh: str, en: str) -> SimulatorError:
    return SimulatorError("bad_script", f"第 {number} 条：{zh}", f"rule {number}: {en}")
