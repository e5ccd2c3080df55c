"""Changes of a subject, a service or both (BGBA)."""

from lxml import etree

from openbeian.simulator.checks import (
    ONE_MINI_PROGRAM,
    Problem,
    check_attachments,
    check_service,
    check_subject,
)
from openbeian.simulator.files import MINI_PROGRAM, xml
from openbeian.simulator.models import Service, Subject
from openbeian.simulator.verbs.requests import registered
from openbeian.simulator.verbs.requests.conflicts import busy
from openbeian.simulator.verbs.requests.request import Asked, Refused, Reported, Request, refuse
from openbeian.v3.wire import mp

SCOPES = ("subject", "service", "both")
_NO_CONTENT = {"IspZtid", "Ztid", "Baxh", "Ztbah", "Bbfs"}


def change(reported: Reported) -> Request:
    """A change of what is registered. Raises Refused."""
    after = reported.subject
    assert after is not None  # `identify` read its id
    subject = registered.subject_of(after, province=reported.province)
    registered.refuse_unless_ours(subject)
    before = subject.element
    scope = _scope(reported, before, after)
    service, service_name = None, ""
    data: dict[str, object] = {"remarks": reported.remarks}
    asked: list[Asked] = []
    problems = check_attachments(reported.attachments)
    if scope != "service":
        problems += _check_subject(before, after, province=reported.province)
        data["zt_xx"] = xml(after)
        asked.append(("subject", after.find("Fzr")))
    if scope != "subject":
        node = _one_service(reported)
        service = _service_of(subject, node, province=reported.province)
        problems += _check_service(service, node)
        data["wz_xx"], service_name = xml(node), node.findtext("Wzmc") or ""
        asked.append(("service", node.find("Wz_Fzr")))
    certificate = bytes(subject.certificate_digest)
    refuse(problems + busy(reported, certificate))
    service = service or _named(reported, subject)
    return Request(
        who=reported.who,
        certificate_digest=certificate,
        organizer=after.findtext("Dwmc") or before.findtext("Dwmc") or "",
        service_name=service_name,
        appid=service.appid if service else "",
        data=data,
        asked=tuple(asked),
        scope=scope,
        subject=subject,
        service=service,
    )


def _scope(reported: Reported, before: etree._Element, after: etree._Element) -> str:
    """What changes: as the extension says, else as a comparison with what is registered shows."""
    said = (reported.record.findtext(f"{mp('Change')}/{mp('Scope')}") or "").strip()
    if said in SCOPES:
        return said
    if not reported.services:
        return "subject"
    return "both" if _content(after) != _content(before) else "service"


def _content(node: etree._Element) -> list[tuple[str, str]]:
    return [
        (str(leaf.tag), (leaf.text or "").strip()) for leaf in node.iter() if not len(leaf) and leaf.tag not in _NO_CONTENT
    ]


def _one_service(reported: Reported) -> etree._Element:
    services = reported.services
    if not services:
        raise Refused((1059, "变更服务缺少 Wz_xx"))
    if len(services) > 1:
        raise Refused(ONE_MINI_PROGRAM)
    return services[0]


def _service_of(subject: Subject, node: etree._Element, *, province: str) -> Service:
    service = registered.service_of(node, province=province)
    if service.subject_id != subject.pk:
        raise Refused((1016, "该服务不属于该主体"))
    return service


def _check_subject(before: etree._Element, after: etree._Element, *, province: str) -> list[Problem]:
    if after.findtext("Txdz/Shengid") != province:
        return [(1046, "Zt_xx/Txdz/Shengid：省份不可变更，请注销后重新备案")]
    problems = check_subject(after, province)
    for path in ("Zj/Zjlx", "Zj/Zjhm"):
        if (after.findtext(path) or "").strip().upper() != (before.findtext(path) or "").strip().upper():
            problems.append((1008, f"Zt_xx/{path}：主体证件不可变更，请注销后重新备案"))
    return problems


def _check_service(service: Service, node: etree._Element) -> list[Problem]:
    problems: list[Problem] = []
    if not registered.is_accessed_by_us(service):
        problems.append((1048, "该服务不是通过贵单位接入的"))
    told = node.findtext(f"{MINI_PROGRAM}/{mp('AppId')}")
    if service.appid and told and told != service.appid:
        problems.append((1016, "AppId 与该服务的备案记录不一致"))
    return problems + check_service(node)


def _named(reported: Reported, subject: Subject) -> Service | None:
    """The service that the decision's record names where none changes: the one that came along, or any in force."""
    if reported.services:
        return registered.service_of(reported.services[0], province=reported.province)
    return subject.service_set.filter(cancelled_at=None).order_by("pk").first()
