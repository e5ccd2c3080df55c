"""Our order and dossier as an upload record and an upload file (V3.0; docs/reference/v3-mini-program-extension.md)."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from openbeian.regime.code_tables import prior_approval
from openbeian.regime.csv_files import csv_rows
from openbeian.regime.dossier import Cancellation, Dossier, Existing, Principal
from openbeian.regime.filing_number import ServiceKind
from openbeian.regime.findings import Finding
from openbeian.regime.lifecycle import OrderKind
from openbeian.v3.codec import records as r
from openbeian.v3.codec.files import Unwritable, upload_tree
from openbeian.v3.codec.findings import finding, of_schema, unencodable
from openbeian.v3.codec.pictures import PICTURE_BYTES_MAX, SHEET_BYTES_MAX, PictureTooLarge, jpeg
from openbeian.v3.wire import MAX_FILE_BYTES
from openbeian.v3.wire.documents import DocumentError, render
from openbeian.v3.wire.validation import validate_root

ON_BEHALF = 1  # Bbfs
SIMPLIFIED_CHINESE = 1  # Yylb
JPEG = 1  # Fjwjgs
SUBJECT, SERVICE = 1, 2  # Ssdxlx
SHEET = 1  # Fjyt
_CANCELLED = {OrderKind.CANCEL_SUBJECT: 0, OrderKind.CANCEL_SERVICE: 1, OrderKind.CANCEL_ACCESS: 2}  # Zxlb
_PHONE_MIN = 11  # shortest Fzr_dhhm that V3.0 takes
_SCOPE_OF = {
    OrderKind.CHANGE_SUBJECT: "subject", OrderKind.CHANGE_SERVICE: "service", OrderKind.CHANGE_BOTH: "both"}


class Unsendable(Exception):
    """A dossier that cannot be put on the wire; ``findings`` say what the organizer has to change."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


class OrderFacts(Protocol):
    """What is asked of an order: its id, its kind, and what is on file of it. ``filings.models.Order`` is one."""

    pk: int
    kind: str
    subject_number: str
    service_number: str
    province_subject_id: str
    province_service_id: str
    province_access_id: str


def upload_file(
    *, order: OrderFacts, provider_id: int, dossier: Dossier, appid: str, pictures: Mapping[str, bytes]
) -> bytes:
    """The upload file (GBK) with the one record of ``order``.

    ``pictures`` maps every id of :func:`media_ids` to its content. Raises :class:`Unsendable`.
    """
    record = upload_record(order=order, dossier=dossier, appid=appid, pictures=pictures)
    try:
        root = upload_tree((record,), provider_id=provider_id)
        if problems := validate_root(root, "upload"):
            raise Unsendable(of_schema(problems))
        xml = render(root, strict=True)
    except (Unwritable, DocumentError) as error:
        raise Unsendable(of_schema([str(error)])) from None
    if len(xml) > MAX_FILE_BYTES:
        raise Unsendable((finding("OB-WIRE-004", "materials"),))
    return xml


def upload_record(
    *, order: OrderFacts, dossier: Dossier, appid: str, pictures: Mapping[str, bytes]
) -> r.UploadRecord:
    """The record that asks for what ``order`` asks for, of any of the nine kinds; see :func:`upload_file`."""
    kind = OrderKind(order.kind)
    if (kind in _CANCELLED or kind in _SCOPE_OF) and not answer_key(order):
        raise Unsendable((finding("OB-WIRE-006"),))
    if kind in _CANCELLED:
        return _cancellation(dossier.cancellation or Cancellation(), _CANCELLED[kind], answer_key(order))
    if findings := (*unencodable(dossier), *_face_check(kind, dossier)):
        raise Unsendable(findings)
    return _filing(order, dossier, appid, pictures)


def answer_key(order: OrderFacts) -> str:
    """The id by which decisions and verifications name the record of ``order`` (Jlid): ours for what is new."""
    kind = OrderKind(order.kind)
    if kind in _SCOPE_OF or kind == OrderKind.CANCEL_SUBJECT:
        return order.province_subject_id
    if kind == OrderKind.CANCEL_SERVICE:
        return order.province_service_id
    if kind == OrderKind.CANCEL_ACCESS:
        return order.province_access_id
    return str(order.pk)


def media_ids(dossier: Dossier, kind: OrderKind | None = None) -> frozenset[str]:
    """The pictures that the file of a filing holds; of any kind if none is named."""
    attached = {one.media for one in _attached(dossier) if kind is None or _sent(kind, one)}
    scans = {item.picture for item in dossier.service.prior_approvals if item.picture}
    return frozenset(attached if kind == OrderKind.NEW_ACCESS else attached | scans)


def _cancellation(content: Cancellation, category: int, province_id: str) -> r.CancellationRequest:
    if findings := unencodable(Dossier(cancellation=content)):
        raise Unsendable(findings)
    return r.CancellationRequest(category=category, key=province_id, reason=content.reason, remark=content.remark)


def _face_check(kind: OrderKind, dossier: Dossier) -> tuple[Finding, ...]:
    """The schema leaves it out where the subject alone changes; everywhere else it belongs to the record."""
    if dossier.service.principal.face_check or kind == OrderKind.CHANGE_SUBJECT:
        return ()
    return of_schema(["/UploadData/ICP/Wz_xx/mp:MiniProgram/mp:FaceCheck: missing"])


def _filing(order: OrderFacts, dossier: Dossier, appid: str, pictures: Mapping[str, bytes]) -> r.UploadRecord:
    images = _Images(pictures)
    kind, key, existing = OrderKind(order.kind), str(order.pk), dossier.existing or Existing()
    record: r.UploadRecord
    if kind == OrderKind.FIRST_FILING:
        own = r.OwnerId(enterprise_id=key)
        record = r.NewFiling(
            r.ReportedSubject(order_id=key, mode=ON_BEHALF, **_subject(dossier)),
            (r.ReportedService(order_id=key, **_service(order, dossier, appid, images)),),
            _attachments(kind, r.Owner(SUBJECT, own), r.Owner(SERVICE, own), dossier, images))
    elif kind == OrderKind.NEW_SERVICE:
        # V3.0 takes the number or the id, and knows the attachments by the subject, which alone is on file.
        number = order.subject_number or existing.subject_number
        subject = r.SubjectReference(province_id="" if number else order.province_subject_id, number=number)
        owner = r.Owner(SUBJECT, r.OwnerId(province_id=subject.province_id, number=subject.number))
        record = r.ServiceAddition(
            subject, (r.ReportedService(order_id=key, **_service(order, dossier, appid, images)),),
            _attachments(kind, owner, owner, dossier, images))
    elif kind == OrderKind.NEW_ACCESS:
        # A mini program has neither addresses nor access modes. The filing password is sent empty: since
        # August 2020 nobody is asked for it.
        number = order.service_number or existing.service_number
        service = r.ServiceReference(
            province_id="" if number else order.province_service_id, number=number,
            mini_program=_mini_program(order, dossier, appid))
        owner = r.Owner(SERVICE, r.OwnerId(province_id=service.province_id, number=service.number))
        record = r.AccessAddition(service, key, _attachments(kind, owner, owner, dossier, images))
    else:
        record = r.Change(
            r.ReportedSubject(
                province_id=order.province_subject_id, number=order.subject_number, **_subject(dossier)),
            (r.ReportedService(
                province_id=order.province_service_id, province_access_id=order.province_access_id,
                number=order.service_number, **_service(order, dossier, appid, images)),),
            _attachments(
                kind, r.Owner(SUBJECT, r.OwnerId(province_id=order.province_subject_id)),
                r.Owner(SERVICE, r.OwnerId(province_id=order.province_service_id)), dossier, images),
            r.Scope(_SCOPE_OF[kind]))
    if images.findings:
        raise Unsendable(tuple(images.findings))
    return record


def _subject(dossier: Dossier) -> dict[str, Any]:
    """The content of a subject, new or changed."""
    organizer, certificate = dossier.organizer, dossier.organizer.certificate
    return {
        "name": organizer.name, "nature": organizer.type,
        "address": r.Address(organizer.province, organizer.city, organizer.district, organizer.address),
        "certificate": r.Certificate(
            certificate.type, certificate.number, certificate.address or organizer.address),
        "principal": _principal(organizer.principal), "remark": organizer.remark,
        "extension": _extension(dossier)}


def _extension(dossier: Dossier) -> r.SubjectExtension:
    person, other = dossier.organizer.principal, dossier.organizer.legal_representative
    return r.SubjectExtension(
        person.certificate.valid_from, person.certificate.valid_until, person.emergency_number,
        other.name if other else "", other.certificate_number if other else "")


def _service(order: OrderFacts, dossier: Dossier, appid: str, images: "_Images") -> dict[str, Any]:
    """The content of a service, new or changed."""
    service = dossier.service
    return {
        "name": service.name, "prior_approvals": _prior_approvals(dossier, images),
        "contents": service.contents, "languages": (SIMPLIFIED_CHINESE,), "mini_program": _mini_program(order, dossier, appid),
        "principal": _principal(service.principal), "remark": service.description}


def _prior_approvals(dossier: Dossier, images: "_Images") -> tuple[r.PriorApproval, ...]:
    approvals = []
    for position, item in enumerate(dossier.service.prior_approvals):
        known = prior_approval(item.type) if item.type is not None else None
        field = f"service.prior_approvals.{position}.picture"
        scans = (images.jpeg(item.picture, PICTURE_BYTES_MAX, field),) if item.picture else ()
        approvals.append(r.PriorApproval(known.code if known else item.type, item.number, scans))
    return tuple(approvals)


def _mini_program(order: OrderFacts, dossier: Dossier, appid: str) -> r.MiniProgram:
    person = dossier.service.principal
    return r.MiniProgram(
        appid=appid, service_type=ServiceKind.MINI_PROGRAM.value, face_check=person.face_check,
        valid_from=person.certificate.valid_from, valid_until=person.certificate.valid_until,
        emergency_number=person.emergency_number, enterprise_access_id=str(order.pk))


def _principal(person: Principal) -> r.Principal:
    # The platform asks for an emergency number where V3.0 asks for one at the office.
    phone = person.emergency_number if len(person.emergency_number) >= _PHONE_MIN else ""
    return r.Principal(
        name=person.name, office_phone=phone, mobile=person.mobile, email=person.email,
        certificate_type=person.certificate.type, certificate_number=person.certificate.number)


# Attachments


class _Attached(NamedTuple):
    """A picture to attach: of whom (Ssdxlx), for what (Fjyt), and where the dossier has it."""

    owner: int
    purpose: int
    remark: str
    field: str
    media: str


_ATTACHMENTS = csv_rows(__file__, "attachments.csv")


def _attached(dossier: Dossier) -> Iterator[_Attached]:
    pictures = list(dossier.media)
    for row in _ATTACHMENTS:
        for field, media in pictures:
            if f"{field}.".startswith(f"{row['field']}."):
                yield _Attached(int(row["owner"]), int(row["purpose"]), row["remark"], field, media)


def _sent(kind: OrderKind, attached: _Attached) -> bool:
    """Whether an attachment goes into the file: what is on file already is not proved again."""
    if kind == OrderKind.CHANGE_SUBJECT:
        return attached.owner == SUBJECT
    if kind in (OrderKind.NEW_SERVICE, OrderKind.NEW_ACCESS, OrderKind.CHANGE_SERVICE):
        return attached.owner == SERVICE or attached.field.startswith("materials.")
    return True


def _attachments(
    kind: OrderKind, subject: r.Owner, service: r.Owner, dossier: Dossier, images: "_Images"
) -> tuple[r.Attachment, ...]:
    attachments = []
    for one in _attached(dossier):
        if _sent(kind, one):
            limit = SHEET_BYTES_MAX if one.purpose == SHEET else PICTURE_BYTES_MAX
            content = images.jpeg(one.media, limit, one.field)
            owner = subject if one.owner == SUBJECT else service
            attachments.append(r.Attachment(JPEG, one.purpose, content, owner, one.remark))
    return tuple(attachments)


class _Images:
    """Pictures as JPEG, and what is wrong with those that cannot be sent."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self._pictures = pictures
        self._made: dict[tuple[str, int], bytes] = {}
        self.findings: list[Finding] = []

    def jpeg(self, media: str, limit: int, field: str) -> bytes:
        if (made := self._made.get((media, limit))) is not None:
            return made
        try:
            made = self._made[media, limit] = jpeg(self._pictures[media], limit=limit)
        except (KeyError, PictureTooLarge):
            self.findings.append(finding("OB-WIRE-002", field, size=f"{limit // 1024} KB"))
            return b""
        return made
