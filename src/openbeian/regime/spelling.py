"""The one canonical form of a value, whatever way it was typed.

Each function here takes what a person typed and gives the form that is judged, stored, compared, sent and published.
None of them raises; none changes its own result; what it does not understand it gives back as it is, trimmed, for the
rules to refuse.

Free texts (description, remarks) have no spelling: every character in them is content, Chinese punctuation included.
The names of a mini program and of its organizer are the account's own, see :func:`openbeian.regime.dossier.parse`.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date as Date

from openbeian.regime.code_tables import certificate_types
from openbeian.regime.filing_number import FilingNumberError, canonical
from openbeian.regime.gbk import PRIVATE_USE
from openbeian.regime.identity import CHINA
from openbeian.regime.widths import CROSSES, DASHES, FULL_TO_HALF, INVISIBLE, narrow

LONG_TERM = "长期"

# Names and addresses

_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MIDDLE_DOTS = dict.fromkeys(map(ord, "\u2022\u30fb\uff65\u2027\u2219\u22c5\u0387\u2e31"), "\u00b7")
#: Chinese punctuation keeps its width.
_PUNCTUATION = dict.fromkeys(map(ord, "，；：！？（）"))
_LINE = ({full: half for full, half in FULL_TO_HALF.items() if full not in _PUNCTUATION}
         | DASHES | INVISIBLE | _MIDDLE_DOTS | PRIVATE_USE
         # Radicals, which PDFs give for the characters that look like them; two look otherwise on the mainland.
         | {n: unicodedata.normalize("NFKC", chr(n)) for n in (*range(0x2E80, 0x2EF4), *range(0x2F00, 0x2FD6))}
         | str.maketrans("⼾⾭", "户青"))
#: Most names and addresses: nothing in them can be spelled in two ways.
_PLAIN = re.compile(r"[\u3400-\u9fffA-Za-z0-9#-]*")
_HAS_HAN = re.compile(f"[{_HAN}]")
#: What is typed for the middle dot of a name, which has one dot, however many are typed.
_DOTS = ".。｡·●◦⚫\u02d9\u1427\u16eb\u2981\ua78f\ufe52"
_DOT_BETWEEN = re.compile(f"(?<=[{_HAN}])(?: *[{_DOTS}])+ *(?=[{_HAN}])")
_LOOSE_SPACE = re.compile(f" (?=[{_HAN}·，；：！？（）])|(?<=[{_HAN}·，；：！？（）]) ")
#: Between the characters of a person's name a dot; of a unit's perhaps a zero.
_RING_BETWEEN = re.compile(f"(?<=[{_HAN}])○(?=[{_HAN}])")
_DOT_BETWEEN_LETTERS = re.compile(f"(?<=[{_HAN}A-Za-z])[{_DOTS}]+(?=[{_HAN}A-Za-z])")
_BRACKETS = str.maketrans("﹙﹚❨❩〔〕﹝﹞【】［］[]", "()()()()()()()")
#: One kind of each; angle brackets wide, for no accent joins those.
_ONE_KIND = FULL_TO_HALF | _BRACKETS | str.maketrans(
    "“”„‟〝〞「」『』‘’﹛﹜〜∼<>〈〉", "\"\"\"\"\"\"\"\"\"\"''{}~~《》《》")
_TO_WIDE, _TO_NARROW = str.maketrans("()﹙﹚", "（）（）"), str.maketrans("（）﹙﹚", "()()")


def address(text: str) -> str:
    """An address, or another line of Chinese text such as the number of an approval.

    Letters, digits and dashes are half width; brackets are full width beside Chinese; a space next to a Chinese
    character is dropped, one between words, or between two numbers, which without it would be one, is kept.
    """
    return text if _PLAIN.fullmatch(text) else _spaced(_line(text))


def unit_name(text: str) -> str:
    """The name of a unit: as :func:`address`, and full stops or dots between two Chinese characters are one middle dot."""
    if _PLAIN.fullmatch(text):
        return text
    return _spaced(_DOT_BETWEEN.sub("·", _line(text)))


def person_name(text: str) -> str:
    """The name of a person: as :func:`unit_name`, without full stops or dots at its ends.

    >>> person_name("买买提．艾力"), person_name("林　示例。"), person_name("ANNE  MARIE")
    ('买买提·艾力', '林示例', 'ANNE MARIE')
    """
    return _RING_BETWEEN.sub("·", unit_name(text)).strip(f" {_DOTS}")


def _line(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.translate(_LINE).split()))


def _spaced(line: str) -> str:
    line = line.translate(_TO_WIDE if _HAS_HAN.search(line) else _TO_NARROW)
    return _LOOSE_SPACE.sub("", line)


def name_form(text: str) -> str:
    """What two spellings of one name have in common, for comparison only.

    Width, spaces, invisible characters, the kind of brackets and quotes, the kind and number of dashes and of dots between
    letters, and full stops at the end make no difference.

    >>> name_form("示例—样本（杭州）有限公司") == name_form("示例－样本 (杭州) 有限公司")
    True
    """
    if _PLAIN.fullmatch(text) and "-" not in text:
        return text
    text = _line("".join(text.split())).translate(_ONE_KIND).rstrip(".。｡")
    return re.sub("-+", "-", _RING_BETWEEN.sub("·", _DOT_BETWEEN_LETTERS.sub("·", text)))


def name_key(text: str) -> str:
    """What a name is looked up by: as :func:`name_form`, and small letters are large ones."""
    return name_form(text).casefold()


# Phones and mailboxes

_MOBILE = re.compile(r"1[0-9]{10}")
#: Behind a 0 only what is no 010, the area code of Beijing.
_TYPED_MOBILE = re.compile(r"(?:\+?(?:00)?86)?(?:0(?!10))?(1[0-9]{10})")
_SEPARATORS = re.compile(r"[-().]")
_LABEL = re.compile(r"(?:tel|phone|mobile|[电電][话話]|手[机機])(?:[号號][码碼]?)?[:.]?", re.IGNORECASE)
_BETWEEN_DIGITS = dict.fromkeys((*_MIDDLE_DOTS, *map(ord, "·_")), "-") | _BRACKETS
_AREA_WITHOUT_0 = re.compile(r"^\(?(?=(?:10|2[0-9]|[3-9][0-9]{2})[-)./~])")
_KNOWN_LINE = re.compile(CHINA.fixed_line.national_number_pattern)
#: Country code or the leading 0; area code by the numbering plan: 010, 02x, else four digits with the 0.
_FIXED_LINE = re.compile(
    r"(?:\(?\+?(?:00)?86\)?-*\(?0?\)?|\(?0)(10|2[0-9]|[3-9][0-9]{2})\)?[-./~〜]*([0-9]{3,4})[-.]*([0-9]{4})"
    r"(?:(?:-|转|轉|分[机機][号號]?:?|内线|#|\*|,|x|ext\.?:?|\()+([0-9]{1,6})\)?)?", re.IGNORECASE)


def mobile(text: str) -> str:
    """A mainland mobile: eleven digits, without country code.

    >>> mobile("+86 139-0000-0001")
    '13900000001'
    """
    if _MOBILE.fullmatch(text):
        return text
    match = _TYPED_MOBILE.fullmatch(_SEPARATORS.sub("", _digits(text)))
    return match[1] if match else text.strip()


def phone(text: str) -> str:
    """A mobile, or a fixed line as ``0571-87654321``, with its extension as ``0571-87654321-801``.

    >>> phone("（0571）8765 4321 转 801"), phone("+86 10 87654321"), phone("0571——87654321")
    ('0571-87654321-801', '010-87654321', '0571-87654321')
    """
    if _MOBILE.fullmatch(number := mobile(text)):
        return number
    typed = _digits(text)
    full = _AREA_WITHOUT_0.sub("0", typed)
    match = _FIXED_LINE.fullmatch(full)
    if match is None or (full != typed and not _KNOWN_LINE.fullmatch("".join(match.group(1, 2, 3)))):
        return text.strip()
    area, first, last, extension = match.groups()
    return f"0{area}-{first}{last}" + (f"-{extension}" if extension else "")


def _digits(text: str) -> str:
    """``text`` without a label in front, its signs few."""
    typed = narrow(text).translate(_BETWEEN_DIGITS)
    return typed[label.end():] if (label := _LABEL.match(typed)) else typed


def email(text: str) -> str:
    """A mail address: half width, without spaces, its domain in small letters; the part before the @ may have any.

    >>> email("Lin＠Example．com")
    'Lin@example.com'
    """
    if _PLAIN_EMAIL.fullmatch(text):
        return text
    local, at, domain = narrow(text).translate(_FULL_STOPS).partition("@")
    return f"{local}@{domain.lower()}" if at and "@" not in domain else text.strip()


_PLAIN_EMAIL = re.compile(r"[A-Za-z0-9_.+-]+@[a-z0-9.-]+")
_FULL_STOPS = str.maketrans("。｡", "..")

# Numbers of certificates and filings

_NOT_IN_NUMBER = re.compile(r"[-./·]")
_CREDIT_SHAPE = re.compile(r"[0-9A-Z]{18}")
_ORGANIZATION_CODE = re.compile(r"([0-9A-Z]{8})-?([0-9X])")
_OLD_TAIWAN_PERMIT = re.compile(r"([0-9]{10})\(?([A-Z])\)?")


def certificate_number(certificate_type: int | None, text: str) -> str:
    """A certificate's number: ASCII, upper case, without spaces, and punctuated as that certificate prints it.

    An unknown type, or none, leaves dashes as they are, in one form.

    >>> certificate_number(2, "330106 19880214-007x"), certificate_number(12, "600037341")
    ('33010619880214007X', '60003734-1')
    """
    plain = code(text).upper()
    row = certificate_types().get(certificate_type) if certificate_type is not None else None
    return _PRINTED.get(row.number_check, str)(plain) if row else plain


def person_number(text: str) -> str:
    """The number of some certificate of a person, whose type is not stated."""
    return _taiwan_permit(code(text).upper())


def organizer_key(certificate_type: int | None, number: str) -> str:
    """What an organizer is known by: its certificate's number, and where another body may have issued the same, the type.

    Credit codes and citizen numbers are unique in the country, whichever certificate shows them. Organization codes are
    unique among themselves; a passport and a permit with the same digits belong to two people.

    >>> organizer_key(1, "91330106MA2XXXXX0X") == organizer_key(4, "91330106 ma2xxxxx0x")
    True
    >>> organizer_key(7, "12345678") == organizer_key(11, "12345678")
    False
    """
    number = certificate_number(certificate_type, number)
    row = certificate_types().get(certificate_type) if certificate_type is not None else None
    check = row.number_check if row else ""
    if (check in _NATIONAL or row is None) and _CREDIT_SHAPE.fullmatch(number):
        return number
    return f"{certificate_type if check in _EACH_BODY else check}:{number}"


def _compact(number: str) -> str:
    return number if number.isalnum() and number.isascii() else _NOT_IN_NUMBER.sub("", number.translate(CROSSES))


def _taiwan_permit(number: str) -> str:
    compact = _compact(number)
    match = _OLD_TAIWAN_PERMIT.fullmatch(compact)
    return f"{match[1]}({match[2]})" if match else compact


def _organization_code(number: str) -> str:
    match = _ORGANIZATION_CODE.fullmatch(_compact(number))
    return f"{match[1]}-{match[2]}" if match else number


def _registration(number: str) -> str:
    return compact if _CREDIT_SHAPE.fullmatch(compact := _compact(number)) else number


#: By the check of its number, see certificate_types.csv; any other is printed as each body likes.
_PRINTED: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("resident_id", "credit_code", "business_licence", "passport", "hong_kong_macao_permit",
                     "hong_kong_macao_residence", "taiwan_residence", "foreign_resident_card"), _compact),
    "taiwan_permit": _taiwan_permit,
    "organization_code": _organization_code,
    "registration": _registration,
}

#: Checks of certificates that show an 18-character number unique in the country.
_NATIONAL = {"resident_id", "credit_code", "business_licence", "registration", "hong_kong_macao_residence",
             "taiwan_residence", "foreign_resident_card"}
#: Checks of certificates that are numbered by each type's own bodies.
_EACH_BODY = {"registration", "free"}


def filing_number(text: str) -> str:
    """A filing number in its one form, or the text as it is while it is none."""
    try:
        return canonical(text)
    except FilingNumberError:
        return text.strip()


# Codes and dates

_DAY = re.compile(r"[0-9]{8}")
_TYPED_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})[日号號]?")
_LONG_TERMS = {"长期", "長期", "永久", "长期有效", "長期有效", "永久有效", "长久", "長久"}


def code(text: str) -> str:
    """A code of a table, such as a district's."""
    return text if text.isascii() and text.isalnum() else narrow(text)


def date(text: str) -> str:
    """A day as ``YYYYMMDD``, or 长期 for a certificate without an end.

    >>> date("2020年1月1日"), date("２０２０－０１－０１"), date("永久")
    ('20200101', '20200101', '长期')
    """
    if _DAY.fullmatch(text):
        return text
    plain = narrow(text)
    if plain in _LONG_TERMS:
        return LONG_TERM
    if _DAY.fullmatch(plain):
        return plain
    match = _TYPED_DAY.fullmatch(plain)
    try:
        return f"{Date(*map(int, match.groups())):%Y%m%d}" if match else text.strip()
    except ValueError:
        return text.strip()
