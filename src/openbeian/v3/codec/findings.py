"""What stands between a dossier and the administration, as findings for the organizer."""

import re
from collections.abc import Iterable

from openbeian.regime.code_tables import result_code
from openbeian.regime.dossier import Dossier
from openbeian.regime.fields import label
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.gbk import uncarried_texts
from openbeian.v3.codec.records import Decision, ResultLine

CLAUSE = "工业和信息化部备案接口规范 V3.0"


def unencodable(dossier: Dossier) -> tuple[Finding, ...]:
    """One finding for each text with characters the administration's files (GBK) cannot carry.

    Nothing is ever replaced by "?". Rules OB-TXT-001 and OB-CAN-004 say so at submission; this is for what was
    submitted otherwise.
    """
    return tuple(_of_text(path) for path, _ in uncarried_texts(dossier))


def _of_text(field: str) -> Finding:
    return Finding(
        rule="OB-WIRE-001", severity=Severity.BLOCKS, field=field,
        reason_zh="含有管局系统无法接收的字符（不在 GBK 字符集内，例如生僻字或表情符号）。",
        reason_en="The text holds characters that the administration's system cannot take (outside GBK).",
        remedy_zh="请改用证件所附说明或公安机关认可的替代写法；其他文本请删除特殊符号。",
        remedy_en="Use the replacement spelling that the issuing body accepts; remove special signs from other texts.",
        clause=CLAUSE,
    )


def of_picture(field: str, limit: int) -> Finding:
    """A picture that cannot be brought under the interface's limit of so many bytes."""
    size = f"{limit // 1024} KB"
    return Finding(
        rule="OB-WIRE-002", severity=Severity.BLOCKS, field=field,
        reason_zh=f"图片无法压缩到管局要求的大小（{size}）。",
        reason_en=f"The picture cannot be compressed to the size the administration takes ({size}).",
        remedy_zh="请重新上传清晰、简洁的图片，裁去无关部分。",
        remedy_en="Upload a clear picture again and crop what does not belong to it.",
        clause=CLAUSE,
    )


def of_size() -> tuple[Finding, ...]:
    """All attachments together exceed what one file may hold."""
    return (Finding(
        rule="OB-WIRE-004", severity=Severity.BLOCKS, field="materials",
        reason_zh="全部附件合计超过管局单个文件 50 MB 的上限。",
        reason_en="All attachments together exceed the 50 MB of one file.",
        remedy_zh="请减少附件数量。", remedy_en="Attach fewer pictures.", clause=CLAUSE,
    ),)


def of_unknown_id() -> tuple[Finding, ...]:
    """An order about a record of which the administration has not told the id, such as an access (Jrid)."""
    return (Finding(
        rule="OB-WIRE-006", severity=Severity.BLOCKS, field="",
        reason_zh="管局尚未告知该备案（或接入）在其系统中的标识，暂时无法提交管局。",
        reason_en="The administration has not told the id under which it holds this record, so nothing can be asked of it yet.",
        remedy_zh="请放弃本订单，待平台与管局核对数据后重新发起。",
        remedy_en="Give this order up, and open it again once the platform has compared its data with the administration.",
        clause=CLAUSE,
    ),)


#: Element of an upload file → field of the dossier, by the end of its path.
_FIELD_OF = (
    ("Zt_xx/Dwmc", "organizer.name"),
    ("Zt_xx/Dwxz", "organizer.type"),
    ("Txdz/Shengid", "organizer.province"),
    ("Txdz/Shiid", "organizer.city"),
    ("Txdz/Xianid", "organizer.district"),
    ("Txdz/Xxdz", "organizer.address"),
    ("Zt_xx/Txdz", "organizer.city"),
    ("Zj/Zjlx", "organizer.certificate.type"),
    ("Zj/Zjhm", "organizer.certificate.number"),
    ("Zj/Zjzs", "organizer.certificate.address"),
    ("Zt_xx/Zj", "organizer.certificate.number"),
    ("Zt_xx/Bz", "organizer.remark"),
    ("LegalRepresentativeName", "organizer.legal_representative.name"),
    ("LegalRepresentativeNumber", "organizer.legal_representative.certificate_number"),
    ("Wz_xx/Wzmc", "service.name"),
    ("Wz_xx/Nrlx", "service.prior_approvals"),
    ("Wz_xx/Fwnr", "service.contents"),
    ("Wz_xx/Wz_Bz", "service.description"),
    ("FaceCheck", "service.principal.face_check"),
    ("Zx_xx/Zxly", "cancellation.reason"),
    ("Zx_xx/Zxlybz", "cancellation.remark"),
)
_PRINCIPAL_FIELD_OF = (
    ("Fzr_xm", "name"),
    ("Fzr_dhhm", "emergency_number"),
    ("Fzr_sjhm", "mobile"),
    ("Fzr_dzyj", "email"),
    ("Fzr_zjlx", "certificate.type"),
    ("Fzr_zjhm", "certificate.number"),
    ("PrincipalValidFrom", "certificate.valid_from"),
    ("PrincipalValidUntil", "certificate.valid_until"),
    ("PrincipalEmergencyNumber", "emergency_number"),
)


def of_schema(problems: Iterable[str]) -> tuple[Finding, ...]:
    """Findings for an own file that breaks the interface's schema; ``problems`` as ``wire.validation`` gives them."""
    fields = dict.fromkeys(_field_of(problem) for problem in problems)
    return tuple(
        Finding(
            rule="OB-WIRE-003", severity=Severity.BLOCKS, field=field,
            reason_zh=f"{label(field)[0]}缺失，或长度、格式不符合管局接口规范。",
            reason_en=f"{label(field)[1]}: missing, or not of the length or form the administration's interface takes.",
            remedy_zh="请核对并重新填写该项；如确认无误，请联系平台客服。",
            remedy_en="Check and enter it again; if it is right, ask the platform for help.",
            clause=CLAUSE,
        )
        for field in fields
    )


_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.+?) \)")


def _field_of(problem: str) -> str:
    """The field that a line of ``wire.validation`` is about, "" if it is none in particular."""
    path = re.sub(r"\[\d+\]|mp:", "", problem.split(": ", 1)[0])
    missing = _EXPECTED.search(problem)
    # What is missing is named in the message, its parent in the path.
    names = [name.rpartition("}")[2] for name in missing[1].split(", ")] if missing else []
    for candidate in (*(f"{path}/{name}" for name in names), path):
        side = "service" if "/Wz_xx/" in candidate else "organizer"
        for ending, field in _PRINCIPAL_FIELD_OF:
            if candidate.endswith(f"/{ending}"):
                return f"{side}.principal.{field}"
        for ending, field in _FIELD_OF:
            if candidate.endswith(f"/{ending}") or f"/{ending}/" in candidate:
                return field
    return ""


def data_errors(lines: Iterable[ResultLine]) -> tuple[Finding, ...]:
    """Findings for the result codes (处理结果代码) of one record; the table gives field, reason and remedy."""
    findings = []
    for code in dict.fromkeys(line.code for line in lines):
        row = result_code(code)
        findings.append(Finding(
            rule=f"V3-{code}", severity=Severity.BLOCKS, field=row.field,
            reason_zh=f"管局返回：{row.meaning_zh}（代码 {code}）。",
            reason_en=f"The administration's system answers: {row.meaning_en} (code {code}).",
            remedy_zh=f"{row.remedy_zh}。", remedy_en=f"{row.remedy_en}.", clause=CLAUSE,
        ))
    return tuple(findings)


def opinion(decision: Decision) -> tuple[Finding, ...]:
    """The finding for a refusal: the administration's own words (审核意见), which exist in one language only."""
    words = decision.opinion or "管局未说明理由。"
    return (Finding(
        rule="V3-1002", severity=Severity.BLOCKS, field="",
        reason_zh=words, reason_en="",
        remedy_zh="请按管局意见修改后重新提交。", remedy_en="Correct what the administration names and submit again.",
        clause="非经营性互联网信息服务备案管理办法第十二条",
    ),)
