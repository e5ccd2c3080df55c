"""Our order and dossier as an upload record and an upload file (V3.0; docs/reference/v3-mini-program-extension.md)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from openbeian.regime.code_tables import prior_approval
from openbeian.regime.dossier import Cancellation, Dossier, Principal
from openbeian.regime.filing_number import ServiceKind
from openbeian.regime.findings import Finding
from openbeian.regime.lifecycle import OrderKind
from openbeian.v3.codec import records as r
from openbeian.v3.codec.files import Unwritable, upload_tree
from openbeian.v3.codec.findings import of_picture, of_schema, of_size, of_unknown_id, unencodable
from openbeian.v3.codec.pictures import PICTURE_BYTES_MAX, SHEET_BYTES_MAX, PictureTooLarge, jpeg
from openbeian.v3.wire import MAX_FILE_BYTES
from openbeian.v3.wire.documents import DocumentError, render
from openbeian.v3.wire.validation import validate_root

__all__ = [
    "CANCEL_AN_ACCESS", "CANCEL_A_SERVICE", "CANCEL_A_SUBJECT", "OnFile", "OrderFacts", "PictureTooLarge", "Unsendable",
    "answer_key", "cancellation", "change", "media_ids", "new_access", "new_filing", "new_service", "upload_file",
    "upload_record",
]

ON_BEHALF = 1  # Bbfs
SIMPLIFIED_CHINESE = 1  # Yylb
JPEG = 1  # Fjwjgs
SUBJECT, SERVICE = 1, 2  # Ssdxlx
SHEET, SUBJECT_CERTIFICATE, SUBJECT_PRINCIPAL, SERVICE_PRINCIPAL, ON_SITE_PHOTO = 1, 2, 3, 4, 5  # Fjyt
CANCEL_A_SUBJECT, CANCEL_A_SERVICE, CANCEL_AN_ACCESS = 0, 1, 2  # Zxlb
_PHONE_MIN = 11  # shortest Fzr_dhhm that V3.0 takes
_SCOPE_OF = {
    OrderKind.CHANGE_SUBJECT: "subject", OrderKind.CHANGE_SERVICE: "service", OrderKind.CHANGE_BOTH: "both"}
_KIND_OF = {scope: kind for kind, scope in _SCOPE_OF.items()}


class Unsendable(Exception):
    """A dossier that cannot be put on the wire; ``findings`` say what the organizer has to change."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


@dataclass(frozen=True)
class OnFile:
    """The numbers and the province's ids of what an order is about; "" for what there is none of."""

    subject_number: str = ""
    service_number: str = ""
    province_subject_id: str = ""
    province_service_id: str = ""
    province_access_id: str = ""


class OrderFacts(Protocol):
    """What is asked of an order: its id, its kind, and what is on file of it. ``filings.models.Order`` is one."""

    @property
    def pk(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject_number(self) -> str: ...
    @property
    def service_number(self) -> str: ...
    @property
    def province_subject_id(self) -> str: ...
    @property
    def province_service_id(self) -> str: ...
    @property
    def province_access_id(self) -> str: ...


# Any order


def upload_record(
    *, order: OrderFacts, dossier: Dossier, appid: str, pictures: Mapping[str, bytes]
) -> r.UploadRecord:
    """The record that asks for what ``order`` asks for, whichever of the nine kinds it is.

    ``pictures`` maps every id of :func:`media_ids` to its content. Raises :class:`Unsendable`.
    """
    kind = OrderKind(order.kind)
    on_file = OnFile(
        order.subject_number, order.service_number, order.province_subject_id, order.province_service_id,
        order.province_access_id)
    if (kind in _CANCELLED or kind in _SCOPE_OF) and not answer_key(order):
        raise Unsendable(of_unknown_id())
    if kind in _CANCELLED:
        return _cancellation(dossier.cancellation or Cancellation(), *_cancelled(kind, on_file))
    if findings := (*unencodable(dossier), *_face_check(kind, dossier)):
        raise Unsendable(findings)
    return _filing(kind, order.pk, dossier, appid, on_file, pictures)


def upload_file(
    *, order: OrderFacts, provider_id: int, dossier: Dossier, appid: str, pictures: Mapping[str, bytes]
) -> bytes:
    """The upload file (GBK) with the one record of ``order``. Raises :class:`Unsendable`."""
    return _file(upload_record(order=order, dossier=dossier, appid=appid, pictures=pictures), provider_id)


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
    attached = {media for owner, _, _, field, media in _attached(dossier) if kind is None or _sent(kind, owner, field)}
    scans = {item.picture for item in dossier.service.prior_approvals if item.picture}
    return frozenset(attached if kind == OrderKind.NEW_ACCESS else attached | scans)


# Each kind


def new_filing(
    *, order_id: int, provider_id: int, dossier: Dossier, appid: str, pictures: Mapping[str, bytes]
) -> bytes:
    """The XZBA file (新增备案) of one first filing. ``order_id`` is both IspZtid and IspWzid.

    ``pictures`` maps every id of :func:`media_ids` to its content. Raises :class:`Unsendable`.
    """
    return _filing_file(OrderKind.FIRST_FILING, order_id, provider_id, dossier, appid, OnFile(), pictures)


def new_service(
    *, order_id: int, provider_id: int, dossier: Dossier, appid: str, on_file: OnFile,
    pictures: Mapping[str, bytes],
) -> bytes:
    """The XZWZ file (新增网站) of one new service of a filed subject. ``order_id`` is IspWzid.

    The subject is named by its number, or else by the province's id. Raises :class:`Unsendable`.
    """
    return _filing_file(OrderKind.NEW_SERVICE, order_id, provider_id, dossier, appid, on_file, pictures)


def new_access(
    *, order_id: int, provider_id: int, dossier: Dossier, appid: str, on_file: OnFile,
    pictures: Mapping[str, bytes],
) -> bytes:
    """The XZJR file (新增接入): this provider becomes one more of a service on file. ``order_id`` is IspJrid.

    A mini program has neither addresses nor access modes. The filing password is sent empty: since August 2020
    nobody is asked for it. Raises :class:`Unsendable`.
    """
    return _filing_file(OrderKind.NEW_ACCESS, order_id, provider_id, dossier, appid, on_file, pictures)


def change(
    *, order_id: int, provider_id: int, scope: str, dossier: Dossier, appid: str, on_file: OnFile,
    pictures: Mapping[str, bytes],
) -> bytes:
    """The BGBA file (变更备案): subject and service in full, as they shall be. ``scope``: subject, service or both.

    Raises :class:`Unsendable`.
    """
    return _filing_file(_KIND_OF[scope], order_id, provider_id, dossier, appid, on_file, pictures)


def cancellation(*, provider_id: int, category: int, province_id: str, content: Cancellation) -> bytes:
    """The ZXBA file (注销备案) that cancels a subject, a service or an access. Raises :class:`Unsendable`."""
    return _file(_cancellation(content, category, province_id), provider_id)


_CANCELLED = {
    OrderKind.CANCEL_SUBJECT: CANCEL_A_SUBJECT, OrderKind.CANCEL_SERVICE: CANCEL_A_SERVICE,
    OrderKind.CANCEL_ACCESS: CANCEL_AN_ACCESS}


def _cancelled(kind: OrderKind, on_file: OnFile) -> tuple[int, str]:
    ids = (on_file.province_subject_id, on_file.province_service_id, on_file.province_access_id)
    return _CANCELLED[kind], ids[_CANCELLED[kind]]


def _cancellation(content: Cancellation, category: int, province_id: str) -> r.CancellationRequest:
    if findings := unencodable(Dossier(cancellation=content)):
        raise Unsendable(findings)
    return r.CancellationRequest(category=category, key=province_id, reason=content.reason, remark=content.remark)


def _filing_file(
    kind: OrderKind, order_id: int, provider_id: int, dossier: Dossier, appid: str, on_file: OnFile,
    pictures: Mapping[str, bytes],
) -> bytes:
    if findings := (*unencodable(dossier), *_face_check(kind, dossier)):
        raise Unsendable(findings)
    return _file(_filing(kind, order_id, dossier, appid, on_file, pictures), provider_id)


def _face_check(kind: OrderKind, dossier: Dossier) -> tuple[Finding, ...]:
    """The schema leaves it out where the subject alone changes; everywhere else it belongs to the record."""
    if dossier.service.principal.face_check or kind == OrderKind.CHANGE_SUBJECT:
        return ()
    return of_schema(["/UploadData/ICP/Wz_xx/mp:MiniProgram/mp:FaceCheck: missing"])


def _file(record: r.UploadRecord, provider_id: int) -> bytes:
    try:
        root = upload_tree((record,), provider_id=provider_id)
        problems = validate_root(root, "upload")
    except Unwritable as error:
        raise Unsendable(of_schema([str(error)])) from None
    if problems:
        raise Unsendable(of_schema(problems))
    try:
        xml = render(root, strict=True)
    except DocumentError as error:
        raise Unsendable(of_schema([str(error)])) from None
    if len(xml) > MAX_FILE_BYTES:
        raise Unsendable(of_size())
    return xml


def _filing(
    kind: OrderKind, order_id: int, dossier: Dossier, appid: str, on_file: OnFile, pictures: Mapping[str, bytes]
) -> r.UploadRecord:
    images = _Images(pictures)
    key = str(order_id)
    record: r.UploadRecord
    if kind == OrderKind.FIRST_FILING:
        own = r.OwnerId(enterprise_id=key)
        record = r.NewFiling(
            _new_subject(key, dossier), (_new_service(key, dossier, appid, images),),
            _attachments(kind, {SUBJECT: (SUBJECT, own), SERVICE: (SERVICE, own)}, dossier, images))
    elif kind == OrderKind.NEW_SERVICE:
        # V3.0 takes the number or the id, and knows the attachments by the subject, which alone is on file.
        number = on_file.subject_number or _existing(dossier, "subject_number")
        subject = r.SubjectReference(province_id="" if number else on_file.province_subject_id, number=number)
        owner = (SUBJECT, r.OwnerId(province_id=subject.province_id, number=subject.number))
        record = r.ServiceAddition(
            subject, (_new_service(key, dossier, appid, images),),
            _attachments(kind, {SUBJECT: owner, SERVICE: owner}, dossier, images))
    elif kind == OrderKind.NEW_ACCESS:
        number = on_file.service_number or _existing(dossier, "service_number")
        service = r.ServiceReference(
            province_id="" if number else on_file.province_service_id, number=number,
            mini_program=_mini_program(key, dossier, appid))
        owner = (SERVICE, r.OwnerId(province_id=service.province_id, number=service.number))
        record = r.AccessAddition(
            service=service, order_id=key,
            attachments=_attachments(kind, {SUBJECT: owner, SERVICE: owner}, dossier, images))
    else:
        owners = {SUBJECT: (SUBJECT, r.OwnerId(province_id=on_file.province_subject_id)),
                  SERVICE: (SERVICE, r.OwnerId(province_id=on_file.province_service_id))}
        record = r.Change(
            subject=_changed_subject(dossier, on_file),
            services=(_changed_service(key, dossier, appid, on_file, images),),
            attachments=_attachments(kind, owners, dossier, images), scope=r.Scope(_SCOPE_OF[kind]))
    if images.findings:
        raise Unsendable(tuple(images.findings))
    return record


def _existing(dossier: Dossier, name: str) -> str:
    return getattr(dossier.existing, name) if dossier.existing else ""


def _new_subject(key: str, dossier: Dossier) -> r.NewSubject:
    organizer = dossier.organizer
    return r.NewSubject(
        order_id=key, name=organizer.name, nature=organizer.type, address=_address(dossier),
        certificate=_certificate(dossier), principal=_principal(organizer.principal), mode=ON_BEHALF,
        remark=organizer.remark, extension=_extension(dossier))


def _changed_subject(dossier: Dossier, on_file: OnFile) -> r.ChangedSubject:
    organizer = dossier.organizer
    return r.ChangedSubject(
        province_id=on_file.province_subject_id, number=on_file.subject_number, name=organizer.name,
        nature=organizer.type, address=_address(dossier), certificate=_certificate(dossier),
        principal=_principal(organizer.principal), remark=organizer.remark, extension=_extension(dossier))


def _address(dossier: Dossier) -> r.Address:
    organizer = dossier.organizer
    return r.Address(organizer.province, organizer.city, organizer.district, organizer.address)


def _certificate(dossier: Dossier) -> r.Certificate:
    certificate = dossier.organizer.certificate
    return r.Certificate(certificate.type, certificate.number, certificate.address or dossier.organizer.address)


def _extension(dossier: Dossier) -> r.SubjectExtension:
    person, other = dossier.organizer.principal, dossier.organizer.legal_representative
    return r.SubjectExtension(
        person.certificate.valid_from, person.certificate.valid_until, person.emergency_number,
        other.name if other else "", other.certificate_number if other else "")


def _new_service(key: str, dossier: Dossier, appid: str, images: "_Images") -> r.NewService:
    return r.NewService(
        order_id=key, name=dossier.service.name, prior_approvals=_prior_approvals(dossier, images),
        contents=dossier.service.contents, languages=(SIMPLIFIED_CHINESE,),
        mini_program=_mini_program(key, dossier, appid), principal=_principal(dossier.service.principal),
        remark=dossier.service.description)


def _changed_service(
    key: str, dossier: Dossier, appid: str, on_file: OnFile, images: "_Images"
) -> r.ChangedService:
    return r.ChangedService(
        province_id=on_file.province_service_id, province_access_id=on_file.province_access_id,
        number=on_file.service_number, name=dossier.service.name, prior_approvals=_prior_approvals(dossier, images),
        contents=dossier.service.contents, languages=(SIMPLIFIED_CHINESE,),
        mini_program=_mini_program(key, dossier, appid), principal=_principal(dossier.service.principal),
        remark=dossier.service.description)


def _prior_approvals(dossier: Dossier, images: "_Images") -> tuple[r.PriorApproval, ...]:
    approvals = []
    for position, item in enumerate(dossier.service.prior_approvals):
        known = prior_approval(item.type) if item.type is not None else None
        field = f"service.prior_approvals.{position}.picture"
        scans = (images.jpeg(item.picture, PICTURE_BYTES_MAX, field),) if item.picture else ()
        approvals.append(r.PriorApproval(known.code if known else item.type, item.number, scans))
    return tuple(approvals)


def _mini_program(key: str, dossier: Dossier, appid: str) -> r.MiniProgram:
    person = dossier.service.principal
    return r.MiniProgram(
        appid=appid, service_type=ServiceKind.MINI_PROGRAM.value, face_check=person.face_check,
        valid_from=person.certificate.valid_from, valid_until=person.certificate.valid_until,
        emergency_number=person.emergency_number, enterprise_access_id=key)


def _principal(person: Principal) -> r.Principal:
    # The platform asks for an emergency number where V3.0 asks for one at the office.
    phone = person.emergency_number if len(person.emergency_number) >= _PHONE_MIN else ""
    return r.Principal(
        name=person.name, office_phone=phone, mobile=person.mobile, email=person.email,
        certificate_type=person.certificate.type, certificate_number=person.certificate.number)


# Attachments


def _attached(dossier: Dossier) -> Iterator[tuple[int, int, str, str, str]]:
    """(owner, purpose, remark, field, media id) of each attachment.

    V3.0 has five purposes. Letters and statements go as verification sheets (核验材料), told apart by the remark.
    Videos stay with the platform: V3.0 carries pictures only.
    """
    organizer, service, materials = dossier.organizer, dossier.service, dossier.materials
    single = (
        (SUBJECT, SUBJECT_CERTIFICATE, "主体证件", "organizer.certificate.photo", organizer.certificate.photo),
        (SUBJECT, SUBJECT_CERTIFICATE, "居住证明", "organizer.residence_permit", organizer.residence_permit),
        (SUBJECT, SUBJECT_PRINCIPAL, "证件正面", "organizer.principal.certificate.photo_front",
         organizer.principal.certificate.photo_front),
        (SUBJECT, SUBJECT_PRINCIPAL, "证件反面", "organizer.principal.certificate.photo_back",
         organizer.principal.certificate.photo_back),
        (SUBJECT, SHEET, "授权书", "organizer.principal.authorization_letter",
         organizer.principal.authorization_letter),
        (SERVICE, SERVICE_PRINCIPAL, "证件正面", "service.principal.certificate.photo_front",
         service.principal.certificate.photo_front),
        (SERVICE, SERVICE_PRINCIPAL, "证件反面", "service.principal.certificate.photo_back",
         service.principal.certificate.photo_back),
        (SERVICE, SHEET, "授权书", "service.principal.authorization_letter", service.principal.authorization_letter),
    )
    several = (
        (SUBJECT, SHEET, "承诺书", "commitment_letter"),
        (SUBJECT, SHEET, "名称变更证明", "business_name_change_letter"),
        (SUBJECT, SHEET, "党建确认函", "party_building_confirmation_letter"),
        (SUBJECT, SHEET, "真实性责任告知书", "authenticity_responsibility_letter"),
        (SUBJECT, SHEET, "真实性承诺书", "authenticity_commitment_letter"),
        (SERVICE, SHEET, "建设方案书", "website_construction_proposal"),
        (SUBJECT, SHEET, "主体其他附件", "subject_other_materials"),
        (SERVICE, SHEET, "小程序其他附件", "applets_other_materials"),
        (SERVICE, ON_SITE_PHOTO, "手持证件照", "holding_certificate_photo"),
    )
    yield from (entry for entry in single if entry[-1])
    for owner, purpose, remark, slot in several:
        for position, media in enumerate(getattr(materials, slot)):
            if media:
                yield owner, purpose, remark, f"materials.{slot}.{position}", media

def _sent(kind: OrderKind, owner: int, field: str) -> bool:
    """Whether an attachment goes into the file: what is on file already is not proved again."""
    if kind == OrderKind.CHANGE_SUBJECT:
        return owner == SUBJECT
    if kind in (OrderKind.NEW_SERVICE, OrderKind.NEW_ACCESS, OrderKind.CHANGE_SERVICE):
        return owner == SERVICE or field.startswith("materials.")
    return True


def _attachments(
    kind: OrderKind, owners: Mapping[int, tuple[int, r.OwnerId]], dossier: Dossier, images: "_Images"
) -> tuple[r.Attachment, ...]:
    attachments = []
    for owner, purpose, remark, field, media in _attached(dossier):
        if _sent(kind, owner, field):
            content = images.jpeg(media, SHEET_BYTES_MAX if purpose == SHEET else PICTURE_BYTES_MAX, field)
            belongs = r.Owner(*owners[owner])
            attachments.append(r.Attachment(JPEG, purpose, content, belongs, remark))
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
            self.findings.append(of_picture(field, limit))
            return b""
        return made
