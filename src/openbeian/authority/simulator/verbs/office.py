"""What every verb of the administration uses: the queue of writers, settings, counters, the outgoing tray."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings as django_settings

from openbeian import vault
from openbeian.authority.simulator.models import Outgoing, Province, Record, Serial, Settings, State
from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.code_tables import provinces
from openbeian.regime.filing_number import FILING, FilingNumber


class SimulatorError(Exception):
    """A command the administration cannot carry out; `code` is stable, `zh` and `en` say why."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en


def current_settings() -> Settings:
    """The settings row, made from `settings.OPENBEIAN_SIMULATOR` on first use."""
    configured = getattr(django_settings, "OPENBEIAN_SIMULATOR", {})
    return Settings.objects.get_or_create(
        pk=1, defaults={"automatic_decision_after": configured.get("automatic_decision_after")}
    )[0]


def queue_up() -> Settings:
    """Take the lock that lets one writer through at a time; the settings row."""
    current_settings()
    return Settings.objects.select_for_update().get(pk=1)


def province_row(code: str) -> Province:
    """The counters of a province, made on first use."""
    return Province.objects.get_or_create(code=code)[0]


def move(record: Record, state: State, at: datetime) -> None:
    """Put a request into a state, with its opinion and service."""
    record.state = state
    record.state_since = at
    record.save(update_fields=["state", "state_since", "opinion", "service"])


def send(province: Province, kind: str, xml: bytes, at: datetime) -> None:
    """Put a file into the outgoing tray of a province."""
    province = province_row(province.code)
    province.last_file += 1
    province.save(update_fields=["last_file"])
    Outgoing.objects.create(
        province=province,
        number=province.last_file,
        file_name=f"{kind}{province.code}{province.last_file:010d}",
        sealed=vault.seal(xml, purpose="simulator.outgoing"),
        created_at=at,
    )


def next_number(province: Province, at: datetime) -> FilingNumber:
    """The next subject number of the province; the year is that of the decision, in Chinese time."""
    serial, _ = Serial.objects.get_or_create(province=province, year=at.astimezone(SHANGHAI).year)
    serial.last += 1
    serial.save(update_fields=["last"])
    return FilingNumber(provinces()[province.code].short, FILING, f"{serial.year}{serial.last:06d}")


def next_record_id(province: Province) -> int:
    """The next id made by the province (Ztid, Wzid)."""
    province.last_record += 1
    province.save(update_fields=["last_record"])
    # Ids made by a province are recognisable, so that they cannot be taken for the platform's own.
    return int(province.code[:2]) * 1_000_000_000 + province.last_record


def certificate_digest(kind: str, number: str) -> bytes:
    """By which an organizer's certificate is found again."""
    return vault.digest(f"{kind}:{number.strip().upper()}", purpose="simulator.certificate")


def mobile_digest(mobile: str) -> bytes:
    """By which a phone is found again."""
    return vault.digest(mobile.strip(), purpose="simulator.mobile")


def last6_digest(last6: str) -> bytes:
    """Of the last six characters of a certificate number."""
    return vault.digest(last6.strip().upper(), purpose="simulator.last6")


def code_digest(code: str) -> bytes:
    """Of the code in an SMS."""
    return vault.digest(code, purpose="simulator.code")
