"""How each simulated province behaves, changeable while it runs: its rules, which are the regime's
(`regime/province_rules.py`), and its system (`provinces.csv`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from functools import cache
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any, get_type_hints

from openbeian.regime import province_rules
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.csv_files import csv_rows
from openbeian.regime.province_rules import ProvinceRules
from openbeian.simulator.refusals import SimulatorError

CALL_SECONDS_MAX = 60.0
YEAR_SECONDS = 366 * 86400.0
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Behaviour(ProvinceRules):
    """The rules of one province and how its system works. Every field can be set while the simulator runs.

    The rules are enforced when a request is decided (except `open_orders`, at once). System:

    - `hours`: "08:00-20:00", Chinese time, outside of which calls get code 20; "": always open.
    - `processing_seconds` from an accepted file to its results; `queue_length` files waiting for that get code 15.
    - `call_seconds`: by how much every answer is slow.
    - `decision_seconds` from verification to an automatic decision; None: as the whole simulator is set.
    - `maintenance_upload`, `maintenance_download`: codes 901 and 902; `may_report`: otherwise code 19.
    - `refuse_calls_with`: a call-level code answered to every call but status queries; None: none.
    - `addresses`: IP networks that may call (others get code 12); empty: all.
    - `provider_parameter`: ispID or ispId, as its WSDL spells it.
    - `hash_encoding`, `encrypt`: None: as the account of the demonstration has them.
    - `extension`: whether downloads carry the elements of our extension beside SMS verifications.
    """

    hours: str = ""
    processing_seconds: float = 0.0
    queue_length: int | None = None
    call_seconds: float = 0.0
    decision_seconds: float | None = None
    maintenance_upload: bool = False
    maintenance_download: bool = False
    may_report: bool = True
    refuse_calls_with: int | None = None
    addresses: tuple[str, ...] = ()
    provider_parameter: str = "ispID"
    hash_encoding: str | None = None
    encrypt: bool | None = None
    extension: bool = True

    def is_open(self, at: datetime) -> bool:
        """Whether calls are served at this instant."""
        if not self.hours:
            return True
        start, end = (time.fromisoformat(part) for part in self.hours.split("-"))
        now = at.astimezone(SHANGHAI).time()
        return start <= now < end if start < end else now >= start or now < end

    def admits(self, address: str) -> bool:
        """Whether a caller's IP address is registered."""
        if not self.addresses:
            return True
        try:
            return any(ip_network(address) .subnet_of(ip_network(known)) for known in self.addresses)  # type: ignore[arg-type]
        except (ValueError, TypeError):
            return False


CHOICES: Mapping[str, tuple[str, ...]] = {
    **province_rules.CHOICES,
    "provider_parameter": ("ispID", "ispId"),
    "hash_encoding": ("raw", "hex"),
}
LIMITS: Mapping[str, tuple[float, float]] = {
    "minimum_age": (0, 150),
    "proposal_from": (0, 100_000),
    "open_orders": (0, 100_000),
    "queue_length": (0, 100_000),
    "processing_seconds": (0, YEAR_SECONDS),
    "decision_seconds": (0, YEAR_SECONDS),
    "call_seconds": (0, CALL_SECONDS_MAX),
    "refuse_calls_with": (1, 999),
}
FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Behaviour))
_TYPES = get_type_hints(Behaviour)


def changed(behaviour: Behaviour, changes: Mapping[str, Any]) -> Behaviour:
    """The behaviour with some settings replaced by JSON values. Raises SimulatorError."""
    return replace(behaviour, **{name: _value(name, value) for name, value in changes.items()})


def usual(province: str) -> Behaviour:
    """The behaviour that the two tables give a province."""
    return _table()[province]


def read(name: str, text: str) -> Any:
    """A setting written as text, as in the table, a form or on the command line. Raises SimulatorError."""
    text = text.strip()
    if name not in _TYPES:
        raise _bad(f"没有设置项 {name}", f"there is no setting {name}")
    kind = str(_TYPES[name])
    if "tuple" in kind:
        return [part for part in re.split(r"[\s,]+", text) if part]
    if text == "" and ("None" in kind or name == "hours"):
        return None if "None" in kind else ""
    if "bool" in kind:
        if text.lower() not in ("yes", "no", "true", "false"):
            raise _bad(f"{name} 应为 yes 或 no", f"{name} is yes or no")
        return text.lower() in ("yes", "true")
    if "int" in kind or "float" in kind:
        try:
            return int(text) if "int" in kind else float(text)
        except ValueError:
            raise _bad(f"{name} 应为数字", f"{name} is a number") from None
    return text


def _value(name: str, value: Any) -> Any:
    if name not in _TYPES:
        raise _bad(f"没有设置项 {str(name)[:40]}", f"there is no setting {str(name)[:40]}")
    kind = str(_TYPES[name])
    if value is None and "None" in kind:
        return None
    if "tuple" in kind:
        return _networks(name, value)
    if "bool" in kind:
        fits: bool = isinstance(value, bool)
    elif "int" in kind or "float" in kind:
        whole = "float" not in kind
        fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        least, most = LIMITS[name]
        if fits and not least <= value <= most:
            raise _bad(f"{name} 应在 {least:g} 至 {most:g} 之间", f"{name} is {least:g} to {most:g}")
    else:
        fits = isinstance(value, str)
        if fits and name in CHOICES and value not in CHOICES[name]:
            said = " / ".join(CHOICES[name])
            raise _bad(f"{name} 应为 {said}", f"{name} is {said}")
        if fits and name == "hours" and value and not _HOURS.fullmatch(value):
            raise _bad("hours 形如 08:00-20:00", "hours look like 08:00-20:00")
    if not fits:
        raise _bad(f"{name} 的类型不对", f"{name} has the wrong type")
    return value


def _bad(zh: str, en: str) -> SimulatorError:
    return SimulatorError("bad_province_setting", zh, en)


def _networks(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise _bad(f"{name} 应为地址列表", f"{name} is a list of addresses")
    try:
        return tuple(str(ip_network(part)) for part in value)
    except ValueError:
        raise _bad(f"{name} 中有无效的地址", f"{name} holds something that is no address") from None


@cache
def _table() -> Mapping[str, Behaviour]:
    systems = {row.pop("code"): row for row in csv_rows(__file__, "provinces.csv")}
    rules = province_rules.province_rules()
    if unknown := systems.keys() - rules.keys():
        raise ValueError(f"provinces.csv has rows of no province: {sorted(unknown)}")
    return MappingProxyType({
        code: changed(
            Behaviour(**vars(own)),
            {name: read(name, text) for name, text in systems.get(code, {}).items() if text},
        )
        for code, own in rules.items()
    })
