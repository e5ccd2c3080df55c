"""Every record of the upload and the download file (V3.0, and our extension for mini programs), typed.

Each field names its element; the order is the one in which V3.0 has them. ``*`` in a docstring marks what the
interface requires, ``n`` what may occur several times. Ids are the text of their digits: those named ``…order_id``
and ``enterprise_id`` are made by us (IspZtid, IspWzid, IspJrid …), those named ``province_…`` by the province.
What is absent is "", None or (). Fields that may be personal data do not appear in a record's ``repr``.

Source: V3.0 interface, upload file and download file; docs/reference/v3-mini-program-extension.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from openbeian.regime.code_tables import Reaction, result_code
from openbeian.v3.codec import binding as xml
from openbeian.v3.wire import mp

ACCEPTED = 0
PASSED, REFUSED = 1001, 1002

# Parts of both files


@dataclass(frozen=True)
class Address:
    """``Txdz`` (通信地址): Shengid*, Shiid*, Xianid, Xxdz ≤1024."""

    province: str = xml.key("Shengid")
    city: str = xml.key("Shiid")
    district: str = xml.key("Xianid")
    street: str = xml.text("Xxdz", personal=True)


@dataclass(frozen=True)
class Certificate:
    """``Zj`` (证件): Zjlx* 1–999, Zjhm* ≤255, Zjzs* ≤1024."""

    type: int | None = xml.number("Zjlx")
    number: str = xml.text("Zjhm", personal=True)
    address: str = xml.text("Zjzs", personal=True)


@dataclass(frozen=True)
class Principal:
    """``Fzr``, ``Wz_Fzr`` (负责人): a principal. Several phones or addresses are joined with ";"."""

    name: str = xml.text("Fzr_xm", personal=True)
    office_phone: str = xml.text("Fzr_dhhm", personal=True)
    mobile: str = xml.text("Fzr_sjhm", "sjhm", personal=True)
    email: str = xml.text("Fzr_dzyj", personal=True)
    msn: str = xml.text("Msn", personal=True)
    qq: str = xml.text("Qq", personal=True)
    certificate_type: int | None = xml.number("Fzr_zjlx")
    certificate_number: str = xml.text("Fzr_zjhm", personal=True)


@dataclass(frozen=True)
class CheckedPrincipal(Principal):
    """A principal in ``HSJG``, where V3.0 calls the mobile number ``sjhm``."""

    mobile: str = xml.text("sjhm", "Fzr_sjhm", personal=True)


@dataclass(frozen=True)
class SubjectExtension:
    """``mp:Subject``: what V3.0 has no element for. Days as YYYYMMDD, or 长期."""

    valid_from: str = xml.text(mp("PrincipalValidFrom"))
    valid_until: str = xml.text(mp("PrincipalValidUntil"))
    emergency_number: str = xml.text(mp("PrincipalEmergencyNumber"), personal=True)
    legal_representative_name: str = xml.text(mp("LegalRepresentativeName"), personal=True)
    legal_representative_number: str = xml.text(mp("LegalRepresentativeNumber"), personal=True)


@dataclass(frozen=True)
class MiniProgram:
    """``mp:MiniProgram``: stands in a service for domains and accesses, which a mini program has none of."""

    appid: str = xml.text(mp("AppId"))
    service_type: int | None = xml.number(mp("ServiceType"))
    face_check: str = xml.text(mp("FaceCheck"))
    valid_from: str = xml.text(mp("PrincipalValidFrom"))
    valid_until: str = xml.text(mp("PrincipalValidUntil"))
    emergency_number: str = xml.text(mp("PrincipalEmergencyNumber"), personal=True)
    enterprise_access_id: str = xml.key(mp("EnterpriseAccessId"))
    province_access_id: str = xml.key(mp("ProvinceAccessId"))


@dataclass(frozen=True)
class Domain:
    """``Ym_xx`` (域名): IspYmid or Ymid, Ym* 4–128."""

    enterprise_id: str = xml.key("IspYmid")
    province_id: str = xml.key("Ymid")
    name: str = xml.text("Ym")


@dataclass(frozen=True)
class AddressRange:
    """``Ip_xx``: IspIpid or Ipid, first and last address (Qsip*, Zzip*)."""

    enterprise_id: str = xml.key("IspIpid")
    province_id: str = xml.key("Ipid")
    first: str = xml.ipv4("Qsip")
    last: str = xml.ipv4("Zzip")


@dataclass(frozen=True)
class Access:
    """``Jr_xx`` (接入): IspJrid or Jrid, Wzfb* server locations, Wzjrfs* access modes, Ip_xx n.

    ``mode`` is Bbfs (in a change), ``reporter_id`` and ``reporter_mode`` (Bbyhid, Bbyhlx) come in downloads.
    """

    enterprise_id: str = xml.key("IspJrid")
    province_id: str = xml.key("Jrid")
    locations: tuple[int, ...] = xml.number("Wzfb", each="Fbdd")
    modes: tuple[int, ...] = xml.number("Wzjrfs", each="Jrfs")
    addresses: tuple[AddressRange, ...] = xml.records("Ip_xx", of=AddressRange)
    mode: int | None = xml.number("Bbfs")
    reporter_id: str = xml.key("Bbyhid", "Ispid")
    reporter_mode: int | None = xml.number("Bbyhlx")


@dataclass(frozen=True)
class PriorApproval:
    """``Nrlx_xx`` (前置审批): Nrlx_id* 1–64, Qzsph ≤512, Spwj ≤10 scans."""

    type: int | None = xml.number("Nrlx_id")
    number: str = xml.text("Qzsph")
    scans: tuple[bytes, ...] = xml.picture("Spwj", repeated=True)


@dataclass(frozen=True)
class OwnerId:
    """``Ssdxbs``: whose an attachment is. Our id in a new filing, else the province's id (Jlid) or the number (Baxh)."""

    enterprise_id: str = xml.key()
    province_id: str = xml.key("Jlid")
    number: str = xml.text("Baxh")


@dataclass(frozen=True)
class Owner:
    """``Fjssdx``: Ssdxlx* 1 subject, 2 service; Ssdxbs*."""

    kind: int | None = xml.number("Ssdxlx")
    id: OwnerId | None = xml.record("Ssdxbs", of=OwnerId)


@dataclass(frozen=True)
class Attachment:
    """``Fjxx`` (附件): Fjwjgs* format, Fjyt* purpose, Fjnr* content, Fjssdx* owner, Bz ≤256. Alone in ``XZHYD``."""

    format: int | None = xml.number("Fjwjgs")
    purpose: int | None = xml.number("Fjyt")
    content: bytes = xml.picture("Fjnr")
    owner: Owner | None = xml.record("Fjssdx", of=Owner)
    remark: str = xml.text("Bz")


# Upload file


@dataclass(frozen=True)
class ReportedSubject:
    """``Zt_xx`` of a new filing, with IspZtid* and Bbfs* (0 by the organizer, 1 on behalf); of a change in full, with
    Ztid* and Baxh*.
    """

    order_id: str = xml.key("IspZtid")
    province_id: str = xml.key("Ztid")
    name: str = xml.text("Dwmc", personal=True)
    number: str = xml.text("Baxh")
    nature: int | None = xml.number("Dwxz")
    address: Address | None = xml.record("Txdz", of=Address)
    certificate: Certificate | None = xml.record("Zj", of=Certificate)
    principal: Principal | None = xml.record("Fzr", of=Principal)
    mode: int | None = xml.number("Bbfs")
    remark: str = xml.text("Bz", personal=True)
    extension: SubjectExtension | None = xml.record(mp("Subject"), of=SubjectExtension)


@dataclass(frozen=True)
class ReportedService:
    """``Wz_xx`` of a new filing or a new service, with IspWzid*; of a change in full, with Wzid*, Jrid and Baxh."""

    order_id: str = xml.key("IspWzid")
    province_id: str = xml.key("Wzid")
    province_access_id: str = xml.key("Jrid")
    number: str = xml.text("Baxh")
    name: str = xml.text("Wzmc")
    prior_approvals: tuple[PriorApproval, ...] = xml.record("Nrlx", of=PriorApproval, each="Nrlx_xx")
    contents: tuple[int, ...] = xml.number("Fwnr", each="Fwnr_id", always=True)
    languages: tuple[int, ...] = xml.number("Yylb", each="Yylb_id")
    mini_program: MiniProgram | None = xml.record(mp("MiniProgram"), of=MiniProgram)
    principal: Principal | None = xml.record("Wz_Fzr", of=Principal)
    remark: str = xml.text("Wz_Bz")


@dataclass(frozen=True)
class NewFiling:
    """``XZBA/Baxx`` (新增备案): Zt_xx 1, Wz_xx n, Fj 0–n."""

    subject: ReportedSubject | None = xml.record("Zt_xx", of=ReportedSubject, required=True)
    services: tuple[ReportedService, ...] = xml.records("Wz_xx", of=ReportedService, required=True)
    attachments: tuple[Attachment, ...] = xml.records("Fj", of=Attachment, each="Fjxx")


@dataclass(frozen=True)
class SubjectReference:
    """``Zt_xx`` of a new service: the subject on file, by Ztid or Ztbah."""

    province_id: str = xml.key("Ztid")
    number: str = xml.text("Ztbah")


@dataclass(frozen=True)
class ServiceAddition:
    """``XZWZ/Xzxx`` (新增网站): Zt_xx by Ztid or Ztbah, Wz_xx n, Fj 0–n."""

    subject: SubjectReference | None = xml.record("Zt_xx", of=SubjectReference, required=True)
    services: tuple[ReportedService, ...] = xml.records("Wz_xx", of=ReportedService, required=True)
    attachments: tuple[Attachment, ...] = xml.records("Fj", of=Attachment, each="Fjxx")


@dataclass(frozen=True)
class ServiceReference:
    """``Wz_xx`` of a new access: the service on file, by Wzid or Wzbah; for a mini program with the extension."""

    province_id: str = xml.key("Wzid")
    number: str = xml.text("Wzbah")
    mini_program: MiniProgram | None = xml.record(mp("MiniProgram"), of=MiniProgram)


@dataclass(frozen=True)
class AccessAddition:
    """``XZJR/Xzxx`` (新增接入): Wz_xx, IspJrid*, Fj 0–n, ICPmm 1 (sent empty)."""

    service: ServiceReference | None = xml.record("Wz_xx", of=ServiceReference, required=True)
    order_id: str = xml.key("IspJrid", required=True)
    attachments: tuple[Attachment, ...] = xml.records("Fj", of=Attachment, each="Fjxx")
    password: str = xml.text("ICPmm", personal=True, always=True)


@dataclass(frozen=True)
class Scope:
    """``mp:Change``: what a change is about; ``subject``, ``service`` or ``both``."""

    of: str = xml.choice(mp("Scope"), of=("subject", "service", "both"))


@dataclass(frozen=True)
class Change:
    """``BGBA/Bgxx`` (变更备案): Zt_xx full, Wz_xx n full, Fj 0–n, mp:Change."""

    subject: ReportedSubject | None = xml.record("Zt_xx", of=ReportedSubject, required=True)
    services: tuple[ReportedService, ...] = xml.records("Wz_xx", of=ReportedService)
    attachments: tuple[Attachment, ...] = xml.records("Fj", of=Attachment, each="Fjxx")
    scope: Scope | None = xml.record(mp("Change"), of=Scope)


@dataclass(frozen=True)
class CancellationRequest:
    """``ZXBA/Zx_xx`` (注销备案): Zxlb* 0 subject, 1 service, 2 access; Jlid*, Zxly* reason, Zxlybz."""

    category: int | None = xml.number("Zxlb", required=True)
    key: str = xml.key("Jlid", required=True)
    reason: int | None = xml.number("Zxly")
    remark: str = xml.text("Zxlybz", personal=True)


@dataclass(frozen=True)
class CheckedRecordSubject:
    """``Zt_xx`` of a verification result: as the province has it, with Ztid*."""

    province_id: str = xml.key("Ztid")
    name: str = xml.text("Dwmc", personal=True)
    number: str = xml.text("Baxh")
    nature: int | None = xml.number("Dwxz")
    address: Address | None = xml.record("Txdz", of=Address)
    superior: str = xml.text("Tzr", personal=True)
    certificate: Certificate | None = xml.record("Zj", of=Certificate)
    principal: CheckedPrincipal | None = xml.record("Fzr", of=CheckedPrincipal)
    remark: str = xml.text("Bz", personal=True)
    extension: SubjectExtension | None = xml.record(mp("Subject"), of=SubjectExtension)


@dataclass(frozen=True)
class CheckedRecordService:
    """``Wz_xx`` of a verification result: as the province has it, with Wzid*."""

    province_id: str = xml.key("Wzid")
    number: str = xml.text("Baxh")
    name: str = xml.text("Wzmc")
    prior_approvals: tuple[PriorApproval, ...] = xml.record("Nrlx", of=PriorApproval, each="Nrlx_xx")
    contents: tuple[int, ...] = xml.number("Fwnr", each="Fwnr_id")
    domains: tuple[Domain, ...] = xml.records("Ym_xx", of=Domain)
    accesses: tuple[Access, ...] = xml.records("Jr_xx", of=Access)
    mini_program: MiniProgram | None = xml.record(mp("MiniProgram"), of=MiniProgram)
    principal: CheckedPrincipal | None = xml.record("Wz_Fzr", of=CheckedPrincipal)
    home_url: str = xml.text("Syurl")
    remark: str = xml.text("Wz_Bz")


@dataclass(frozen=True)
class CheckedRecord:
    """``Baxx`` of a verification result."""

    subject: CheckedRecordSubject | None = xml.record("Zt_xx", of=CheckedRecordSubject)
    services: tuple[CheckedRecordService, ...] = xml.records("Wz_xx", of=CheckedRecordService)


@dataclass(frozen=True)
class VerificationResult:
    """``HSJG/Hsjgxx`` (核实结果): Hsjg* 0 passed, 1 refused; Hsrxm*, Hssj* day, Bbdw* unit, Hsyj*, Cwxx, Baxx*."""

    passed: bool | None = xml.inverted_flag("Hsjg", required=True)
    verifier: str = xml.text("Hsrxm", personal=True)
    verified_on: date | None = xml.day("Hssj")
    unit_id: str = xml.key("Bbdw")
    opinion: str = xml.text("Hsyj", personal=True)
    error: str = xml.text("Cwxx", personal=True)
    record: CheckedRecord | None = xml.record("Baxx", of=CheckedRecord, required=True)


@dataclass(frozen=True)
class UnfiledSiteHandled:
    """``WBACLJG/Clxx`` (未备案处理结果): what was done about an unfiled site; every element but the reporter's*."""

    domain: str = xml.text("Ym", required=True)
    ip: str = xml.ipv4("IP")
    operator: str = xml.text("Yys")
    provider: str = xml.text("Jrs")
    province: str = xml.key("Shengid")
    result: int | None = xml.number("Cljg")
    opinion: str = xml.text("Clyj", personal=True)
    recorded_on: date | None = xml.day("Rbsj")
    due_on: date | None = xml.day("Clsx")
    reporter: str = xml.text("Sbrxm", personal=True)
    reporter_phone: str = xml.text("Sbrdh", personal=True)
    reporter_email: str = xml.text("Sbrdzyj", personal=True)


UploadRecord = (
    NewFiling | ServiceAddition | AccessAddition | Change | CancellationRequest | Attachment | VerificationResult
    | UnfiledSiteHandled
)

# Download file


@dataclass(frozen=True)
class FiledSubject:
    """``Zt_xx`` on file: Ztid*, Dwmc*, Txdz*, Zj*, Fzr*, Baxh, Bbyhlx*, Scbbsj* first and Zjxgsj* last report.

    ``order_id`` is "" for a subject that we did not report first.
    """

    order_id: str = xml.key("IspZtid")
    province_id: str = xml.key("Ztid", required=True)
    name: str = xml.text("Dwmc", personal=True)
    nature: int | None = xml.number("Dwxz")
    superior: str = xml.text("Tzr", personal=True)
    address: Address | None = xml.record("Txdz", of=Address)
    certificate: Certificate | None = xml.record("Zj", of=Certificate)
    principal: Principal | None = xml.record("Fzr", of=Principal)
    number: str = xml.text("Baxh")
    mode: int | None = xml.number("Bbyhlx")
    first_reported_at: datetime | None = xml.instant("Scbbsj")
    changed_at: datetime | None = xml.instant("Zjxgsj")
    certificate_valid_until: datetime | None = xml.instant("Zsyxq")
    certificate_path: str = xml.text("Zslj")
    certificate_serial: str = xml.text("Zsxh")
    reviewer: str = xml.text("Shrxm", personal=True)
    reviewed_at: datetime | None = xml.instant("Shsj")
    remark: str = xml.text("Bz", personal=True)
    extension: SubjectExtension | None = xml.record(mp("Subject"), of=SubjectExtension)


@dataclass(frozen=True)
class ServiceOnFile:
    """``Wz_xx`` of a verification task: as on file, perhaps without its number."""

    order_id: str = xml.key("IspWzid")
    province_service_id: str = xml.key("Wzid", required=True)
    name: str = xml.text("Wzmc")
    prior_approvals: tuple[PriorApproval, ...] = xml.record("Nrlx", of=PriorApproval, each="Nrlx_xx")
    contents: tuple[int, ...] = xml.number("Fwnr", each="Fwnr_id")
    languages: tuple[int, ...] = xml.number("Yylb", each="Yylb_id")
    domains: tuple[Domain, ...] = xml.records("Ym_xx", of=Domain)
    accesses: tuple[Access, ...] = xml.records("Jr_xx", of=Access)
    mini_program: MiniProgram | None = xml.record(mp("MiniProgram"), of=MiniProgram)
    principal: Principal | None = xml.record("Wz_Fzr", of=Principal)
    home_url: str = xml.text("Syurl")
    remark: str = xml.text("Wz_Bz")
    first_reported_at: datetime | None = xml.instant("Scbbsj")
    changed_at: datetime | None = xml.instant("Zjxgsj")
    reviewer: str = xml.text("Shrxm", personal=True)
    reviewed_at: datetime | None = xml.instant("Shsj")
    number: str = xml.text("Baxh")

    @property
    def appid(self) -> str:
        """The mini program's id, "" if the province does not tell it."""
        return self.mini_program.appid if self.mini_program else ""

    @property
    def access_order_id(self) -> str:
        """Our id of the access, "" if not told."""
        if self.mini_program and self.mini_program.enterprise_access_id:
            return self.mini_program.enterprise_access_id
        return next((access.enterprise_id for access in self.accesses if access.enterprise_id), "")

    @property
    def province_access_id(self) -> str:
        """The province's id of our access, "" if not told."""
        if self.mini_program and self.mini_program.province_access_id:
            return self.mini_program.province_access_id
        return self.accesses[0].province_id if len(self.accesses) == 1 else ""


@dataclass(frozen=True)
class FiledService(ServiceOnFile):
    """``Wz_xx`` on file: Wzid*, Wzmc*, Fwnr*, the access or the mini program, Wz_Fzr*, Baxh*.

    ``order_id`` is IspWzid, "" for one we did not report.
    """

    number: str = xml.text("Baxh", required=True)


@dataclass(frozen=True)
class FiledRecord:
    """``BASJ/Baxx`` (备案数据): a subject on file with services, with the numbers and both families of ids."""

    subject: FiledSubject = xml.record("Zt_xx", of=FiledSubject, required=True)
    services: tuple[FiledService, ...] = xml.records("Wz_xx", of=FiledService)
    remark: str = xml.text("Bz", personal=True)

    @property
    def order_id(self) -> str:
        """IspZtid, "" for a subject that we did not report."""
        return self.subject.order_id

    @property
    def province_subject_id(self) -> str:
        """Ztid."""
        return self.subject.province_id

    @property
    def subject_number(self) -> str:
        """The subject's filing number."""
        return self.subject.number


@dataclass(frozen=True)
class CancelledRecord:
    """``ZXSJ/Zxxx`` (注销数据), or ``Zx_xx``: a record no longer on file. ``category``: 0 subject, 1 service, 2 access."""

    category: int = xml.number("Zxlb", required=True)
    key: str = xml.key("Jlid", required=True)
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class BlacklistedSubject:
    """``HMDLB/Zthmdxxs`` (主体黑名单): Dwmc*, Dwxz, Zj*; ``operation`` (Czlx*) 0 add, 1 change, 2 delete.

    V3.0 gives an entry no id; an administration that does sends ``Id``.
    """

    id: str = xml.key("Id")
    name: str = xml.text("Dwmc", personal=True, inside="Zt_xx")
    nature: int | None = xml.number("Dwxz", inside="Zt_xx")
    certificate: Certificate | None = xml.record("Zj", of=Certificate, inside="Zt_xx")
    operation: int = xml.number("Czlx", required=True)
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class BlacklistedService:
    """``HMDLB/Wzhmdxxs`` (网站黑名单): Wzmc*, Ym n, Syurl, Czlx* as for subjects."""

    id: str = xml.key("Id")
    name: str = xml.text("Wzmc", inside="Wz_xx")
    domains: tuple[str, ...] = xml.text("Ym_xx", each="Ym", repeated=True, inside="Wz_xx")
    home_url: str = xml.text("Syurl", inside="Wz_xx")
    operation: int = xml.number("Czlx", required=True)
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class IllegalAccess:
    """``FFJRHMD/Ffjrxx`` (非法接入): Id*, Ym*, Ip*, Zjjrz* who gives access, Szs* province, Dqjcsj* when found."""

    id: str = xml.key("Id", required=True)
    domain: str = xml.text("Ym")
    ip: str = xml.ipv4("Ip")
    provider: str = xml.text("Zjjrz")
    province: str = xml.text("Szs")
    found_at: datetime | None = xml.instant("Dqjcsj")
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class UnfiledSite:
    """``WBAWZLB/Wbawz_xx`` (未备案网站): Id*, Wzym_mc*, IP*, Yys*; when and how often found, by whom accessed."""

    id: str = xml.key("Id", required=True)
    domain: str = xml.text("Wzym_mc")
    languages: tuple[int, ...] = xml.number("Yylb", each="Yylb_id")
    ip: str = xml.ipv4("IP")
    found_at: datetime | None = xml.instant("Dqjcsj")
    times_found: int | None = xml.number("Jccs")
    province: str = xml.text("Sssh")
    first_found_at: datetime | None = xml.instant("Scjcsj")
    provider: str = xml.text("Jrs")
    operator: str = xml.text("Yys")
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class ResultLine:
    """``Jgxx``: one code of a processing result. ``text`` (Dmms) may repeat data of the record."""

    code: int = xml.number("Jgdm", required=True)
    text: str = xml.text("Dmms", personal=True)


@dataclass(frozen=True)
class Decision:
    """``Gjsh`` (管局审核): the reviewer's decision on one record; Shsj*, Shjg* 0 refused, 1 passed, Shyj opinion, Jlid*."""

    reviewer: str = xml.text("Shrxm", personal=True)
    reviewer_phone: str = xml.text("Shr_dhhm", personal=True)
    decided_at: datetime | None = xml.instant("Shsj")
    opinion: str = xml.text("Shyj", personal=True)
    passed: bool = xml.flag("Shjg", required=True)
    operation: int | None = xml.number("Czlx")
    key: str = xml.key("Jlid", required=True)


@dataclass(frozen=True)
class ProcessingResult:
    """``Jg_xx``: what the province's system made of one uploaded record; Jgxx* n, Czlx, Bs ``key``, Bz.

    ``enterprise_id`` is our own id of the record (``mp:EnterpriseId``), told where Bs alone does not say it.
    """

    lines: tuple[ResultLine, ...] = xml.records("Jgxx", of=ResultLine, required=True)
    operation: int | None = xml.number("Czlx")
    key: str = xml.text("Bs")
    remark: str = xml.text("Bz", personal=True)
    enterprise_id: str = xml.key(mp("EnterpriseId"))

    @property
    def errors(self) -> tuple[ResultLine, ...]:
        """The lines that keep the record from being processed; a code nobody knows is one of them."""
        return tuple(line for line in self.lines if line.code != ACCEPTED and not _harmless(line.code))

    @property
    def decision(self) -> Decision | None:
        """Some provinces tell the reviewer's decision as a result code (1001, 1002); then this is it.

        A pass beside an error is none: nothing is approved on the strength of half an answer.
        """
        told = {line.code: line for line in self.lines if line.code in (PASSED, REFUSED)}
        line = told.get(REFUSED) or (told.get(PASSED) if not self.errors else None)
        if line is None:
            return None
        return Decision(operation=self.operation, key=self.key, passed=line.code == PASSED, opinion=line.text)


def _harmless(code: int) -> bool:
    """Codes of calls (0 to 999) mean nothing here, whatever they mean there."""
    row = result_code(code)
    return row.level in ("processing", "general") and row.reaction == Reaction.NONE


@dataclass(frozen=True)
class SmsReport:
    """``mp:SmsVerification`` (短信核验): what became of one principal's verification. All* ."""

    key: str = xml.key(mp("RecordId"), required=True)
    operation: int = xml.number(mp("Operation"), required=True)
    principal: Literal["subject", "service"] = xml.choice(
        mp("Principal"), of=("subject", "service"), required=True)
    result: Literal["verified", "lapsed", "refused"] = xml.choice(
        mp("Result"), of=("verified", "lapsed", "refused"), required=True)
    at: datetime = xml.iso_instant(mp("At"), required=True)


@dataclass(frozen=True)
class VerificationTask:
    """``HSRW/Baxx`` (核实任务): a record the platform must check again; as on file, numbers perhaps left out."""

    subject: FiledSubject = xml.record("Zt_xx", of=FiledSubject, required=True)
    services: tuple[ServiceOnFile, ...] = xml.records("Wz_xx", of=ServiceOnFile)
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class SubjectCheck:
    """``HCJG/Zthc`` (主体核查): Ztid*, Dwmc*, Zjlx*, Zjhm*, Cwyy what is wrong."""

    province_id: str = xml.key("Ztid", required=True)
    number: str = xml.text("Baxh", "Zt_Baxh")
    name: str = xml.text("Dwmc", personal=True)
    certificate_type: int | None = xml.number("Zjlx")
    certificate_number: str = xml.text("Zjhm", personal=True)
    error: str = xml.text("Cwyy", "Hcjg", personal=True)
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class AccessCheck:
    """``HCJG/Jrhc`` (接入核查): Wzid*, Wz_Baxh*, Hcjg* 1 over-reported, 2 under-reported, Hcsj*, Jrid, domain and address."""

    province_service_id: str = xml.key("Wzid")
    number: str = xml.text("Wz_Baxh", "Baxh")
    domain: str = xml.text("Ym")
    resolved_ip: str = xml.ipv4("Jxip")
    reporter_id: str = xml.key("Bbisp")
    result: int | None = xml.number("Hcjg", required=True)
    checked_at: datetime | None = xml.instant("Hcsj")
    province_access_id: str = xml.key("Jrid")
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class ShellCheck:
    """``HCJG/Kkwzhc`` (空壳网站核查): Wzid*, Wz_Baxh*, Hcjg* 0 alive, 1 dead, Hcsj*, Syurl."""

    province_service_id: str = xml.key("Wzid", required=True)
    number: str = xml.text("Wz_Baxh", "Baxh")
    dead: bool = xml.flag("Hcjg", required=True)
    checked_at: datetime | None = xml.instant("Hcsj")
    home_url: str = xml.text("Syurl")
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class LivenessCheck:
    """``HCJG/Wzch`` (网站存活检测): Wzid*, Wz_Baxh*, Syurl, Hcsj*; Hcjg where an administration sends it."""

    province_service_id: str = xml.key("Wzid", required=True)
    number: str = xml.text("Wz_Baxh", "Baxh")
    home_url: str = xml.text("Syurl")
    checked_at: datetime | None = xml.instant("Hcsj")
    dead: bool | None = xml.flag("Hcjg")
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class Notice:
    """``XGTZ/Tzxx`` (相关通知): Tzlb* 0 subject, 1 service to be rectified; Baxh, Jlid, Tznr* what is wanted."""

    category: int = xml.number("Tzlb", required=True)
    number: str = xml.text("Baxh")
    key: str = xml.key("Jlid")
    text: str = xml.text("Tznr", personal=True)
    remark: str = xml.text("Bz", personal=True)


@dataclass(frozen=True)
class CodeRow:
    """One row of a code table: Id*, Mc name, Sfyx valid. ``group`` is the table's tag; ``more`` what else it tells."""

    group: str
    id: str
    name: str
    valid: bool = True
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CodeTables:
    """``JCDM`` (基础代码): ``units`` (Bbdwlb) are the reporting units, ``rows`` those of all groups (Jcdm_xx)."""

    rows: tuple[CodeRow, ...] = ()
    units: tuple[CodeRow, ...] = ()


@dataclass(frozen=True)
class Synchronisation:
    """``SJTB`` (数据同步): everything the administration has on file, at once. ``omitted``: blocks not for us (IP, YM)."""

    filed: tuple[FiledRecord, ...] = ()
    others: tuple["IcpRecord", ...] = ()
    codes: CodeTables | None = None
    omitted: tuple[str, ...] = ()


IcpRecord = (
    FiledRecord | CancelledRecord | BlacklistedSubject | BlacklistedService | IllegalAccess | UnfiledSite
    | ProcessingResult | Decision | SmsReport | VerificationTask | SubjectCheck | AccessCheck | ShellCheck
    | LivenessCheck | Notice
)
Record = IcpRecord | CodeTables | Synchronisation
