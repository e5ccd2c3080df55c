"""Records that were filed through another provider, put on file so that new access and new service can be walked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from lxml import etree
from stdnum.cn import ric

from openbeian.ledger import clock
from openbeian.regime.code_tables import certificate_types, districts, third_level
from openbeian.regime.filing_number import ServiceKind
from openbeian.simulator.checks import check_subject
from openbeian.simulator.files import MINI_PROGRAM, element
from openbeian.simulator.models import Record, Service, Subject
from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.verbs.office import (
    certificate_digest,
    filing_password,
    queue_up,
)
from openbeian.simulator.verbs.outcomes import add_service, add_subject
from openbeian.simulator.verbs.settings import known
from openbeian.simulator.verbs.time import settle
from openbeian.v3.wire import mp

OTHER_PROVIDER = "其他接入服务提供者"
KINDS = {kind.name.lower(): kind for kind in ServiceKind}
SERVICES_MAX = 100


@dataclass(frozen=True)
class SeededService:
    """A service to put on file: its name, kind (website, app, mini_program, quick_app) and, if known, appid."""

    name: str
    kind: str = "mini_program"
    appid: str = ""


@dataclass(frozen=True)
class Seed:
    """A subject to put on file. Only province, organizer and certificate number have no default; no services make an
    empty shell (空壳主体). `mobile` and `principal_certificate` are of the one person who answers for all.
    """

    province: str
    organizer: str
    certificate_number: str = field(repr=False)
    certificate_type: int = 1
    mobile: str = field(default="13900000090", repr=False)
    principal: str = field(default="示例负责人", repr=False)
    principal_certificate: str = field(default="", repr=False)
    provider: str = OTHER_PROVIDER
    services: Sequence[SeededService] = ()


@transaction.atomic
def seed_record(value: dict[str, Any]) -> dict[str, Any]:
    """Put a subject and its services on file as filed through another provider; nothing is sent to the platform.

    `value`: the fields of `Seed`, `services` a list of objects with those of `SeededService`.
    Returns Ztid, subject_number, password and for each service Wzid, service_number, Jrid. Raises SimulatorError:
    unknown_province, bad_seed, on_file.
    """
    seed = _read(value)
    known(seed.province)
    settle()
    queue_up()
    now = clock.now()
    if not seed.organizer.strip() or not seed.provider.strip() or len(seed.services) > SERVICES_MAX:
        raise SimulatorError("bad_seed", "主办者名称和接入服务提供者不能为空", "organizer and provider are needed")
    for service in seed.services:
        if service.kind not in KINDS or not service.name.strip():
            said = ", ".join(KINDS)
            raise SimulatorError("bad_seed", f"服务须有名称，种类为 {said}", f"a service has a name and a kind: {said}")
        if service.appid and Service.objects.filter(appid=service.appid, cancelled_at=None).exists():
            raise SimulatorError("on_file", "该小程序已备案", "This mini program is on file already")
    zt_xx = _subject(seed)
    if problems := check_subject(zt_xx, seed.province):
        zh = "；".join(f"{code} {text}" for code, text in problems)
        raise SimulatorError("bad_seed", zh, f"The subject would not be accepted: {[code for code, _ in problems]}")
    certificate = certificate_digest(str(seed.certificate_type), seed.certificate_number)
    if Subject.objects.filter(certificate_digest=certificate, cancelled_at=None).exists() or Record.objects.filter(
        certificate_digest=certificate, state__in=("sms", "review")
    ).exists():
        raise SimulatorError("on_file", "该证件已有主体备案或在办申请", "This certificate is on file or being filed already")
    subject = add_subject(seed.province, zt_xx, certificate=certificate, provider=seed.provider, at=now)
    services = []
    for service in seed.services:
        row, access = add_service(
            subject, _service(seed, service), appid=service.appid, kind=KINDS[service.kind],
            provider=seed.provider, enterprise_id=None, at=now,
        )  # fmt: skip
        services.append({"Wzid": row.pk, "service_number": row.number, "Jrid": access.pk, "appid": row.appid})
    return {
        "province": seed.province,
        "Ztid": subject.pk,
        "subject_number": subject.number,
        "password": filing_password(subject.number),
        "services": services,
    }


def _subject(seed: Seed) -> etree._Element:
    kind = certificate_types().get(seed.certificate_type)
    if kind is None:
        raise SimulatorError("bad_seed", "证件类型不在代码表中", "There is no such certificate type")
    city = next(d for d in districts().values() if d.parent == seed.province)
    return element("Zt_xx", {
        "Dwmc": seed.organizer.strip(),
        "Dwxz": kind.subject_type,
        "Txdz": {
            "Shengid": seed.province, "Shiid": city.code, "Xianid": third_level(city.code)[0].code,
            "Xxdz": "示例路1号",
        },
        "Zj": {
            "Zjlx": seed.certificate_type, "Zjhm": seed.certificate_number.strip(),
            "Zjzs": f"{city.name}示例路1号",
        },
        "Fzr": _person(seed),
        "Bbfs": 1,
        mp("Subject"): _VALIDITY,
    })  # fmt: skip


def _service(seed: Seed, service: SeededService) -> etree._Element:
    program = {
        mp("AppId"): service.appid or None, mp("ServiceType"): 7, mp("FaceCheck"): "elsewhere", **_VALIDITY,
    }  # fmt: skip
    return element("Wz_xx", {
        "Wzmc": service.name.strip(),
        "Nrlx": {"Nrlx_xx": {"Nrlx_id": 24}},
        "Fwnr": {"Fwnr_id": 163},
        "Yylb": {"Yylb_id": 1},
        MINI_PROGRAM: program if service.kind == "mini_program" else None,
        "Wz_Fzr": _person(seed),
    })  # fmt: skip


def _person(seed: Seed) -> dict[str, Any]:
    first17 = f"{seed.province[:2]}010119900101001"
    return {
        "Fzr_xm": seed.principal,
        "Fzr_sjhm": seed.mobile,
        "Fzr_dzyj": "principal@example.com",
        "Fzr_zjlx": 2,
        "Fzr_zjhm": seed.principal_certificate or first17 + ric.calc_check_digit(first17 + "0"),
    }


_VALIDITY = {
    mp("PrincipalValidFrom"): "20200101", mp("PrincipalValidUntil"): "长期",
    mp("PrincipalEmergencyNumber"): "13900000091",
}  # fmt: skip


def _read(value: dict[str, Any]) -> Seed:
    services = value.get("services", [])
    if not isinstance(services, list) or not all(isinstance(entry, dict) for entry in services):
        raise SimulatorError("bad_seed", "services 应为对象列表", "services are a list of objects")
    for entry in ({k: v for k, v in value.items() if k != "services"}, *services):
        for name, text in entry.items():
            number = name == "certificate_type"
            if isinstance(text, bool) or not isinstance(text, int if number else str):
                raise SimulatorError("bad_seed", f"{str(name)[:40]} 的类型不对", f"{str(name)[:40]} has the wrong type")
    try:
        return Seed(**{**value, "services": tuple(SeededService(**entry) for entry in services)})
    except TypeError:
        raise SimulatorError("bad_seed", "缺少字段或字段多余", "A field is missing or unknown") from None
