"""By what a record of an upload is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from openbeian.simulator.checks import MINI_PROGRAM
from openbeian.simulator.models import Operation
from openbeian.simulator.verbs.requests.elements import first_text, mp, number

RECORDS: Mapping[str, str] = {"XZBA": "Baxx", "XZWZ": "Xzxx", "XZJR": "Xzxx", "BGBA": "Bgxx", "ZXBA": "Zx_xx"}
"""Operations that open requests, and the element of one record."""

_CANCELLATIONS = {"0": Operation.CANCEL_SUBJECT, "1": Operation.CANCEL_SERVICE, "2": Operation.CANCEL_ACCESS}


@dataclass(frozen=True)
class Identity:
    """By which a record of an upload is answered, readable even where the rest is not.

    `enterprise_id` is the platform's own id, where the record carries one.
    """

    operation: Operation
    key: int
    bs: str | None
    enterprise_id: int | None = None


def identify(name: str, record: etree._Element) -> Identity | None:
    """Who is answered about this record of the operation `name`; None for what cannot even be named."""
    if name == "XZBA":
        return _by_key(Operation.NEW_FILING, record.findtext("Zt_xx/IspZtid"), ours=True)
    if name == "XZWZ":
        return _new_service(record)
    if name == "XZJR":
        access = first_text(record, "IspJrid", "Wz_xx/IspJrid", f"Wz_xx/{MINI_PROGRAM}/{mp('EnterpriseAccessId')}")
        return _by_key(Operation.NEW_ACCESS, access, ours=True)
    if name == "BGBA":
        return _by_key(Operation.CHANGE, record.findtext("Zt_xx/Ztid"))
    operation = _CANCELLATIONS.get((record.findtext("Zxlb") or "").strip())
    return _by_key(operation, record.findtext("Jlid")) if operation else None


def _new_service(record: etree._Element) -> Identity | None:
    key = number(record.findtext("Wz_xx/IspWzid"))
    if not key:
        return None
    subject = first_text(record, "Zt_xx/Ztbah", "Zt_xx/Baxh", "Zt_xx/Ztid", "Ztbah", "Ztid")
    return Identity(Operation.NEW_SERVICE, key, subject[:128] or None, key)


def _by_key(operation: Operation, text: str | None, *, ours: bool = False) -> Identity | None:
    key = number(text)
    return None if key is None else Identity(operation, key, str(key), key if ours else None)
