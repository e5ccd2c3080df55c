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
from openbeian.regime.csv_files import csv_rows


@dataclass(frozen=True)
class NumberProblem:
    """Why a number cannot be right. ``code`` is stable, the texts are for people."""

    code: str
    zh: str
    en: str


_PROBLEMS = {row.pop("key"): NumberProblem(**row) for row in csv_rows(__file__, "tables/number_problems.csv")}
_EMPTY, _CHECK_DIGIT = _PROBLEMS["empty"], _PROBLEMS["check_digit"]

Check = Callable[[str], NumberProblem | None]


def _shaped(key: str, pattern: str) -> Check:
    """A check of the shape alone."""
    compiled = re.compile(pattern)

    def problem(number: str) -> NumberProblem | None:
        return None if compiled.fullmatch(number) else _PROBLEMS[key]

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
        return _PROBLEMS["old_resident_id"]
    if problem := _citizen_number_problem(number):
        return problem
    if number[:2] in ("81", "82", "83"):
        return _PROBLEMS["residence_permit_number"]
    return None if f"{number[:2]}0000" in provinces() else _PROBLEMS["district"]


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
        return _PROBLEMS["citizen_number"]
    try:
        born = date.fromisoformat(number[6:14])
    except ValueError:
        born = date.min
    if born.year < 1900:
        return _PROBLEMS["birth_date"]
    return None if number[-1] == ric.calc_check_digit(number) else _CHECK_DIGIT


def _prefixed_citizen_number(key: str, *prefixes: str) -> Check:
    def problem(number: str) -> NumberProblem | None:
        return _citizen_number_problem(number) or (None if number.startswith(prefixes) else _PROBLEMS[key])

    return problem


# Organizations

_CREDIT_CODE = re.compile(r"[1-9ANY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")


def credit_code_problem(number: str) -> NumberProblem | None:
    """GB 32100, unified social credit code (统一社会信用代码): 18 characters with a check character.

    Unlike python-stdnum's this check knows the registering departments A (military), N (agriculture) and Y (other).
    """
    if len(number) != 18:
        return _PROBLEMS["credit_code_length"]
    if not _CREDIT_CODE.fullmatch(number):
        return _PROBLEMS["credit_code"]
    return None if number[-1] == uscc.calc_check_digit(number[:17]) else _CHECK_DIGIT


def organization_code_problem(number: str) -> NumberProblem | None:
    """GB 11714, old organization code (组织机构代码): 8 characters and a check character, with or without the dash."""
    number = number.replace("-", "")
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", number):
        return _PROBLEMS["organization_code"]
    weighted = sum(
        int(sign, 36) * weight for sign, weight in zip(number, (3, 7, 9, 10, 5, 8, 4, 2), strict=False)
    )
    return None if number[-1] == "0123456789X0"[11 - weighted % 11] else _CHECK_DIGIT


def business_licence_problem(number: str) -> NumberProblem | None:
    """Business licence (营业执照): a credit code that starts with 9, or the old 15 digits."""
    if _FIFTEEN_DIGITS.fullmatch(number):
        return None if mod_11_10.is_valid(number) else _CHECK_DIGIT
    return credit_code_problem(number) or (None if number[0] == "9" else _PROBLEMS["department"])


#: No rule is public.
_free_problem = _shaped("free", r"[0-9A-Z\u4e00-\u9fff()\[\]〔〕【】/.\-]{4,64}")


def _registration_problem(number: str) -> NumberProblem | None:
    """Certificates that carry a credit code if new, and a number of their own if old."""
    return credit_code_problem(number) if re.fullmatch(r"[0-9A-Z]{18}", number) else _free_problem(number)


# Other persons


def _foreign_resident_card_problem(number: str) -> NumberProblem | None:
    """New card (since 2023): 18 characters from 9, check digit as in GB 11643. Old: 3 letters, 12 digits."""
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return None
    if number[:1].isalpha():
        return _PROBLEMS["old_foreign_resident_card"]
    return _prefixed_citizen_number("foreign_resident_card", "9")(number)


#: The checks that the column number_check of certificate_types.csv may name.
_CHECKS: dict[str, Check] = {
    "resident_id": resident_id_problem,
    "credit_code": credit_code_problem,
    "organization_code": organization_code_problem,
    "business_licence": business_licence_problem,
    "registration": _registration_problem,
    "free": _free_problem,
    "passport": _shaped("passport", r"[0-9A-Z]{5,15}"),
    "hong_kong_macao_permit": _shaped("hong_kong_macao_permit", r"[HM](?:[0-9]{8}|[0-9]{10}|A[0-9]{7})"),
    "taiwan_permit": _shaped("taiwan_permit", r"[0-9]{8}|[0-9]{10}(?:\(?[A-Z]\)?)?"),
    "hong_kong_macao_residence": _prefixed_citizen_number("hong_kong_macao_residence", "810000", "820000"),
    "taiwan_residence": _prefixed_citizen_number("taiwan_residence", "830000"),
    "foreign_resident_card": _foreign_resident_card_problem,
}


def certificate_problem(certificate_type: int, number: str) -> NumberProblem | None:
    """Why ``number`` cannot stand on a certificate of this type (see certificate_types.csv), or None."""
    row = certificate_types().get(certificate_type)
    if row is None:
        return _PROBLEMS["certificate_type"]
    return _CHECKS[row.number_check](number) if number else _EMPTY


# Phones and mailboxes


CHINA: Any = phonenumbers.PhoneMetadata.metadata_for_region("CN")
#: The numbering plan's pattern for mobiles. Asking the library to read the number first takes longer, and it refuses
#: one that begins with an emergency number, such as 110. It lacks 149 (China Telecom). Ranges of things that send no
#: SMS to a person (10648, 140, 141, 144, 146, 148) are not in it and stay out.
_MOBILE_RANGES = re.compile(rf"{CHINA.mobile.national_number_pattern}|149[0-9]{{8}}")
_MOBILE_SHAPE = re.compile(r"1[0-9]{10}")
_FIXED_LINE = re.compile(r"(0[1-9][0-9]{1,2}-?[0-9]{7,8})(?:-[0-9]{1,6})?")


def mobile_problem(number: str) -> NumberProblem | None:
    """A mainland mobile number: 11 digits in a range given to mobiles, without country code."""
    if not number:
        return _EMPTY
    if not _MOBILE_SHAPE.fullmatch(number):
        return _PROBLEMS["mobile"]
    return None if _MOBILE_RANGES.fullmatch(number) else _PROBLEMS["mobile_range"]


def phone_problem(number: str) -> NumberProblem | None:
    """A mainland phone that can be called: a mobile, or a fixed line such as 0571-87654321 or 0571-87654321-801."""
    if not number:
        return _EMPTY
    if number.startswith("1"):
        return mobile_problem(number)
    match = _FIXED_LINE.fullmatch(number)
    if match and phonenumbers.is_valid_number(phonenumbers.parse(match[1], "CN")):
        return None
    return _PROBLEMS["phone"]


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
    return _PROBLEMS["email"]
