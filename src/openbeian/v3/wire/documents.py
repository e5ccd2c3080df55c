"""Reading and writing of XML on the wire: GBK, no entities, no network."""

import re

from lxml import etree

from openbeian.regime.gbk import uncarried
from openbeian.v3.wire import ENCODING

#: What may stand before the root: the declaration, other instructions, comments.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s*(?:<\?.*?\?>|<!--.*?-->))*\s*", re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
#: GBK as V3.0 says, the names under which Chinese systems declare it, and UTF-8, XML's own.
_ENCODINGS = frozenset({"gbk", "gb2312", "gb18030", "cp936", "utf-8", "us-ascii"})
_CHINESE = (b"gbk", b"gb2312", b"cp936")


class DocumentError(ValueError):
    """Not well-formed, in an encoding of no use here, with a document type, or not to be written in GBK.

    The text names no content.
    """


def parse(xml: bytes) -> etree._Element:
    """The root of a document. Raises DocumentError; the encoding is the one the XML declaration states."""
    # Before the parser sees it: entities of a document type are expanded in attributes whatever it is told.
    prolog = _PROLOG.match(xml)
    if prolog is not None and xml.startswith(b"<!", prolog.end()):
        raise DocumentError("document types are not accepted")
    declared = _DECLARED.match(xml)
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in xml[:100] or (
        declared and declared[1].decode("ascii").lower() not in _ENCODINGS
    ):
        raise DocumentError("not well-formed XML in GBK or UTF-8")
    # Parsers are not shared between threads; making one is cheap. A document that declares GB2312 is written in GBK all
    # the same, and libxml2's GBK lacks characters that GBK has (see openbeian.regime.gbk).
    parser = etree.XMLParser(
        encoding="gb18030" if declared and declared[1].lower() in _CHINESE else None,
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


def render(root: etree._Element, *, strict: bool = False) -> bytes:
    """The document in GBK with its declaration; what Python's GBK cannot write becomes character references.

    ``strict``: a character that no file carries (:mod:`openbeian.regime.gbk`) raises DocumentError instead. Encoded here and
    not by libxml2, whose converter drops some characters (tags, U+E0000) without a word.
    """
    text = etree.tostring(root, encoding="unicode")
    if strict and uncarried(text):
        raise DocumentError("a text holds characters that no file carries")
    return f'<?xml version="1.0" encoding="{ENCODING}"?>\n{text}'.encode(ENCODING, "xmlcharrefreplace")
