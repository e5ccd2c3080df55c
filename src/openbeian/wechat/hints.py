"""Findings as a client sees them: hints of a refused application, reasons of a returned one."""

from collections.abc import Iterable, Mapping
from typing import Any

from openbeian.filings.models import Finding as KeptFinding
from openbeian.regime.fields import label
from openbeian.regime.findings import Finding, Severity
from openbeian.wechat import codes
from openbeian.wechat.dossier import err_field
from openbeian.wechat.errors import Hint


def hints(
    findings: Iterable[Finding], *, english: bool = False, misshapen: Mapping[str, Any] | None = None
) -> list[Hint]:
    """One hint for each finding that blocks; for all that is found in a ``misshapen`` record, one together."""
    found = [
        Hint(
            errcode=codes.code_of(finding.rule), err_field=err_field(finding.field),
            errmsg=f"{finding.reason_en} {finding.remedy_en}".strip() if english else finding.reason_zh + finding.remedy_zh)
        for finding in findings if finding.severity == Severity.BLOCKS
    ]
    records = misshapen or {}
    elsewhere = [hint for hint in found if not any(f"{hint.err_field}.".startswith(f"{path}.") for path in records)]
    return [*record_hints(records, english=english), *elsewhere]


def record_hints(misshapen: Mapping[str, Any], *, english: bool = False) -> list[Hint]:
    """One hint for each record of an application, by its path, that was sent as something else than an object."""
    return [
        Hint(
            errcode=codes.FIELD_MALFORMED, err_field=path,
            errmsg=f"An object is wanted, not {_sent(value)[1]}. Send the record's fields in {{}}." if english
            else f"此处应为对象（object），不能是{_sent(value)[0]}。请把该记录的各字段放在 {{}} 中发送。")
        for path, value in misshapen.items()
    ]


def _sent(value: Any) -> tuple[str, str]:
    if isinstance(value, list):
        return "数组", "a list"
    if isinstance(value, str):
        return "文本", "text"
    return ("布尔值", "a truth value") if isinstance(value, bool) else ("数字", "a number")


def audit_data(findings: Iterable[KeptFinding]) -> list[dict[str, str]]:
    """The reasons of a return or rejection, as get_icp_entrance_info gives them; in English if they are in no other."""
    return [
        {"key_name": label(finding.field)[0], "error": finding.reason_zh or finding.reason_en,
         "suggest": finding.remedy_zh or finding.remedy_en}
        for finding in findings
    ]
