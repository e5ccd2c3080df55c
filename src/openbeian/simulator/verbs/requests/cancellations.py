"""Cancellations of a subject, a service or an access (ZXBA)."""

from openbeian.simulator.checks import check_reason
from openbeian.simulator.files import xml
from openbeian.simulator.models import Access, Service, Subject
from openbeian.simulator.verbs.office import filing_password
from openbeian.simulator.verbs.requests import registered
from openbeian.simulator.verbs.requests.conflicts import busy
from openbeian.simulator.verbs.requests.request import Asked, Refused, Reported, Request, refuse


def cancel_subject(reported: Reported) -> Request:
    """The end of a subject and all its services. Raises Refused."""
    subject = registered.subject_in_force(Subject.objects.filter(pk=reported.who.key), province=reported.province)
    registered.refuse_unless_ours(subject)
    password = (reported.record.findtext("ICPmm") or "").strip()
    if password and password != filing_password(subject.number):
        raise Refused((1018, "备案密码错误"))
    return _cancellation(reported, subject, asked=(("subject", subject.element.find("Fzr")),))


def cancel_service(reported: Reported) -> Request:
    """The end of a service. Raises Refused."""
    service = registered.service_in_force(Service.objects.filter(pk=reported.who.key), province=reported.province)
    if not registered.is_accessed_by_us(service):
        raise Refused((1048, "该服务不是通过贵单位接入的"))
    asked = (("service", service.element.find("Wz_Fzr")),)
    return _cancellation(reported, service.subject, service=service, asked=asked)


def cancel_access(reported: Reported) -> Request:
    """The end of the platform's own access to a service, which stays. Raises Refused."""
    rows = Access.objects.select_related("service__subject").filter(pk=reported.who.key)
    access = registered.found(rows, "接入")
    if access.service.subject.province_id != reported.province:
        raise Refused((1045, "该服务在其他省备案"))
    if access.provider:
        raise Refused((1047, "只能取消贵单位自己的接入"))
    if access.cancelled_at is not None:
        raise Refused((1016, "该接入已取消"))
    return _cancellation(reported, access.service.subject, service=access.service, access=access)


def _cancellation(
    reported: Reported,
    subject: Subject,
    *,
    service: Service | None = None,
    access: Access | None = None,
    asked: tuple[Asked, ...] = (),
) -> Request:
    certificate = bytes(subject.certificate_digest)
    refuse([*busy(reported, certificate, service=service, access=access), *check_reason(reported.record)])
    data: dict[str, object] = {
        "reason": reported.record.findtext("Zxly"), "remark": reported.record.findtext("Zxlybz") or ""}  # fmt: skip
    name = ""
    if service is not None:
        known = service.element
        data["wz_xx"], name = xml(known), known.findtext("Wzmc") or ""
    return Request(
        who=reported.who,
        certificate_digest=certificate,
        organizer=subject.element.findtext("Dwmc") or "",
        service_name=name,
        appid=service.appid if service else "",
        data=data,
        asked=asked,
        subject=subject,
        service=service,
        access=access,
    )
