"""The dossier (备案资料): everything an organizer declares in one order, as one canonical value.

:func:`parse` reads it from JSON in whatever spelling, :func:`document` gives it back. What is judged is what is stored,
compared, shown, sent and published.

Field limits follow the V3.0 interface (upload file) where it sets one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from openbeian.regime import spelling
from openbeian.regime.facts import Account
from openbeian.regime.findings import Finding
from openbeian.regime.shape import (
    TOO_LARGE,
    UNREAD,
    Notes,
    content,
    items,
    media,
    number,
    optional_record,
    printable,
    read_record,
    record,
    text,
)

#: Certificates without an end of validity say so with this word.
LONG_TERM = spelling.LONG_TERM
#: Of an organizer and of a mini program.
NAME_LENGTH_MAX = 255


@dataclass(frozen=True)
class OrganizerCertificate:
    """The organizer's certificate (主办者证件): business licence, resident identity card, …"""

    type: int | None = number("类型", "type")
    number: str = text("号码", "number", 128, spelling=spelling.certificate_number, by="type")
    address: str = text("住所", "address", 1024, spelling=spelling.address)
    photo: str = media("照片", "picture")


@dataclass(frozen=True)
class LegalRepresentative:
    """The legal representative (法定代表人), named only when the subject principal is someone else."""

    name: str = text("姓名", "name", 128, spelling=spelling.person_name)
    certificate_number: str = text("证件号码", "certificate number", 128, spelling=spelling.person_number)


@dataclass(frozen=True)
class PrincipalCertificate:
    """A principal's identity document. Validity as ``YYYYMMDD``; its end may be 长期."""

    type: int | None = number("类型", "type")
    number: str = text("号码", "number", 128, spelling=spelling.certificate_number, by="type")
    valid_from: str = text("有效期起始日期", "valid from", 16, spelling=spelling.date)
    valid_until: str = text("有效期截止日期", "valid until", 16, spelling=spelling.date)
    photo_front: str = media("正面照片", "front picture")
    photo_back: str = media("反面照片", "back picture")


@dataclass(frozen=True)
class Principal:
    """A person who answers for the subject (主体负责人) or for the mini program (小程序负责人)."""

    name: str = text("姓名", "name", 128, spelling=spelling.person_name)
    mobile: str = text("手机号码", "mobile number", 32, spelling=spelling.mobile)
    email: str = text("电子邮件", "e-mail address", 128, spelling=spelling.email)
    emergency_number: str = text("应急联系电话", "emergency number", 32, spelling=spelling.phone)
    certificate: PrincipalCertificate = record(PrincipalCertificate, "证件", "certificate")
    authorization_letter: str = media("授权书", "authorization letter")


@dataclass(frozen=True)
class ServicePrincipal(Principal):
    """The mini program's principal, who also takes the face check (人脸核身)."""

    face_check: str = text("人脸核身", "face check", 128)


@dataclass(frozen=True)
class Organizer:
    """The organizer (主办者): the person or unit that offers the service."""

    type: int | None = number("性质", "type")
    name: str = text("名称", "name", NAME_LENGTH_MAX)
    province: str = text("所在省", "province", 16, spelling=spelling.code)
    city: str = text("所在市", "city", 16, spelling=spelling.code)
    district: str = text("所在区县", "district", 16, spelling=spelling.code)
    address: str = text("通信地址", "contact address", 1024, spelling=spelling.address)
    remark: str = text("备注", "remark", 1024, lines=True)
    certificate: OrganizerCertificate = record(OrganizerCertificate, "证件", "certificate")
    residence_permit: str = media("居住证明", "residence permit")
    legal_representative: LegalRepresentative | None = optional_record(
        LegalRepresentative, "法定代表人", "legal representative")
    principal: Principal = record(Principal, "主体负责人", "subject principal", alone=True)


@dataclass(frozen=True)
class PriorApproval:
    """A prior approval (前置审批) of a sector's authority, or the statement that none is needed (24)."""

    type: int | None = number("类型", "type")
    number: str = text("批准文号", "number", 512, spelling=spelling.address)
    picture: str = media("批准文件", "document")


@dataclass(frozen=True)
class Service:
    """The mini program as it is filed (小程序服务), under the name its account has when it is filed."""

    name: str = text("小程序名称", "mini program's name", 255)
    contents: tuple[int, ...] = items(int, "服务内容", "service contents", 50, unordered=True)
    prior_approvals: tuple[PriorApproval, ...] = items(PriorApproval, "前置审批", "prior approval", 50)
    description: str = text("服务描述", "service description", 1024, lines=True)
    principal: ServicePrincipal = record(ServicePrincipal, "小程序负责人", "mini program principal")


@dataclass(frozen=True)
class Materials:
    """Letters and statements beside the certificates; each slot is a list of media."""

    commitment_letter: tuple[str, ...] = items(str, "互联网信息服务承诺书", "commitment letter", 50)
    business_name_change_letter: tuple[str, ...] = items(str, "名称变更证明", "name-change letter", 50)
    party_building_confirmation_letter: tuple[str, ...] = items(
        str, "党建确认函", "party-building confirmation letter", 50)
    promise_video: tuple[str, ...] = items(str, "承诺视频", "promise video", 50)
    authenticity_responsibility_letter: tuple[str, ...] = items(
        str, "真实性责任告知书", "authenticity responsibility letter", 50)
    authenticity_commitment_letter: tuple[str, ...] = items(
        str, "真实性承诺书", "authenticity commitment letter", 50)
    website_construction_proposal: tuple[str, ...] = items(str, "建设方案书", "construction proposal", 50)
    subject_other_materials: tuple[str, ...] = items(str, "主体其他附件", "other attachments of the subject", 50)
    applets_other_materials: tuple[str, ...] = items(
        str, "小程序其他附件", "other attachments of the mini program", 50)
    holding_certificate_photo: tuple[str, ...] = items(str, "手持证件照", "photograph holding the certificate", 50)


@dataclass(frozen=True)
class Cancellation:
    """What a cancellation order (注销) declares: reason 1 or 2, and a free remark."""

    reason: int | None = number("原因", "reason")
    remark: str = text("备注", "remark", 1024, lines=True)


@dataclass(frozen=True)
class Existing:
    """Numbers (已有备案号) under which organizer and mini program are filed through another provider."""

    subject_number: str = text("主体备案号", "subject number", 40, spelling=spelling.filing_number)
    service_number: str = text("服务备案号", "service number", 48, spelling=spelling.filing_number)


@dataclass(frozen=True)
class Dossier:
    """One dossier.

    ``existing`` stands where somebody else filed before: both numbers for a new access, the subject's for a new
    service. ``cancellation`` stands in cancellation orders only, and alone.
    """

    organizer: Organizer = record(Organizer, "主办者", "organizer")
    service: Service = record(Service, "", "")
    materials: Materials = record(Materials, "", "")
    existing: Existing | None = optional_record(Existing, "已有", "existing")
    cancellation: Cancellation | None = optional_record(Cancellation, "注销", "cancellation", empty=True)

    @property
    def principals(self) -> tuple[tuple[str, Principal], ...]:
        """Both principals, each with its path."""
        return ("organizer.principal", self.organizer.principal), ("service.principal", self.service.principal)

    @property
    def media(self) -> Iterator[tuple[str, str]]:
        """Every picture and video of the dossier, after its path."""
        for path, media_id in zip(_MEDIA, _media_of(self), strict=True):
            if media_id:
                yield path, media_id
        for i, approval in enumerate(self.service.prior_approvals):
            if approval.picture:
                yield f"service.prior_approvals.{i}.picture", approval.picture
        for slot, media_ids in vars(self.materials).items():
            for i, media_id in enumerate(media_ids):
                if media_id:
                    yield f"materials.{slot}.{i}", media_id


_MEDIA = (
    "organizer.certificate.photo", "organizer.residence_permit",
    "organizer.principal.certificate.photo_front", "organizer.principal.certificate.photo_back",
    "organizer.principal.authorization_letter",
    "service.principal.certificate.photo_front", "service.principal.certificate.photo_back",
    "service.principal.authorization_letter",
)
_media_of = attrgetter(*_MEDIA)


def parse(
    document: Mapping[str, Any] | Any, *, account: Account | None = None
) -> tuple[Dossier, tuple[Finding, ...]]:
    """Read a dossier from any JSON value, in its canonical form. Never raises; what does not fit is left out and
    reported as a finding.

    ``null`` and a missing key mean the same. With ``account`` the mini program's name is the account's, and so is the
    spelling of the organizer's name if both are one name in different spellings; without it both are kept as they are,
    as in a stored snapshot. Pictures keep the handles of their uploads (:func:`openbeian.regime.pictures.with_pictures`).
    Reading a canonical document again changes nothing.
    Ids of the findings: :data:`openbeian.regime.shape.SHAPE_RULES`.
    """
    notes = Notes()
    dossier = read_record(Dossier, document, (), notes)
    if account is not None:
        name = printable(account.name)
        if len(name) > NAME_LENGTH_MAX:
            notes.add(TOO_LARGE, ("service", "name"))
            name = ""
        dossier = replace(
            dossier, service=replace(dossier.service, name=name),
            organizer=_spelled_as(printable(account.organizer_name), dossier.organizer))
    return dossier, tuple(notes.findings)


def _spelled_as(own: str, organizer: Organizer) -> Organizer:
    """The organizer under the account's ``own`` spelling of the name, where it is the same name."""
    if organizer.name in ("", own):
        return organizer
    same = spelling.name_key(organizer.name) == spelling.name_key(own)
    return replace(organizer, name=own if same else spelling.unit_name(organizer.name))


def document(dossier: Dossier) -> dict[str, Any]:
    """The dossier as its canonical JSON document, without what is empty: ``parse(document(d))[0] == d``."""
    return content(dossier)


def as_typed(typed: Any) -> Any:
    """A document in which what can be read is in its canonical form, and what cannot be read is as it was typed.

    It is read as ``typed`` is: ``parse(as_typed(typed)) == parse(typed)``, the findings included.
    """
    return _merged(typed, document(parse(typed)[0]))


def _merged(typed: Any, canonical: Any) -> Any:
    if isinstance(typed, dict) and isinstance(canonical, dict):
        return {name: _merged(value, canonical.get(name)) for name, value in typed.items()}
    if isinstance(typed, list) and isinstance(canonical, list):  # of a list that is too long only the head is read
        return [*map(_merged, typed, canonical), *typed[len(canonical):]]
    return typed if canonical in _NOTHING_READ else canonical


_NOTHING_READ: tuple[Any, ...] = (None, "", UNREAD, {}, [""])
