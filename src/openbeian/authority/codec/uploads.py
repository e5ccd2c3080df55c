"""Our order and dossier as an upload file (V3.0; docs/reference/v3-mini-program-extension.md)."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lxml import etree

from openbeian.authority.codec.findings import of_picture, of_schema, of_size, unencodable
from openbeian.authority.codec.pictures import PICTURE_BYTES_MAX, SHEET_BYTES_MAX, PictureTooLarge, jpeg
from openbeian.authority.wire import EXTENSION, EXTENSION_PREFIX, MAX_FILE_BYTES, VERSION
from openbeian.authority.wire.documents import render
from openbeian.authority.wire.validation import validate_root
from openbeian.regime.code_tables import prior_approval
from openbeian.regime.dossier import Cancellation, Dossier, Principal
from openbeian.regime.facts import Account
from openbeian.regime.filing_number import ServiceKind
from openbeian.regime.findings import Finding

__all__ = [
    "CANCEL_AN_ACCESS", "CANCEL_A_SERVICE", "CANCEL_A_SUBJECT", "OnFile", "PictureTooLarge", "Unsendable",
    "cancellation", "change", "media_ids", "new_access", "new_filing", "new_service",
]

ON_BEHALF = 1  # Bbfs
SIMPLIFIED_CHINESE = 1  # Yylb
JPEG = 1  # Fjwjgs
SUBJECT, SERVICE = 1, 2  # Ssdxlx
SHEET, SUBJECT_CERTIFICATE, SUBJECT_PRINCIPAL, SERVICE_PRINCIPAL, ON_SITE_PHOTO = 1, 2, 3, 4, 5  # Fjyt
_PHONE_MIN = 11  # shortest Fzr_dhhm that V3.0 takes


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


def new_filing(
    *, order_id: int, provider_id: int, dossier: Dossier, account: Account, pictures: Mapping[str, bytes]
) -> bytes:
    """The XZBA file (新增备案) of one first filing, in GBK.

    ``order_id`` is both IspZtid and IspWzid; ``pictures`` maps every id of :func:`media_ids` to its content.
    Raises :class:`Unsendable`.
    """
    with _record("XZBA", "Baxx", provider_id, dossier, account, pictures) as file:
        subject = _child(file.record, "Zt_xx")
        _add(subject, "IspZtid", order_id)
        _subject(subject, dossier, reported_by=ON_BEHALF)
        service = _child(file.record, "Wz_xx")
        _add(service, "IspWzid", order_id)
        _service(service, order_id, dossier, account, file.images)
        _attachments(file.record, {SUBJECT: str(order_id), SERVICE: str(order_id)}, dossier, file.images)
    return file.xml


def new_service(
    *, order_id: int, provider_id: int, dossier: Dossier, account: Account, on_file: OnFile,
    pictures: Mapping[str, bytes],
) -> bytes:
    """The XZWZ file (新增网站) of one new service of a filed subject, in GBK. ``order_id`` is IspWzid.

    The subject is named by its number, and by the province's id where we know it. Raises :class:`Unsendable`.
    """
    with _record("XZWZ", "Xzxx", provider_id, dossier, account, pictures) as file:
        subject = _child(file.record, "Zt_xx")
        _add(subject, "Ztid", on_file.province_subject_id)
        _add(subject, "Ztbah", on_file.subject_number)
        service = _child(file.record, "Wz_xx")
        _add(service, "IspWzid", order_id)
        _service(service, order_id, dossier, account, file.images)
        _attachments(file.record, {SERVICE: str(order_id)}, dossier, file.images)
    return file.xml


def new_access(
    *, order_id: int, provider_id: int, dossier: Dossier, account: Account, on_file: OnFile,
    pictures: Mapping[str, bytes],
) -> bytes:
    """The XZJR file (新增接入): this provider becomes one more of a service on file. ``order_id`` is IspJrid.

    A mini program has neither addresses nor access modes. The filing password is sent empty: since August 2020
    nobody is asked for it. Raises :class:`Unsendable`.
    """
    with _record("XZJR", "Xzxx", provider_id, dossier, account, pictures) as file:
        service = _child(file.record, "Wz_xx")
        _add(service, "Wzid", on_file.province_service_id)
        _add(service, "Wzbah", on_file.service_number)
        _mini_program(service, order_id, dossier, account)
        _add(file.record, "IspJrid", order_id)
        owner = on_file.province_service_id or str(order_id)
        _attachments(file.record, {SERVICE: owner}, dossier, file.images)
        _child(file.record, "ICPmm")
    return file.xml


def change(
    *, order_id: int, provider_id: int, scope: str, dossier: Dossier, account: Account, on_file: OnFile,
    pictures: Mapping[str, bytes],
) -> bytes:
    """The BGBA file (变更备案): subject and service in full, as they shall be. ``scope``: subject, service or both.

    Raises :class:`Unsendable`.
    """
    with _record("BGBA", "Bgxx", provider_id, dossier, account, pictures) as file:
        subject = _child(file.record, "Zt_xx")
        _add(subject, "Ztid", on_file.province_subject_id)
        _add(subject, "Baxh", on_file.subject_number)
        _subject(subject, dossier)
        service = _child(file.record, "Wz_xx")
        _add(service, "Wzid", on_file.province_service_id)
        _add(service, "Jrid", on_file.province_access_id)
        _add(service, "Baxh", on_file.service_number)
        _service(service, order_id, dossier, account, file.images)
        _attachments(file.record, {SUBJECT: on_file.province_subject_id, SERVICE: on_file.province_service_id},
                     dossier, file.images)
        _add(_extension(file.record, "Change"), _mp("Scope"), scope)
    return file.xml


CANCEL_A_SUBJECT, CANCEL_A_SERVICE, CANCEL_AN_ACCESS = 0, 1, 2  # Zxlb


def cancellation(*, provider_id: int, category: int, province_id: str, content: Cancellation) -> bytes:
    """The ZXBA file (注销备案) that cancels a subject, a service or an access, in GBK. Raises :class:`Unsendable`."""
    if findings := unencodable(Dossier(cancellation=content)):
        raise Unsendable(findings)
    root, icp = _upload(provider_id)
    entry = _child(_child(icp, "ZXBA"), "Zx_xx")
    _add(entry, "Zxlb", category)
    _add(entry, "Jlid", province_id)
    _add(entry, "Zxly", content.reason)
    _add(entry, "Zxlybz", content.remark)
    return _checked(root)


def media_ids(dossier: Dossier) -> frozenset[str]:
    """The pictures that the file of a filing holds."""
    attached = {media for *_, media in _attached(dossier)}
    return frozenset(attached | {item.picture for item in dossier.service.prior_approvals if item.picture})


@dataclass
class _File:
    """An upload file of one record in the making; ``xml`` is there when the block around it has ended."""

    record: etree._Element
    images: "_Images"
    xml: bytes = b""


@contextmanager
def _record(
    operation: str, name: str, provider_id: int, dossier: Dossier, account: Account, pictures: Mapping[str, bytes]
) -> Iterator[_File]:
    if findings := unencodable(dossier, account=account):
        raise Unsendable(findings)
    root, icp = _upload(provider_id)
    file = _File(_child(_child(icp, operation), name), _Images(pictures))
    yield file
    if file.images.findings:
        raise Unsendable(tuple(file.images.findings))
    file.xml = _checked(root)


def _upload(provider_id: int) -> tuple[etree._Element, etree._Element]:
    root = etree.Element("UploadData", version=VERSION)
    icp = _child(root, "ICP")
    _add(icp, "Qqdwid", provider_id)
    return root, icp


def _checked(root: etree._Element) -> bytes:
    if problems := validate_root(root, "upload"):
        raise Unsendable(of_schema(problems))
    xml = render(root)
    if len(xml) > MAX_FILE_BYTES:
        raise Unsendable(of_size())
    return xml


def _subject(node: etree._Element, dossier: Dossier, *, reported_by: int | None = None) -> None:
    organizer = dossier.organizer
    _add(node, "Dwmc", organizer.name)
    _add(node, "Dwxz", organizer.type)
    address = _child(node, "Txdz")
    _add(address, "Shengid", organizer.province)
    _add(address, "Shiid", organizer.city)
    _add(address, "Xianid", organizer.district)
    _add(address, "Xxdz", organizer.address)
    certificate = _child(node, "Zj")
    _add(certificate, "Zjlx", organizer.certificate.type)
    _add(certificate, "Zjhm", organizer.certificate.number)
    _add(certificate, "Zjzs", organizer.certificate.address or organizer.address)
    _principal(_child(node, "Fzr"), organizer.principal)
    _add(node, "Bbfs", reported_by)
    _add(node, "Bz", organizer.remark)
    extension = _extension(node, "Subject")
    _validity(extension, organizer.principal)
    if organizer.legal_representative is not None:
        _add(extension, _mp("LegalRepresentativeName"), organizer.legal_representative.name)
        _add(extension, _mp("LegalRepresentativeNumber"), organizer.legal_representative.certificate_number)


def _service(
    node: etree._Element, order_id: int, dossier: Dossier, account: Account, images: "_Images"
) -> None:
    service = dossier.service
    _add(node, "Wzmc", account.name)
    if service.prior_approvals:
        approvals = _child(node, "Nrlx")
        for position, item in enumerate(service.prior_approvals):
            known = prior_approval(item.type) if item.type is not None else None
            entry = _child(approvals, "Nrlx_xx")
            _add(entry, "Nrlx_id", known.code if known else item.type)
            _add(entry, "Qzsph", item.number)
            if item.picture:
                scan = images.jpeg(item.picture, PICTURE_BYTES_MAX, f"service.prior_approvals.{position}.picture")
                _add(entry, "Spwj", scan)
    contents = _child(node, "Fwnr")
    for code in service.contents:
        _add(contents, "Fwnr_id", code)
    _add(_child(node, "Yylb"), "Yylb_id", SIMPLIFIED_CHINESE)
    _mini_program(node, order_id, dossier, account)
    _principal(_child(node, "Wz_Fzr"), service.principal)
    _add(node, "Wz_Bz", service.description)


def _mini_program(node: etree._Element, order_id: int, dossier: Dossier, account: Account) -> None:
    extension = _extension(node, "MiniProgram")
    _add(extension, _mp("AppId"), account.appid)
    _add(extension, _mp("ServiceType"), ServiceKind.MINI_PROGRAM.value)
    _add(extension, _mp("FaceCheck"), dossier.service.principal.face_check)
    _validity(extension, dossier.service.principal)
    _add(extension, _mp("EnterpriseAccessId"), order_id)


def _principal(node: etree._Element, person: Principal) -> None:
    _add(node, "Fzr_xm", person.name)
    # The platform asks for an emergency number where V3.0 asks for one at the office.
    if len(person.emergency_number) >= _PHONE_MIN:
        _add(node, "Fzr_dhhm", person.emergency_number)
    _add(node, "Fzr_sjhm", person.mobile)
    _add(node, "Fzr_dzyj", person.email)
    _add(node, "Fzr_zjlx", person.certificate.type)
    _add(node, "Fzr_zjhm", person.certificate.number)


def _validity(node: etree._Element, person: Principal) -> None:
    _add(node, _mp("PrincipalValidFrom"), person.certificate.valid_from)
    _add(node, _mp("PrincipalValidUntil"), person.certificate.valid_until)
    _add(node, _mp("PrincipalEmergencyNumber"), person.emergency_number)


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


def _attachments(record: etree._Element, ids: Mapping[int, str], dossier: Dossier, images: "_Images") -> None:
    """Attachments of the owners (Ssdxlx) that the file reports, each named by its id."""
    for owner, purpose, remark, field, media in _attached(dossier):
        if owner not in ids:
            continue
        content = images.jpeg(media, SHEET_BYTES_MAX if purpose == SHEET else PICTURE_BYTES_MAX, field)
        entry = _child(_child(record, "Fj"), "Fjxx")
        _add(entry, "Fjwjgs", JPEG)
        _add(entry, "Fjyt", purpose)
        _add(entry, "Fjnr", content)
        belongs = _child(entry, "Fjssdx")
        _add(belongs, "Ssdxlx", owner)
        _add(belongs, "Ssdxbs", ids[owner])
        _add(entry, "Bz", remark)


class _Images:
    """Pictures in base64, and what is wrong with those that cannot be sent."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self._pictures = pictures
        self.findings: list[Finding] = []

    def jpeg(self, media: str, limit: int, field: str) -> str:
        try:
            return base64.b64encode(jpeg(self._pictures[media], limit=limit)).decode("ascii")
        except (KeyError, PictureTooLarge):
            self.findings.append(of_picture(field))
            return ""


def _mp(name: str) -> str:
    return f"{{{EXTENSION}}}{name}"


def _extension(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, _mp(name), nsmap={EXTENSION_PREFIX: EXTENSION}, version="1")


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, name)


def _add(parent: etree._Element, name: str, value: str | int | None) -> None:
    """An element with text; none for an empty value, which V3.0 leaves out."""
    if value is not None and value != "":
        etree.SubElement(parent, name).text = str(value)
