"""Reading and writing of single elements."""

from __future__ import annotations

from lxml import etree

from openbeian.v3.wire import EXTENSION

_LONGEST_ID = 18


def mp(name: str) -> str:
    """The tag of an element of our extension."""
    return f"{{{EXTENSION}}}{name}"


def number(text: str | None) -> int | None:
    """The id that a text is; None if it is none."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= _LONGEST_ID else None


def first_text(node: etree._Element, *paths: str) -> str:
    """The first text that is not empty; "" if there is none."""
    return next((text.strip() for path in paths if (text := node.findtext(path)) and text.strip()), "")


def xml(node: etree._Element) -> str:
    """An element as text."""
    return etree.tostring(node, encoding="unicode", with_tail=False)
