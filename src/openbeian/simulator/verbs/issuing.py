"""Files the clerk sends of his own accord: lists, tasks, notices, code tables, full synchronisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from openbeian.ledger import clock
from openbeian.regime.code_tables import certificate_types
from openbeian.simulator import issued
from openbeian.simulator.files import OnFile
from openbeian.simulator.issued import (
    TABLES,
    Checked,
    CheckedSite,
    ListedService,
    ListedSubject,
    Notice,
    Site,
)
from openbeian.simulator.models import Access, Blacklisted, Province, Service
from openbeian.simulator.verbs.office import (
    SimulatorError,
    certificate_digest,
    province_row,
    put,
    queue_up,
)
from openbeian.simulator.verbs.outcomes import on_file
from openbeian.simulator.verbs.settings import known
from openbeian.simulator.verbs.time import settle

RECORDS_MAX = 1000
"""Records in one file (V3.0)."""


@transaction.atomic
def issue(*, block: str, province: str, content: Mapping[str, Any] | None = None) -> str:
    """Queue a file for the platform; its name. What `content` leaves out is made up plausibly.

    | block | content |
    |---|---|
    | HMDLB | `subjects`: [{name, certificate_type, certificate_number, operation}], `services`: [{name, domain, operation}] |
    | FFJRHMD, WBAWZLB | `sites`: [{domain, ip}] |
    | HSRW | `services`: [Wzid or number]; else all on file, at most 1,000 |
    | HCJG | `services`: [Wzid or number], `kind`: alive, shells, accesses, `result`: 0 or 1, of accesses 1 or 2 |
    | XGTZ | `text`, `number` (of a subject or service), else the newest service on file |
    | JCDM | `changes`: {table: [{Id, Mc, Sfyx …}]} |
    | SJTB | – ; several files above 1,000 records, the name of the first |

    Raises SimulatorError: unknown_province, unknown_block, bad_content, nothing_on_file.
    """
    known(province)
    if block not in BLOCKS:
        raise SimulatorError("unknown_block", f"没有 {block[:20]}", f"block is one of {', '.join(BLOCKS)}")
    settle()
    queue_up()
    row, now = province_row(province), clock.now()
    try:
        return [put(row, block, xml, now).file_name for xml in BLOCKS[block](row, dict(content or {}), now)][0]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SimulatorError("bad_content", "内容不符合该数据块", "The content does not fit this block") from None


def _blacklists(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    given = content.get("subjects")
    if given is None and "services" not in content:
        given = [{"name": "示例失信有限公司", "certificate_type": 1, "certificate_number": "91110105MA99999901"}]
    subjects = []
    for number, entry in enumerate(given or (), start=1):
        kind, operation = int(entry.get("certificate_type", 1)), int(entry.get("operation", 0))
        digest = certificate_digest(str(kind), entry["certificate_number"])
        if operation == 2:
            Blacklisted.objects.filter(certificate_digest=digest).delete()
        else:
            Blacklisted.objects.get_or_create(certificate_digest=digest, defaults={"since": now})
        nature = certificate_types()[kind].subject_type
        subjects.append(ListedSubject(number, operation, str(entry["name"]), nature, kind, entry["certificate_number"]))
    services = [
        ListedService(number, int(entry.get("operation", 0)), str(entry["name"]), str(entry.get("domain", "")))
        for number, entry in enumerate(content.get("services", ()), start=1)
    ]
    yield issued.blacklists(subjects, services)


def _illegal_access(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    yield issued.illegal_access(_sites(province, content), now)


def _unfiled_sites(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    yield issued.unfiled_sites(_sites(province, content), now)


def _sites(province: Province, content: dict[str, Any]) -> list[Site]:
    given = content.get("sites") or [{"domain": "unfiled.example.com", "ip": "192.0.2.1"}]
    return [
        Site(number, str(entry["domain"]), str(entry["ip"]), province.code)
        for number, entry in enumerate(given, start=1)
    ]


def _tasks(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    accesses = _chosen(province, content)[:RECORDS_MAX]
    yield issued.verification_tasks(_told(access) for access in accesses)


def _check_results(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    kind, result = str(content.get("kind", "alive")), int(content.get("result", 0))
    if kind not in ("accesses", "shells", "alive") or result not in ((1, 2) if kind == "accesses" else (0, 1)):
        raise ValueError
    sites = tuple(
        CheckedSite(a.service_id, a.service.number, result, a.pk if kind == "accesses" else None)
        for a in _chosen(province, content)[:RECORDS_MAX]
    )
    yield issued.check_results(Checked(**{kind: sites}), now)


def _notices(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    text = str(content.get("text") or "请核实并更新备案信息")
    wanted = content.get("number")
    accesses = _accesses(province)
    for access in accesses:
        service = access.service
        if wanted == service.subject.number:
            yield issued.notices([Notice(0, service.subject.number, service.subject_id, text)])
            return
        if wanted in (None, service.number):
            yield issued.notices([Notice(1, service.number, service.pk, text)])
            return
    raise SimulatorError("nothing_on_file", "没有通过贵单位备案的记录", "Nothing of the platform's is on file there")


def _code_tables(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    changes = content.get("changes", {})
    if not changes.keys() <= set(TABLES):
        raise ValueError
    yield issued.code_tables(changes)


def _synchronisation(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    accesses = sorted(_accesses(province), key=lambda access: access.service_id)
    for start in range(0, max(len(accesses), 1), RECORDS_MAX):
        yield issued.synchronisation(_told(access) for access in accesses[start : start + RECORDS_MAX])


def _accesses(province: Province) -> list[Access]:
    """The platform's accesses in force, newest first."""
    found = Access.objects.filter(
        provider="", cancelled_at=None, service__cancelled_at=None, service__subject__province=province
    )
    return list(found.select_related("service__subject").order_by("-pk"))


def _chosen(province: Province, content: dict[str, Any]) -> list[Access]:
    accesses = _accesses(province)
    if (wanted := content.get("services")) is not None:
        accesses = [a for a in accesses if a.service_id in wanted or a.service.number in wanted]
    if not accesses:
        raise SimulatorError("nothing_on_file", "没有通过贵单位备案的记录", "Nothing of the platform's is on file there")
    return accesses


def _told(access: Access) -> OnFile:
    service: Service = access.service
    return on_file(
        service, access=access, isp_subject=not service.subject.provider, isp_service=True,
        enterprise_access_id=access.enterprise_id,
    )  # fmt: skip


BLOCKS: dict[str, Callable[[Province, dict[str, Any], datetime], Iterable[bytes]]] = {
    "HMDLB": _blacklists,
    "FFJRHMD": _illegal_access,
    "WBAWZLB": _unfiled_sites,
    "HSRW": _tasks,
    "HCJG": _check_results,
    "XGTZ": _notices,
    "JCDM": _code_tables,
    "SJTB": _synchronisation,
}
