"""Which texts the administration's files can carry: those in XML, in GBK, the encoding of the interface V3.0, or Chinese.

Python's codec ``gbk`` knows code page 936, which lacks 95 characters that GBK itself has at FE50 to FEA0, A989 to A995,
A8BC and A8BF, some of them in people's names (䶮, 䜣), and the euro, which GB 18030 put at A2E3. Readers disagree, too:
glibc and with it libxml2 refuse these bytes in a document that declares GBK, while a browser's "gbk" reads them. So in
XML they are written as character references, ``&#19886;``, which every parser reads whatever the encoding; what is not
XML is encoded by :func:`encode`.

Chinese characters beyond GBK (𠮷, 㐂) go out as references, too. People and places have them in their names, and GB
18030-2022, in force since 2023-08-01, obliges systems to take them. Emoji and other signs beyond GBK are refused.

Sources: GBK specification 1.0 (1995); mapping of GB 18030-2005, with the characters that had only private-use code
points in GB 18030-2000 at their later ones (U+20087 to U+241FE, U+9FB4 to U+9FBB, U+1E3F).
"""

import dataclasses
import re
from collections.abc import Iterator
from types import NoneType
from typing import Any

ENCODING = "GBK"
#: Not allowed in XML 1.0, in whatever encoding.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

#: FE50 to FE7E, then FE80 to FEA0.
_FROM_FE50 = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹"
    "䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
_TRAILS = (*range(0x50, 0x7F), *range(0x80, 0xA1))
#: What the codec lacks, with its bytes.
LACKING: dict[str, bytes] = {
    **{sign: bytes((0xFE, trail)) for sign, trail in zip(_FROM_FE50, _TRAILS, strict=True)},
    **{sign: bytes((0xA9, 0x89 + n)) for n, sign in enumerate("〾⿰⿱⿲⿳⿴⿵⿶⿷⿸⿹⿺⿻")},
    "ḿ": b"\xa8\xbc", "ǹ": b"\xa8\xbf", "€": b"\xa2\xe3",
}
#: What becomes a reference: the same, and all ideographs; planes 2 and 3 of Unicode are kept for them.
_REFERRED = re.compile(
    f"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fffd\U00030000-\U0003fffd{''.join(LACKING)}]")
#: The private-use code points under which old fonts and code page 936 hold FE50 to FEA0.
PRIVATE_USE: dict[int, str] = {0xE815 + n: sign for n, sign in enumerate(_FROM_FE50)}


def encode(text: str) -> bytes:
    """``text`` in GBK, all of it. Raises UnicodeEncodeError for a character beyond.

    For what is no XML; there ``text.encode("gbk", "xmlcharrefreplace")`` is right, after :func:`uncarried` has passed.

    >>> encode("王䜣").hex()
    'cdf5fe80'
    """
    try:
        return text.encode(ENCODING)
    except UnicodeEncodeError:
        return b"".join([LACKING.get(sign) or sign.encode(ENCODING) for sign in text])


def uncarried(text: str) -> tuple[int, ...]:
    """The positions, counted from 1, of the characters in ``text`` that a file cannot carry.

    >>> uncarried("示例𠮷店😀")
    (5,)
    """
    if _carried(text):
        return ()
    return tuple(position for position, sign in enumerate(text, 1) if not _carried(sign))


def _carried(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        try:
            _REFERRED.sub("", text).encode(ENCODING)
        except UnicodeEncodeError:
            return False
    return text.isprintable() or not _NOT_XML.search(text)


def uncarried_texts(record: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Path and positions of each text within a frozen dataclass that a file cannot carry."""
    if not _carried(_whole_text(record)):
        yield from _uncarried_within(record, "")


_EMPTY_OF_TEXT = {int, NoneType}


def _whole_text(record: Any) -> str:
    """All texts of a record in one: characters are encoded each by itself, so none is to blame where all pass."""
    parts, texts = [record], []
    for part in parts:  # grows on the way
        kind = type(part)
        if kind is str:
            texts.append(part)
        elif kind is tuple:
            parts += part
        elif kind not in _EMPTY_OF_TEXT:
            parts += vars(part).values()
    return "".join(texts)


def _uncarried_within(value: Any, path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    if isinstance(value, str):
        if positions := uncarried(value):
            yield path, positions
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _uncarried_within(item, f"{path}.{index}")
    elif dataclasses.is_dataclass(value):
        for name, part in vars(value).items():
            yield from _uncarried_within(part, f"{path}.{name}" if path else name)
