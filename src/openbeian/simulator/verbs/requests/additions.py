"""First filings, new services and new accesses (XZBA, XZWZ, XZJR)."""

from lxml import etree

from openbeian.simulator.checks import (
    ONE_MINI_PROGRAM,
    Problem,
    check_attachments,
    check_service,
    check_subject,
)
from openbeian.simulator.files import MINI_PROGRAM, xml
from openbeian.simulator.models import OPEN_STATES, Operation, Record, Service, Subject
from openbeian.simulator.verbs.office import certificate_digest
from openbeian.simulator.verbs.requests import registered
from openbeian.simulator.verbs.requests.conflicts import blacklisted, busy, taken
from openbeian.simulator.verbs.requests.request import Refused, Reported, Request, first_text, refuse
from openbeian.v3.wire import mp


def new_filing(reported: Reported) -> Request:
    """A new subject with its mini program. Raises Refused."""
    service, appid = _mini_program(reported)
    subject = reported.subject
    assert subject is not None  # `identify` read its id
    certificate = certificate_digest(subject.findtext("Zj/Zjlx") or "", subject.findtext("Zj/Zjhm") or "")
    refuse([
        *check_subject(subject, reported.province), *check_service(service), *check_attachments(reported.attachments),
        *blacklisted(certificate), *busy(reported, certificate), *_filed_already(certificate), *taken(appid),
    ])  # fmt: skip
    return Request(
        who=reported.who,
        certificate_digest=certificate,
        organizer=subject.findtext("Dwmc") or "",
        service_name=service.findtext("Wzmc") or "",
        appid=appid,
        data={"zt_xx": xml(subject), "wz_xx": xml(service), "remarks": reported.remarks},
        asked=(("subject", subject.find("Fzr")), ("service", service.find("Wz_Fzr"))),
    )


def new_service(reported: Reported) -> Request:
    """A mini program of a registered subject. Raises Refused."""
    reference = reported.subject
    subject = registered.subject_of(reported.record if reference is None else reference, province=reported.province)
    service, appid = _mini_program(reported)
    certificate = bytes(subject.certificate_digest)
    refuse([
        *check_service(service), *check_attachments(reported.attachments),
        *blacklisted(certificate), *busy(reported, certificate), *taken(appid),
    ])  # fmt: skip
    return Request(
        who=reported.who,
        certificate_digest=certificate,
        organizer=subject.element.findtext("Dwmc") or "",
        service_name=service.findtext("Wzmc") or "",
        appid=appid,
        data={"wz_xx": xml(service), "remarks": reported.remarks},
        asked=(("service", service.find("Wz_Fzr")),),
        subject=subject,
    )


def new_access(reported: Reported) -> Request:
    """The platform's access to a registered service. Raises Refused."""
    record = reported.record
    node = record.find("Wz_xx")
    service = registered.service_of(record if node is None else node, province=reported.province)
    told = first_text(record, f"Wz_xx/{MINI_PROGRAM}/{mp('AppId')}", f"{MINI_PROGRAM}/{mp('AppId')}")
    certificate = bytes(service.subject.certificate_digest)
    refuse([
        *check_attachments(reported.attachments), *_appid(service, told), *_accessed_already(service),
        *busy(reported, certificate),
    ])  # fmt: skip
    known = service.element
    return Request(
        who=reported.who,
        certificate_digest=certificate,
        organizer=service.subject.element.findtext("Dwmc") or "",
        service_name=known.findtext("Wzmc") or "",
        appid=told or service.appid,
        data={"wz_xx": xml(known), "remarks": reported.remarks},
        # The registered number is asked, not one that this upload may bring.
        asked=(("service", known.find("Wz_Fzr")),),
        subject=service.subject,
        service=service,
    )


def _mini_program(reported: Reported) -> tuple[etree._Element, str]:
    services = reported.services
    extension = services[0].find(MINI_PROGRAM) if services else None
    if len(services) != 1 or extension is None:
        raise Refused(ONE_MINI_PROGRAM)
    return services[0], extension.findtext(mp("AppId")) or ""


def _filed_already(certificate: bytes) -> list[Problem]:
    filed = Subject.objects.filter(certificate_digest=certificate, cancelled_at=None).exists()
    return [(1003, "该主办者已有主体备案，不能再次首次备案")] if filed else []


def _appid(service: Service, told: str) -> list[Problem]:
    if service.appid and told and told != service.appid:
        return [(1016, "AppId 与该服务的备案记录不一致")]
    return taken(told) if told and not service.appid else []


def _accessed_already(service: Service) -> list[Problem]:
    problems: list[Problem] = []
    if registered.is_accessed_by_us(service):
        problems.append((1038, "该服务已由贵单位接入"))
    if Record.objects.filter(service=service, operation=Operation.NEW_ACCESS, state__in=OPEN_STATES).exists():
        problems.append((1029, "该服务已申请接入，正在办理中"))
    return problems
