"""XML of the administration: elements from plain values, and the download files that answer requests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from openbeian.regime.calendar import SHANGHAI
from openbeian.v3.wire import EXTENSION, EXTENSION_PREFIX, VERSION, mp
from openbeian.v3.wire.documents import render

REVIEWER = "模拟审核员"
MINI_PROGRAM = mp("MiniProgram")
_DESCRIPTION_LIMIT = 1024


@dataclass(frozen=True)
class Result:
    """A processing result (`Jg_xx`); no problems means accepted for processing, code 0.

    `key` is Bs; `enterprise_id` goes into the extension, where Bs alone does not name the platform's order.
    """

    operation: int | None
    key: str | None
    problems: tuple[tuple[int, str], ...]
    remark: str
    enterprise_id: int | None = None


def element(name: str, content: Any) -> etree._Element:
    """An element with a text, or with the elements of a mapping, see `fill`."""
    ours = name.startswith("{")
    node = etree.Element(name, nsmap={EXTENSION_PREFIX: EXTENSION} if ours else None)
    if not isinstance(content, Mapping):
        node.text = instant(content) if isinstance(content, datetime) else str(content)
        return node
    if ours:
        node.set("version", "1")
    fill(node, content)
    return node


def fill(node: etree._Element, content: Mapping[str, Any]) -> None:
    """Add an element for each name: a list gives one for each of its values, None gives none. A value that is
    an element itself is added as it is.
    """
    for name, values in content.items():
        for value in values if isinstance(values, list) else [values]:
            if value is not None:
                node.append(value if isinstance(value, etree._Element) else element(name, value))


def download(content: Mapping[str, Any]) -> bytes:
    """A download file with these blocks."""
    root = etree.Element("DownloadData", version=VERSION)
    fill(root, content)
    return render(root)


def icp(block: str, content: Mapping[str, Any]) -> bytes:
    """A download file with one ICP block."""
    return download({"ICP": {block: content}})


def results(items: Iterable[Result]) -> bytes:
    """`BAJG` with one `Jg_xx` for each item."""
    return icp("BAJG", {"Jg_xx": [
        {
            "Jgxx": [
                {"Jgdm": code, "Dmms": text[:_DESCRIPTION_LIMIT]}
                for code, text in item.problems or ((0, "已受理"),)
            ],
            "Czlx": item.operation,
            "Bs": item.key,
            "Bz": item.remark,
            mp("EnterpriseId"): item.enterprise_id,
        }
        for item in items
    ]})  # fmt: skip


def decision(*, key: int, operation: int, approved: bool, opinion: str, at: datetime) -> bytes:
    """`BAJG/GJSHS` with the reviewer's decision."""
    return icp("BAJG", {"GJSHS": {"Gjsh": {
        "Shrxm": REVIEWER, "Shsj": at, "Shyj": opinion[:_DESCRIPTION_LIMIT] or None, "Shjg": int(approved),
        "Czlx": operation, "Jlid": key,
    }}})  # fmt: skip


def instant(at: datetime) -> str:
    """An instant as V3.0 writes it, in Chinese time."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def xml(node: etree._Element) -> str:
    """An element as text."""
    return etree.tostring(node, encoding="unicode", with_tail=False)
