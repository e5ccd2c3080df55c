"""What the link's codes are called on the desk's screens, as (zh, en) pairs; unknown ones are shown as they are."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from openbeian.regime.code_tables import (
    certificate_types,
    districts,
    prior_approvals,
    provinces,
    result_code,
    service_contents,
    subject_types,
    wire_codes,
)
from openbeian.regime.csv_files import read_labels
from openbeian.regime.fields import FIELDS, label
from openbeian.regime.lifecycle import STATE_LABELS, State
from openbeian.regime.numbers import is_digits, whole_number

Words = tuple[str, str]

_LABELS = read_labels(__file__)
UNKNOWN_CODE = "unknown_code_"

#: By the last part of a line's path, or the last two, the table its codes are of.
_CODES: dict[str, Callable[[], Mapping[Any, Any]]] = {
    "nature": subject_types, "certificate.type": certificate_types, "certificate_type": certificate_types,
    "contents": service_contents, "prior_approvals.type": prior_approvals, "languages": partial(wire_codes, "language"),
    "province": provinces, "city": districts, "district": districts,
}


def link_label(code: str, which: str) -> Words:
    """What a code of the list ``which`` in ``labels.csv`` is called."""
    return _LABELS[which].get(code, (code, code))


def part(path: str) -> Words:
    """Where a line of a record, or a difference, stands: what it is of, and what it is."""
    if path in FIELDS:
        return label(path)
    *groups, last = path.split(".")
    named = _LABELS["parts"].get(".".join(path.split(".")[-2:])) or link_label(last, "parts")
    words = [*(link_label(group, "groups") for group in groups), named]
    return " · ".join(zh for zh, _ in words), " · ".join(en for _, en in words)


def value(path: str, text: str) -> Words:
    """What a line says, a code with what it stands for."""
    *_, group, last = "", *path.split(".")
    table = _CODES.get(f"{group}.{last}") or _CODES.get(last)
    row = (table().get(text) or table().get(whole_number(text))) if table else None
    if row is None:
        return text, text
    return f"{row.name}（{text}）", f"{getattr(row, 'name_en', row.name)} ({text})"


def problem(text: str) -> Words:
    """What is wrong with a file; the technical part stays as it is."""
    for start, zh in (("cannot be read", "无法解析"), ("cannot be unpacked", "无法解包")):
        if text.startswith(start):
            return zh + text[len(start):].replace(": ", "：", 1), text
    said = [(link_label(record, "records"), link_label(what, "problems"))
            for record, _, what in (one.partition(": ") for one in text.split("; "))]
    zh = "；".join(f"{record[0]}：{what[0]}".removesuffix("：") for record, what in said)
    en = "; ".join(f"{record[1]}: {what[1]}".removesuffix(": ") for record, what in said)
    return f"部分内容未生效：{zh}", f"Part of it had no effect: {en}"


def trouble(code: str) -> Words | None:
    """What is wrong with a way of a lane; None for nothing."""
    if not code:
        return None
    if is_digits(code):
        row = result_code(int(code))
        return row.meaning_zh, row.meaning_en
    return link_label(code, "trouble")


def reason(code: str) -> Words:
    """Why an answer fits nothing."""
    if code.startswith("order_") and code[6:] in set(State):
        state = STATE_LABELS[State(code[6:])]
        return f"订单状态为“{state.zh}”", f"the order is in state “{state.en}”"
    if code.startswith(UNKNOWN_CODE):
        number = code.removeprefix(UNKNOWN_CODE)
        return f"未知处理代码 {number}，订单未变动", f"unknown result code {number}; the order stays as it is"
    return link_label(code, "reasons")
