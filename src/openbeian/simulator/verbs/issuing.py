"""Files the clerk sends of his own accord: lists, tasks, notices, code tables, full synchronisation."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any

from django.db import transaction

from openbeian.ledger import clock
from openbeian.regime import code_tables
from openbeian.simulator.files import download, icp
from openbeian.simulator.models import Access, Blacklisted, Province
from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.verbs.office import certificate_digest, province_row, put, queue_up
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
    subjects = [_listed_subject(number, entry, now) for number, entry in enumerate(given or (), start=1)]
    sites = content.get("services", ())
    services = [_listed_service(number, entry) for number, entry in enumerate(sites, start=1)]
    yield icp("HMDLB", {"Zthmdxxs": subjects, "Wzhmdxxs": services})


def _listed_subject(number: int, entry: dict[str, Any], now: datetime) -> dict[str, Any]:
    """An entry of the subject blacklist, which is followed from now on; Czlx 0 add, 1 change, 2 delete."""
    kind, operation = int(entry.get("certificate_type", 1)), int(entry.get("operation", 0))
    digest = certificate_digest(str(kind), entry["certificate_number"])
    if operation == 2:
        Blacklisted.objects.filter(certificate_digest=digest).delete()
    else:
        Blacklisted.objects.get_or_create(certificate_digest=digest, defaults={"since": now})
    subject = {
        "Dwmc": str(entry["name"]), "Dwxz": code_tables.certificate_types()[kind].subject_type,
        "Zj": {"Zjlx": kind, "Zjhm": entry["certificate_number"]},
    }  # fmt: skip
    return {"Id": number, "Zt_xx": subject, "Czlx": operation}


def _listed_service(number: int, entry: dict[str, Any]) -> dict[str, Any]:
    service: dict[str, Any] = {"Wzmc": str(entry["name"])}
    if domain := entry.get("domain"):
        service |= {"Ym_xx": {"Ym": domain}, "Syurl": f"www.{domain}"}
    return {"Id": number, "Wz_xx": service, "Czlx": int(entry.get("operation", 0))}


def _illegal_access(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    yield icp("FFJRHMD", {"Ffjrxx": [
        {"Id": number, "Ym": domain, "Ip": ip, "Zjjrz": "示例接入商", "Szs": province.code, "Dqjcsj": now}
        for number, domain, ip in _sites(content)
    ]})  # fmt: skip


def _unfiled_sites(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    yield icp("WBAWZLB", {"Wbawz_xx": [
        {
            "Id": number, "Wzym_mc": domain, "Yylb": {"Yylb_id": 1}, "IP": int(IPv4Address(ip)),
            "Dqjcsj": now, "Jccs": 1, "Sssh": province.code, "Scjcsj": now, "Jrs": "示例接入商", "Yys": "示例运营商",
        }
        for number, domain, ip in _sites(content)
    ]})  # fmt: skip


def _sites(content: dict[str, Any]) -> Iterator[tuple[int, str, str]]:
    given = content.get("sites") or [{"domain": "unfiled.example.com", "ip": "192.0.2.1"}]
    for number, entry in enumerate(given, start=1):
        yield number, str(entry["domain"]), str(entry["ip"])


def _tasks(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    yield icp("HSRW", _on_file(_chosen(province, content)[:RECORDS_MAX]))


def _check_results(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    """Results of accesses: 1 over-reported, 2 under-reported; of shells and whether services are alive: 0 alive,
    1 dead.
    """
    kind, result = str(content.get("kind", "alive")), int(content.get("result", 0))
    if kind not in _CHECKS or result not in ((1, 2) if kind == "accesses" else (0, 1)):
        raise ValueError
    yield icp("HCJG", {"Jgxx": {_CHECKS[kind]: [
        {
            "Wzid": access.service_id, "Wz_Baxh": access.service.number, "Hcjg": result, "Hcsj": now,
            "Jrid": access.pk if kind == "accesses" else None,
        }
        for access in _chosen(province, content)[:RECORDS_MAX]
    ]}})  # fmt: skip


_CHECKS = {"accesses": "Jrhc", "shells": "Kkwzhc", "alive": "Wzch"}


def _notices(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    """Tzlb 0: a subject is to be rectified, 1: a service is."""
    wanted = content.get("number")
    for access in _accesses(province):
        service = access.service
        if wanted == service.subject.number:
            concerned = {"Tzlb": 0, "Baxh": service.subject.number, "Jlid": service.subject_id}
        elif wanted in (None, service.number):
            concerned = {"Tzlb": 1, "Baxh": service.number, "Jlid": service.pk}
        else:
            continue
        text = str(content.get("text") or "请核实并更新备案信息")
        return [icp("XGTZ", {"Tzxx": {**concerned, "Tznr": text}})]
    raise _nothing_on_file()


def _code_tables(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    """The base codes as this administration has them; rows of `changes` replace or add by Id."""
    changes = content.get("changes", {})
    tables = _base_codes()
    if not changes.keys() <= tables.keys():
        raise ValueError
    for table, changed in changes.items():
        for row in changed:
            code = int(row["Id"])
            tables[table][code] = {**tables[table].get(code, {"Sfyx": 1}), **row}
    yield download({"JCDM": {"Jcdm_xx": {table: list(rows.values()) for table, rows in tables.items()}}})


def _base_codes() -> dict[str, dict[int, dict[str, Any]]]:
    """The groups that are reported, by Id; those without a public content are left out."""
    groups = {
        "Dwxz": [_code(row) for row in code_tables.subject_types().values()],
        "Qy": [_code(row, Lx=row.level) for row in code_tables.districts().values()],
        "Gj_dm": [
            _code(row, Mc=row.authority, Shengid=row.code, Shengjc=row.short)
            for row in code_tables.provinces().values()
        ],
        "Zjlx": [_code(row, Dwflid=row.subject_type) for row in code_tables.certificate_types().values()],
        "Wzjylx": [
            _code(row, Ysid=row.bit, Sfqzsp=int(not row.stands_alone))
            for row in code_tables.prior_approvals().values()
        ],
        "Wzfwlx": [_code(row, Ysid=row.code) for row in code_tables.service_contents().values()],
        "Zxly": [_code(row, Nr=row.name) for row in code_tables.cancel_reasons().values()],
        "Fjwjgs": [_code(row) for row in code_tables.wire_codes("attachment_format").values()],
        "Fjytlx": [_code(row) for row in code_tables.wire_codes("attachment_purpose").values()],
        "Yylb": [_code(row) for row in code_tables.wire_codes("language").values()],
    }
    return {group: {row["Id"]: row for row in rows} for group, rows in groups.items()}


def _code(row: Any, **more: Any) -> dict[str, Any]:
    return {"Id": int(row.code), "Mc": row.name, "Sfyx": 1, **more}


def _synchronisation(province: Province, content: dict[str, Any], now: datetime) -> Iterable[bytes]:
    accesses = sorted(_accesses(province), key=lambda access: access.service_id)
    for start in range(0, max(len(accesses), 1), RECORDS_MAX):
        yield download({"SJTB": {"ICP": {"BASJ": _on_file(accesses[start : start + RECORDS_MAX])}}})


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
        raise _nothing_on_file()
    return accesses


def _nothing_on_file() -> SimulatorError:
    return SimulatorError("nothing_on_file", "没有通过贵单位备案的记录", "Nothing of the platform's is on file there")


def _on_file(accesses: Iterable[Access]) -> dict[str, Any]:
    return {"Baxx": [
        on_file(
            access.service, access=access, isp_subject=not access.service.subject.provider, isp_service=True,
            enterprise_access_id=access.enterprise_id,
        )
        for access in accesses
    ]}  # fmt: skip


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
