"""What the administration has registered: subjects and services that a record refers to."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from lxml import etree

from openbeian.simulator.checks import Problem
from openbeian.simulator.models import Access, Service, Subject
from openbeian.simulator.verbs.office import canonical_if_valid
from openbeian.simulator.verbs.requests.request import Refused, first_text, number

Row = TypeVar("Row", bound=Model)


def subject_of(node: etree._Element, *, province: str) -> Subject:
    """The subject in force that an element refers to by Ztid or number. Raises Refused."""
    rows = _referred_to(
        Subject.objects.all(), number(node.findtext("Ztid")), first_text(node, "Ztbah", "Baxh"),
        missing=(1058, "缺少主体备案号（Ztbah）或 Ztid"))  # fmt: skip
    return subject_in_force(rows, province=province)


def subject_in_force(rows: QuerySet[Subject], *, province: str) -> Subject:
    """The first of these subjects. Raises Refused unless it is in force and filed in this province."""
    subject = found(rows, "主体")
    if subject.province_id != province:
        raise Refused((1045, "该主体在其他省备案"))
    if subject.cancelled_at is not None:
        raise Refused((1049, "该主体已注销"))
    return subject


def service_of(node: etree._Element, *, province: str) -> Service:
    """The service in force that an element refers to by Wzid or number. Raises Refused."""
    rows = _referred_to(
        Service.objects.all(), number(node.findtext("Wzid")), first_text(node, "Wzbah", "Baxh"),
        missing=(1059, "缺少服务备案号（Wzbah）或 Wzid"))  # fmt: skip
    return service_in_force(rows, province=province)


def service_in_force(rows: QuerySet[Service], *, province: str) -> Service:
    """The first of these services, with its subject. Raises Refused unless in force and filed in this province."""
    service = found(rows.select_related("subject"), "服务")
    if service.subject.province_id != province:
        raise Refused((1045, "该服务在其他省备案"))
    if service.cancelled_at is not None:
        raise Refused((1050, "该服务已注销"))
    return service


def found(rows: QuerySet[Row], what: str) -> Row:
    """The first row. Raises Refused if there is none."""
    row = rows.first()
    if row is None:
        raise Refused((1016, f"没有该{what}的备案记录"))
    return row


def _referred_to(rows: QuerySet[Row], pk: int | None, filing_number: str, *, missing: Problem) -> QuerySet[Row]:
    if pk is None and not filing_number:
        raise Refused(missing)
    if pk is not None:
        rows = rows.filter(pk=pk)
    return rows.filter(number=canonical_if_valid(filing_number)) if filing_number else rows


def refuse_unless_ours(subject: Subject) -> None:
    """Raise Refused for a subject that the platform neither filed nor gives access to."""
    if subject.provider and not Access.objects.filter(
        service__subject=subject, provider="", cancelled_at=None
    ).exists():
        raise Refused((1048, "该主体不是通过贵单位备案或接入的"))


def is_accessed_by_us(service: Service) -> bool:
    """Whether the platform has an access in force to this service."""
    return service.accesses.filter(provider="", cancelled_at=None).exists()
