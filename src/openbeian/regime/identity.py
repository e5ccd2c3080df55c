"""Identity numbers: is this number possible for that kind of certificate, phone or mailbox?

Each ``…_problem`` function returns None for a number that passes, else a :class:`NumberProblem` in two
languages. A problem never repeats the number. That a number passes does not prove that it was ever issued.

Numbers are judged in their canonical form (:mod:`openbeian.regime.spelling`), which reading a dossier gives them.
Whoever has a number as it was typed spells it first, and stores what was judged.

Standards: GB 11643-1999 (resident identity), GB 32100-2015 (unified social credit code), GB 11714
(organization code), ISO 7064 MOD 11,10 (old business-licence number).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_10

from openbeian.regime.code_tables import certificate_types, provinces


@dataclass(frozen=True)
class NumberProblem:
    """Why a number cannot be right. ``code`` is stable, the texts are for people."""

    code: str
    zh: str
    en: str


_EMPTY = NumberProblem("empty", "号码为空", "The number is empty")
_CHECK_DIGIT = NumberProblem(
    "check_digit", "校验位不正确，请核对是否有错字", "The check digit does not fit; look for a mistyped character"
)


Check = Callable[[str], NumberProblem | None]


def _shaped(pattern: str, zh: str, en: str) -> Check:
    """A check of the shape alone."""
    compiled = re.compile(pattern)

    def problem(number: str) -> NumberProblem | None:
        return None if compiled.fullmatch(number) else NumberProblem("shape", zh, en)

    return problem


# Resident identity, 居民身份证

_CITIZEN_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN_DIGITS = re.compile(r"[0-9]{15}")


def resident_id_problem(number: str) -> NumberProblem | None:
    """GB 11643: 18 characters, a province that issues, a birth date that exists, the check digit.

    The district (first six digits) is checked no further than the province. It is the one of first
    registration: codes abolished since stay valid in the number for life, the police use some that GB/T 2260
    never had, and a person may be older than the district.
    """
    if _FIFTEEN_DIGITS.fullmatch(number):
        return NumberProblem(
            "old_resident_id",
            "15 位旧身份证号码已停用，请填写 18 位号码",
            "15-digit identity numbers are no longer valid; give the 18-digit one",
        )
    if problem := _citizen_number_problem(number):
        return problem
    if number[:2] in ("81", "82", "83"):
        return NumberProblem(
            "residence_permit_number",
            "这是港澳台居民居住证号码，请改选对应的证件类型",
            "This is the number of a residence permit; choose that certificate type",
        )
    if f"{number[:2]}0000" not in provinces():
        return NumberProblem(
            "district", "前两位不是有效的省级代码", "The first two digits are not a province's code"
        )
    return None


def birth_date(number: str) -> date:
    """The birth date inside an 18-character citizen number (resident ID, residence permits, new foreign resident
    card).

    Raises ValueError, without repeating the number, if it does not have that form.
    """
    if not _CITIZEN_NUMBER.fullmatch(number):
        raise ValueError("not an 18-character citizen number")
    try:
        return date.fromisoformat(number[6:14])
    except ValueError:
        raise ValueError("the number holds no birth date") from None


def age(number: str, on: date) -> int:
    """Full years of age on the day ``on`` (周岁). Someone born on 29 February comes of age on 1 March."""
    born = birth_date(number)
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _citizen_number_problem(number: str) -> NumberProblem | None:
    if not _CITIZEN_NUMBER.fullmatch(number):
        return NumberProblem(
            "shape", "应为 18 位：17 位数字加 1 位数字或 X", "It has 18 characters: 17 digits, then a digit or X"
        )
    try:
        born = date.fromisoformat(number[6:14])
    except ValueError:
        born = date.min
    if born.year < 1900:
        return NumberProblem(
            "birth_date", "第 7 至 14 位不是有效的出生日期", "Digits 7 to 14 are not a birth date"
        )
    return None if number[-1] == ric.calc_check_digit(number) else _CHECK_DIGIT


def _prefixed_citizen_number(*prefixes: str) -> Check:
    def problem(number: str) -> NumberProblem | None:
        if found := _citizen_number_problem(number):
            return found
        if number.startswith(prefixes):
            return None
        return NumberProblem(
            "district",
            f"号码应以 {' 或 '.join(prefixes)} 开头",
            f"The number starts with {' or '.join(prefixes)}",
        )

    return problem


# Organizations

_CREDIT_CODE = re.compile(r"[1-9ANY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")


def credit_code_problem(number: str) -> NumberProblem | None:
    """GB 32100, unified social credit code (统一社会信用代码): 18 characters with a check character.

    Unlike python-stdnum's this check knows the registering departments A (military), N (agriculture) and Y (other).
    """
    if len(number) != 18:
        return NumberProblem(
            "shape", "统一社会信用代码应为 18 位", "A unified social credit code has 18 characters"
        )
    if not _CREDIT_CODE.fullmatch(number):
        return NumberProblem(
            "shape",
            "统一社会信用代码不含 I、O、S、V、Z，第 3 至 8 位为数字",
            "A unified social credit code has no I, O, S, V or Z, and digits at places 3 to 8",
        )
    return None if number[-1] == uscc.calc_check_digit(number[:17]) else _CHECK_DIGIT


def organization_code_problem(number: str) -> NumberProblem | None:
    """GB 11714, old organization code (组织机构代码): 8 characters and a check character, with or without the dash."""
    number = number.replace("-", "")
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", number):
        return NumberProblem(
            "shape",
            "组织机构代码应为 8 位字母或数字加 1 位校验码",
            "An organization code has 8 letters or digits and a check character",
        )
    weighted = sum(
        int(sign, 36) * weight for sign, weight in zip(number, (3, 7, 9, 10, 5, 8, 4, 2), strict=False)
    )
    return None if number[-1] == "0123456789X0"[11 - weighted % 11] else _CHECK_DIGIT


def business_licence_problem(number: str) -> NumberProblem | None:
    """Business licence (营业执照): a credit code that starts with 9, or the old 15 digits."""
    if _FIFTEEN_DIGITS.fullmatch(number):
        return None if mod_11_10.is_valid(number) else _CHECK_DIGIT
    if problem := credit_code_problem(number):
        return problem
    if number[0] != "9":
        return NumberProblem(
            "department",
            "营业执照的统一社会信用代码以 9 开头，请核对证件类型",
            "The credit code on a business licence starts with 9; check the certificate type",
        )
    return None


#: No rule is public.
_free_problem = _shaped(
    r"[0-9A-Z\u4e00-\u9fff()\[\]〔〕【】/.\-]{4,64}",
    "应为 4 至 64 个汉字、字母、数字、括号或短横",
    "It has 4 to 64 Chinese characters, letters, digits, brackets or dashes",
)


def _registration_problem(number: str) -> NumberProblem | None:
    """Certificates that carry a credit code if new, and a number of their own if old."""
    return credit_code_problem(number) if re.fullmatch(r"[0-9A-Z]{18}", number) else _free_problem(number)


# Other persons


def _foreign_resident_card_problem(number: str) -> NumberProblem | None:
    """New card (since 2023): 18 characters from 9, check digit as in GB 11643. Old: 3 letters, 12 digits."""
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return None
    if number[:1].isalpha():
        return NumberProblem(
            "shape", "旧版应为 3 个字母加 12 位数字", "An old card has 3 letters and 12 digits"
        )
    return _prefixed_citizen_number("9")(number)


#: The checks that the column number_check of certificate_types.csv may name.
_CHECKS: dict[str, Check] = {
    "resident_id": resident_id_problem,
    "credit_code": credit_code_problem,
    "organization_code": organization_code_problem,
    "business_licence": business_licence_problem,
    "registration": _registration_problem,
    "free": _free_problem,
    "passport": _shaped(
        r"[0-9A-Z]{5,15}",
        "护照号码应为 5 至 15 位字母或数字",
        "A passport number has 5 to 15 letters or digits",
    ),
    "hong_kong_macao_permit": _shaped(
        r"[HM](?:[0-9]{8}|[0-9]{10}|A[0-9]{7})",
        "应为字母 H 或 M 加 8 位或 10 位数字，非中国籍的为 HA 或 MA 加 7 位数字",
        "It is H or M, then 8 or 10 digits; for non-Chinese residents HA or MA, then 7 digits",
    ),
    "taiwan_permit": _shaped(
        r"[0-9]{8}|[0-9]{10}(?:\(?[A-Z]\)?)?",
        "应为 8 位数字，旧版为 10 位数字加 1 个字母",
        "It has 8 digits; an old one has 10 digits and a letter",
    ),
    "hong_kong_macao_residence": _prefixed_citizen_number("810000", "820000"),
    "taiwan_residence": _prefixed_citizen_number("830000"),
    "foreign_resident_card": _foreign_resident_card_problem,
}


def certificate_problem(certificate_type: int, number: str) -> NumberProblem | None:
    """Why ``number`` cannot stand on a certificate of this type (see certificate_types.csv), or None."""
    row = certificate_types().get(certificate_type)
    if row is None:
        return NumberProblem("certificate_type", "证件类型不存在", "There is no such certificate type")
    return _CHECKS[row.number_check](number) if number else _EMPTY


# Phones and mailboxes


_CHINA: Any = phonenumbers.PhoneMetadata.metadata_for_region("CN")
#: The numbering plan's pattern for mobiles. Asking the library to read the number first takes longer, and it refuses
#: one that begins with an emergency number, such as 110. It lacks 149 (China Telecom). Ranges of things that send no
#: SMS to a person (10648, 140, 141, 144, 146, 148) are not in it and stay out.
_MOBILE_RANGES = re.compile(rf"{_CHINA.mobile.national_number_pattern}|149[0-9]{{8}}")
_MOBILE_SHAPE = re.compile(r"1[0-9]{10}")
_FIXED_LINE = re.compile(r"(0[0-9]{2,3}-?[0-9]{7,8})(?:-[0-9]{1,6})?")
_NO_PHONE = NumberProblem(
    "shape",
    "应为内地手机号码，或带区号的固定电话",
    "Give a mainland mobile, or a fixed line with its area code",
)


def mobile_problem(number: str) -> NumberProblem | None:
    """A mainland mobile number: 11 digits in a range given to mobiles, without country code."""
    if not number:
        return _EMPTY
    if not _MOBILE_SHAPE.fullmatch(number):
        return NumberProblem(
            "shape", "应为以 1 开头的 11 位手机号码", "A mobile number has 11 digits and starts with 1"
        )
    if not _MOBILE_RANGES.fullmatch(number):
        return NumberProblem("range", "该号段未分配给手机用户", "This range is not given to mobiles")
    return None


def phone_problem(number: str) -> NumberProblem | None:
    """A mainland phone that can be called: a mobile, or a fixed line such as 0571-87654321 or 0571-87654321-801."""
    if not number:
        return _EMPTY
    if number.startswith("1"):
        return mobile_problem(number)
    match = _FIXED_LINE.fullmatch(number)
    if match is None:
        return _NO_PHONE
    return None if phonenumbers.is_valid_number(phonenumbers.parse(match[1], "CN")) else _NO_PHONE


_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)


def email_problem(address: str) -> NumberProblem | None:
    """The shape of a mail address, 6 to 128 characters (V3.0 interface, Fzr_dzyj)."""
    if not address:
        return _EMPTY
    if 6 <= len(address) <= 128 and len(address.partition("@")[0]) <= 64 and _EMAIL.fullmatch(address):
        return None
    return NumberProblem(
        "shape",
        "应为形如 name@example.com 的邮箱地址，6 至 128 个字符",
        "Give a mail address like name@example.com, 6 to 128 characters",
    )
