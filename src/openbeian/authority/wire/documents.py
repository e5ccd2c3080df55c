"""Reading and writing of XML on the wire: GBK, no entities, no network."""

from __future__ import annotations

from lxml import etree

from openbeian.authority.wire import ENCODING


class DocumentError(ValueError):
    """Not well-formed, or with a document type or entities. The text names no content."""


def parse(xml: bytes) -> etree._Element:
    """The root of a document. Raises DocumentError; the encoding is the one the XML declaration states."""
    # Parsers are not shared between threads; making one is cheap.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None)
        raise DocumentError(f"not well-formed XML{f' (line {line})' if line else ''}") from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise DocumentError("document types are not accepted")
    return root


def render(root: etree._Element) -> bytes:
    """The document in GBK with its declaration; characters outside GBK become character references.

    Encoded here and not by libxml2, whose converter drops some characters (tags, U+E0000) without a word.
    """
    text = etree.tostring(root, encoding="unicode")
    declaration = f'<?xml version="1.0" encoding="{ENCODING}"?>\n'
    return (declaration + text).encode(ENCODING, "xmlcharrefreplace")
