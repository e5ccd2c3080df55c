"""What stands between a dossier and the administration, as findings for the organizer."""

import re
from collections.abc import Iterable

from openbeian.regime.code_tables import result_code
from openbeian.regime.csv_files import csv_rows
from openbeian.regime.dossier import Dossier
from openbeian.regime.fields import label
from openbeian.regime.findings import Finding, Severity
from openbeian.regime.gbk import uncarried_texts
from openbeian.v3.codec.records import Decision, ResultLine

CLAUSE = "工业和信息化部备案接口规范 V3.0"


_TEXTS = {row.pop("rule"): row for row in csv_rows(__file__, "findings.csv")}
_FIELD_OF = [(row["element"], row["field"]) for row in csv_rows(__file__, "fields.csv")]
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.+?) \)")


def finding(rule: str, field: str = "", **values: str) -> Finding:
    """What one rule of ``findings.csv`` says about a field; ``values`` are filled into its texts."""
    texts = {name: text.format(**values) for name, text in _TEXTS[rule].items()}
    return Finding(rule=rule, severity=Severity.BLOCKS, field=field, clause=CLAUSE, **texts)


def unencodable(dossier: Dossier) -> tuple[Finding, ...]:
    """One finding for each text with characters the administration's files cannot carry.

    Nothing is ever replaced by "?". Rules OB-TXT-001 and OB-CAN-004 say so at submission; this is for what was
    submitted otherwise.
    """
    return tuple(finding("OB-WIRE-001", path) for path, _ in uncarried_texts(dossier))


def of_schema(problems: Iterable[str]) -> tuple[Finding, ...]:
    """Findings for an own file that breaks the interface's schema; ``problems`` as ``wire.validation`` gives them."""
    fields = dict.fromkeys(_field_of(problem) for problem in problems)
    return tuple(
        finding("OB-WIRE-003", field, label_zh=label(field)[0], label_en=label(field)[1]) for field in fields
    )


def _field_of(problem: str) -> str:
    """The field that a line of ``wire.validation`` is about, "" if it is none in particular."""
    path = re.sub(r"\[\d+\]|mp:", "", problem.split(": ", 1)[0])
    missing = _EXPECTED.search(problem)
    # What is missing is named in the message, its parent in the path.
    names = [name.rpartition("}")[2] for name in missing[1].split(", ")] if missing else []
    for candidate in (*(f"{path}/{name}" for name in names), path):
        for element, field in _FIELD_OF:
            if field.startswith(".") and candidate.endswith(f"/{element}"):
                return f"{'service' if '/Wz_xx/' in candidate else 'organizer'}.principal{field}"
            if not field.startswith(".") and f"/{element}/" in f"{candidate}/":
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
