"""What every verb of the administration uses: the queue of writers, settings, counters, the outgoing tray."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings as django_settings

from openbeian import vault
from openbeian.regime import code_tables
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.filing_number import FILING, FilingNumber, FilingNumberError, canonical
from openbeian.simulator import faults, files, provinces
from openbeian.simulator.faults import Fault, Faults
from openbeian.simulator.models import Operation, Outgoing, Province, Record, Serial, Settings, State
from openbeian.v3.wire import demonstration
from openbeian.v3.wire.packing import PackingSettings

Read = TypeVar("Read")

SOMEBODY_ELSES_KEY = 9_000_000_000_000_000
"""Keys that no platform has given out; a file of the fault `others_orders` speaks of them."""


_met: ContextVar[dict[str, Any] | None] = ContextVar("simulator_settings_met", default=None)


@contextmanager
def one_call() -> Iterator[None]:
    """Within it settings are read once, and once more under the lock, see :func:`queue_up`."""
    token = _met.set({})
    try:
        yield
    finally:
        _met.reset(token)


def _once(name: str, read: Callable[[], Read]) -> Read:
    met = _met.get()
    if met is None:
        return read()
    if name not in met:
        met[name] = read()
    return met[name]


def current_settings() -> Settings:
    """The settings row, made from `settings.OPENBEIAN_SIMULATOR` on first use."""
    return _once("settings", _settings)


def _settings() -> Settings:
    configured = getattr(django_settings, "OPENBEIAN_SIMULATOR", {})
    names = ("automatic_decision_after", "faults", "script")
    return Settings.objects.get_or_create(
        pk=1, defaults={name: configured[name] for name in names if name in configured}
    )[0]


def current_faults() -> Faults:
    """What goes wrong at present."""
    return faults.read_faults(current_settings().faults)


def queue_up() -> Settings:
    """Take the lock that lets one writer through at a time; the settings row.

    What the call has read before is read again: while it waited, another one may have changed it.
    """
    locked = Settings.objects.select_for_update().filter(pk=1).first()
    if locked is None:
        _settings()
        locked = Settings.objects.select_for_update().get(pk=1)
    if (met := _met.get()) is not None:
        met.clear()
        met["settings"] = locked
    return locked


def province_row(code: str) -> Province:
    """The counters of a province, made on first use."""
    return Province.objects.get_or_create(code=code)[0]


def is_off(code: str) -> bool:
    """Whether the province's system is switched off."""
    return _stored(code)[0]


def behaviour(code: str) -> provinces.Behaviour:
    """How a province behaves at present: as usual, with what was changed since."""
    return provinces.changed(provinces.usual(code), _stored(code)[1])


def _stored(code: str) -> tuple[bool, dict[str, Any]]:
    def read() -> tuple[bool, dict[str, Any]]:
        return Province.objects.filter(pk=code).values_list("off", "changes").first() or (False, {})

    return _once(f"province {code}", read)


def account(code: str) -> dict[str, Any]:
    """The account the platform has with a province: derived from the instance's SECRET_KEY."""
    derived = demonstration.credentials(code, django_settings.SECRET_KEY)
    now = behaviour(code)
    for name in ("hash_encoding", "encrypt"):
        if getattr(now, name) is not None:
            derived[name] = getattr(now, name)
    return derived


def coding(code: str, *, encrypt: bool | None = None) -> PackingSettings:
    """How files of a province are packed; `encrypt` as a call says, else as its account has it."""
    settings = demonstration.packing_settings(account(code))
    return settings if encrypt is None else replace(settings, encrypt=encrypt)


def move(record: Record, state: State, at: datetime) -> None:
    """Put a request into a state, with its opinion and what was filed; a request in review gets its due instant."""
    record.state = state
    record.state_since = at
    record.due_at = decision_due(record, at) if state == State.REVIEW else None
    record.save(update_fields=["state", "state_since", "due_at", "opinion", "subject", "service", "access"])


def decision_due(record: Record, since: datetime) -> datetime | None:
    """When a request in review is decided by itself; None: a person decides."""
    if record.plan.get("outcome") in ("accept", "refuse"):
        return since + timedelta(seconds=record.plan.get("delay") or 0)
    wait = behaviour(record.province_id).decision_seconds
    if wait is None:
        wait = current_settings().automatic_decision_after
    return None if wait is None else since + timedelta(seconds=wait)


def send(province_code: str, kind: str, xml: bytes, at: datetime) -> None:
    """Put a file into the outgoing tray of a province, and beside it what the set faults bring."""
    now = current_faults()
    province = province_row(province_code)
    number = province.last_file + 1

    def strikes(fault: Fault) -> bool:
        return now.strikes(fault, province.code, number)

    if strikes(Fault.UNREADABLE):
        put(province, "BAJG", _unreadable(now, province.code, number), at)
    if strikes(Fault.OTHERS_ORDERS):
        key = SOMEBODY_ELSES_KEY + number
        others = files.decision(key=key, operation=Operation.NEW_FILING, approved=True, opinion="", at=at)
        put(province, "BAJG", others, at)
    wait = timedelta(seconds=now.late_seconds)
    put(province, kind, xml, at, available_at=at + wait if strikes(Fault.LATE) else None)
    if strikes(Fault.TWICE):
        put(province, kind, xml, at)


def put(
    province: Province, kind: str, xml: bytes, at: datetime, *, available_at: datetime | None = None
) -> Outgoing:
    """Put one file into the tray, exactly as it is. `province` was read under the lock that the caller holds."""
    province.last_file += 1
    province.save(update_fields=["last_file"])
    return Outgoing.objects.create(
        province=province,
        number=province.last_file,
        file_name=f"{kind}{province.code}{province.last_file:010d}",
        sealed=vault.seal(xml, purpose="simulator.outgoing"),
        created_at=at,
        available_at=available_at,
    )


_UNREADABLE = (
    b'<?xml version="1.0" encoding="GBK"?>\n<DownloadData version="V.3.0"><ICP><BAJG>',
    b'<?xml version="1.0" encoding="GBK"?>\n<DownloadData version="V.3.0"><ICP><QTXX/></ICP></DownloadData>',
    b"\xff\xfe\x00broken",
)


def _unreadable(now: Faults, province: str, number: int) -> bytes:
    return _UNREADABLE[int(now.chance("unreadable kind", province, number) * len(_UNREADABLE))]


def next_number(province: Province, at: datetime) -> FilingNumber:
    """The next subject number of the province; the year is that of the decision, in Chinese time."""
    serial, _ = Serial.objects.get_or_create(province=province, year=at.astimezone(SHANGHAI).year)
    serial.last += 1
    serial.save(update_fields=["last"])
    return FilingNumber(code_tables.provinces()[province.code].short, FILING, f"{serial.year}{serial.last:06d}")


def next_record_id(province: Province) -> int:
    """The next id made by the province (Ztid, Wzid, Jrid)."""
    province.last_record += 1
    province.save(update_fields=["last_record"])
    # Ids made by a province are recognisable, so that they cannot be taken for the platform's own.
    return int(province.code[:2]) * 1_000_000_000 + province.last_record


def filing_password(number: str) -> str:
    """The filing password (备案密码) of a subject or service number: eight digits, derived, known to the clerk."""
    subject = number.split("号")[0] + "号"
    digest = vault.digest(subject, purpose="simulator.filing_password")
    return f"{int.from_bytes(digest[:6]) % 100_000_000:08d}"


def canonical_if_valid(number: str) -> str:
    """A filing number in its canonical form; any other text as it is."""
    try:
        return canonical(number)
    except FilingNumberError:
        return number.strip()


def certificate_digest(kind: str, number: str) -> bytes:
    """By which an organizer's certificate is found again."""
    return vault.digest(f"{kind}:{number.strip().upper()}", purpose="simulator.certificate")


def name_digest(name: str) -> bytes:
    """By which an organizer's name is found again."""
    return vault.digest(name.strip(), purpose="simulator.name")


def mobile_digest(mobile: str) -> bytes:
    """By which a phone is found again."""
    return vault.digest(mobile.strip(), purpose="simulator.mobile")


def last6_digest(last6: str) -> bytes:
    """Of the last six characters of a certificate number."""
    return vault.digest(last6.strip().upper(), purpose="simulator.last6")


def code_digest(code: str) -> bytes:
    """Of the code in an SMS."""
    return vault.digest(code, purpose="simulator.code")
