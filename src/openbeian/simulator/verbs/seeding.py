"""Records that were filed through another provider, put on file so that new access and new service can be walked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from lxml import etree
from stdnum.cn import ric

from openbeian.ledger import clock
from openbeian.regime.code_tables import certificate_types, districts, third_level
from openbeian.regime.filing_number import ServiceKind
from openbeian.simulator.checks import check_subject
from openbeian.simulator.files import MINI_PROGRAM, add
from openbeian.simulator.models import Record, Service, Subject
from openbeian.simulator.verbs.office import (
    SimulatorError,
    certificate_digest,
    filing_password,
    queue_up,
)
from openbeian.simulator.verbs.outcomes import add_service, add_subject
from openbeian.simulator.verbs.requests.elements import xml
from openbeian.simulator.verbs.settings import known
from openbeian.simulator.verbs.time import settle
from openbeian.v3.wire import EXTENSION, EXTENSION_PREFIX

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
def seed_record(seed: Seed) -> dict[str, Any]:
    """Put a subject and its services on file as filed through another provider; nothing is sent to the platform.

    Returns Ztid, subject_number, password and for each service Wzid, service_number, Jrid. Raises SimulatorError:
    unknown_province, bad_seed, on_file.
    """
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
    subject = add_subject(
        province_code=seed.province, zt_xx=xml(zt_xx), certificate=certificate, provider=seed.provider, at=now
    )
    services = []
    for service in seed.services:
        row, access = add_service(
            subject, wz_xx=xml(_service(seed, service)), appid=service.appid, kind=KINDS[service.kind],
            provider=seed.provider, enterprise_id=None, at=now,
        )  # fmt: skip
        assert access is not None
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
    node = etree.Element("Zt_xx")
    add(node, "Dwmc", seed.organizer.strip())
    add(node, "Dwxz", kind.subject_type)
    address = etree.SubElement(node, "Txdz")
    add(address, "Shengid", seed.province)
    add(address, "Shiid", city.code)
    add(address, "Xianid", third_level(city.code)[0].code)
    add(address, "Xxdz", "示例路1号")
    certificate = etree.SubElement(node, "Zj")
    add(certificate, "Zjlx", seed.certificate_type)
    add(certificate, "Zjhm", seed.certificate_number.strip())
    add(certificate, "Zjzs", f"{city.name}示例路1号")
    _person(etree.SubElement(node, "Fzr"), seed)
    add(node, "Bbfs", 1)
    extension = _extension(node, "Subject")
    _validity(extension, (("PrincipalValidFrom", "20200101"), ("PrincipalValidUntil", "长期")), seed)
    return node


def _service(seed: Seed, service: SeededService) -> etree._Element:
    node = etree.Element("Wz_xx")
    add(node, "Wzmc", service.name.strip())
    add(etree.SubElement(etree.SubElement(node, "Nrlx"), "Nrlx_xx"), "Nrlx_id", 24)
    add(etree.SubElement(node, "Fwnr"), "Fwnr_id", 163)
    add(etree.SubElement(node, "Yylb"), "Yylb_id", 1)
    if service.kind == "mini_program":
        extension = _extension(node, "MiniProgram")
        assert extension.tag == MINI_PROGRAM
        known_by = (("AppId", service.appid),) if service.appid else ()
        validity = (("PrincipalValidFrom", "20200101"), ("PrincipalValidUntil", "长期"))
        _validity(extension, (*known_by, ("ServiceType", "7"), ("FaceCheck", "elsewhere"), *validity), seed)
    _person(etree.SubElement(node, "Wz_Fzr"), seed)
    return node


def _person(node: etree._Element, seed: Seed) -> None:
    first17 = f"{seed.province[:2]}010119900101001"
    add(node, "Fzr_xm", seed.principal)
    add(node, "Fzr_sjhm", seed.mobile)
    add(node, "Fzr_dzyj", "principal@example.com")
    add(node, "Fzr_zjlx", 2)
    add(node, "Fzr_zjhm", seed.principal_certificate or first17 + ric.calc_check_digit(first17 + "0"))


def _extension(node: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(node, f"{{{EXTENSION}}}{name}", nsmap={EXTENSION_PREFIX: EXTENSION}, version="1")


def _validity(extension: etree._Element, texts: Iterable[tuple[str, str]], seed: Seed) -> None:
    for name, text in (*texts, ("PrincipalEmergencyNumber", "13900000091")):
        add(extension, f"{{{EXTENSION}}}{name}", text)


def read_seed(value: dict[str, Any]) -> Seed:
    """A seed from JSON: the fields of `Seed`, `services` a list of objects. Raises SimulatorError bad_seed."""
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
