"""Identity numbers: the right ones pass, one mistyped sign is noticed, and the refusal says why."""

from datetime import date

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from openbeian.regime import code_tables, identity
from openbeian.regime.identity import certificate_problem
from openbeian.regime.widths import narrow

RESIDENT = "330106198802140010"
CREDIT = "91330106MA0000015K"
CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code(problem):
    return problem and problem.code


def resident_id(district: str, born: date, order: int) -> str:
    """An invented number with a right check digit, computed as GB 11643 words it."""
    body = f"{district}{born:%Y%m%d}{order:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def credit_code(body: str) -> str:
    """An invented code with a right check sign, computed as GB 32100 words it."""
    total = sum(CREDIT_SIGNS.index(sign) * pow(3, i, 31) for i, sign in enumerate(body))
    return body + CREDIT_SIGNS[(31 - total % 31) % 31]


districts = st.sampled_from(sorted(d.code for d in code_tables.districts().values() if d.level == 3))
births = st.dates(date(1900, 1, 1), date(2026, 12, 31))
resident_ids = st.builds(resident_id, districts, births, st.integers(1, 999))
credit_codes = st.builds(
    lambda head, region, organization: credit_code(head + region + organization),
    st.sampled_from(["11", "12", "31", "51", "52", "91", "92", "93", "A1", "N1", "N9", "Y1"]),
    districts,
    st.text(CREDIT_SIGNS, min_size=9, max_size=9),
)


# Widths


def test_narrowing_changes_full_width_signs_dashes_spaces_and_invisible_signs_and_nothing_else():
    changed = {c: narrow(f"甲{c}乙")[1:-1] for c in map(chr, range(0x110000)) if narrow(f"甲{c}乙") != f"甲{c}乙"}
    full = {chr(0xFEE0 + n): chr(n) for n in range(0x21, 0x7F)}
    hidden = map(chr, (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF))
    nothing = dict.fromkeys([*filter(str.isspace, map(chr, range(0x110000))), *hidden], "")
    assert changed == full | dict.fromkeys("‐‑‒–—―−﹣﹘⁃⸺⸻─━", "-") | nothing


# Resident identity


@given(resident_ids)
def test_a_right_resident_id_passes(number):
    assert identity.resident_id_problem(number) is None


@given(resident_ids, st.integers(0, 16), st.integers(1, 9))
def test_one_mistyped_digit_in_a_resident_id_is_noticed(number, place, shift):
    spoilt = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert identity.resident_id_problem(spoilt) is not None


@given(resident_ids, st.integers(0, 16))
def test_two_neighbouring_digits_swapped_are_noticed(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assume(swapped != number)
    assert identity.resident_id_problem(swapped) is not None


@given(resident_ids)
def test_the_birth_date_is_read_from_the_number(number):
    born = identity.birth_date(number)
    assert f"{born:%Y%m%d}" == number[6:14]
    assert identity.age(number, date(born.year + 18, 12, 31)) == 18


@pytest.mark.parametrize(
    "on, years",
    [(date(2006, 2, 13), 17), (date(2006, 2, 14), 18), (date(2007, 2, 13), 18), (date(1988, 2, 14), 0)],
)
def test_age_changes_on_the_birthday(on, years):
    assert identity.age(RESIDENT, on) == years


def test_born_on_29_february_comes_of_age_on_1_march():
    number = resident_id("330106", date(2008, 2, 29), 1)
    assert (identity.age(number, date(2026, 2, 28)), identity.age(number, date(2026, 3, 1))) == (17, 18)


@pytest.mark.parametrize("number", ["", "330106", "33010619880230001X", "91330106MA0000015K"])
def test_no_birth_date_in_a_number_of_another_form(number):
    with pytest.raises(ValueError) as refusal:
        identity.birth_date(number)
    assert not number or number not in str(refusal.value)


@pytest.mark.parametrize("district", ["330104", "330103", "350427", "310119", "512301", "320594"])
def test_districts_abolished_since_or_used_by_the_police_only_stay_valid(district):
    assert district not in code_tables.districts()
    assert identity.resident_id_problem(resident_id(district, date(1975, 6, 30), 2)) is None


def test_a_person_may_be_older_than_the_district():
    # Xihu got its code in 1983; whoever was registered there then kept it, whatever the birth date.
    assert identity.resident_id_problem("330106197906300029") is None


@pytest.mark.parametrize(
    "number, expected",
    [
        ("", "empty"),
        ("330106880214001", "old_resident_id"),
        ("33010619880214001", "shape"),
        ("3301061988021400100", "shape"),
        ("33010619880214001A", "shape"),
        ("X30106198802140010", "shape"),
        ("330106198802140011", "check_digit"),
        (resident_id("330106", date(1988, 2, 14), 1).replace("19880214", "19880230"), "birth_date"),
        ("330106189902140010", "birth_date"),
        (resident_id("990106", date(1988, 2, 14), 1), "district"),
        (resident_id("810000", date(1988, 2, 14), 1), "residence_permit_number"),
    ],
)
def test_why_a_resident_id_is_refused(number, expected):
    assert code(certificate_problem(2, number)) == expected


# Organizations


@given(credit_codes)
def test_a_right_credit_code_passes(number):
    assert identity.credit_code_problem(number) is None
    assert certificate_problem(13, number) is None


@given(credit_codes, st.integers(0, 17), st.sampled_from(CREDIT_SIGNS))
def test_one_mistyped_sign_in_a_credit_code_is_noticed(number, place, sign):
    assume(sign != number[place])
    assert identity.credit_code_problem(number[:place] + sign + number[place + 1 :]) is not None


def test_a_business_licence_carries_the_market_regulators_code():
    assert certificate_problem(1, CREDIT) is None
    assert code(certificate_problem(1, credit_code("12330106MA0000015"))) == "department"
    assert code(certificate_problem(1, CREDIT[:-1] + "L")) == "check_digit"
    assert code(certificate_problem(1, CREDIT[:-1])) == "shape"
    assert code(certificate_problem(1, CREDIT.replace("MA", "MO"))) == "shape"
    assert code(certificate_problem(1, "")) == "empty"


def test_an_old_business_licence_number_has_fifteen_digits():
    assert certificate_problem(1, "330106000000013") is None
    assert code(certificate_problem(1, "330106000000014")) == "check_digit"


@given(st.integers(0, 9999_9999), st.integers(0, 14), st.integers(1, 9))
def test_one_mistyped_digit_in_an_old_licence_number_is_noticed(sequence, place, shift):
    body = f"330106{sequence:08}"
    (number,) = [body + str(d) for d in range(10) if identity.business_licence_problem(body + str(d)) is None]
    spoilt = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert identity.business_licence_problem(spoilt) is not None


@pytest.mark.parametrize(
    "number", ["60003734-1", "600037341", "MA0000015", "D2143569X"]
)
def test_right_organization_codes(number):
    assert certificate_problem(12, number) is None


@given(
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8),
    st.integers(0, 7),
    st.integers(0, 9),
    st.integers(1, 9),
)
def test_an_organization_code_has_one_check_sign_and_notices_a_mistyped_digit(body, place, digit, shift):
    body = body[:place] + str(digit) + body[place + 1 :]
    problem = identity.organization_code_problem
    (number,) = [body + sign for sign in "0123456789X" if problem(body + sign) is None]
    spoilt = number[:place] + str((digit + shift) % 10) + number[place + 1 :]
    assert code(problem(spoilt)) == "check_digit"


def test_a_credit_code_is_no_organization_code():
    assert code(certificate_problem(12, CREDIT)) == "shape"


def test_registration_certificates_carry_a_credit_code_or_an_old_number():
    assert certificate_problem(4, credit_code("12330106MB0000012")) is None
    assert certificate_problem(4, "事证第133010000001号") is None
    assert code(certificate_problem(4, CREDIT[:-1] + "L")) == "check_digit"
    assert certificate_problem(43, credit_code("N1330106MF0000017")) is None
    assert code(certificate_problem(37, "教民<script>")) == "shape"
    assert code(certificate_problem(5, "")) == "empty"


# Other persons


@pytest.mark.parametrize(
    "certificate_type, number",
    [
        (7, "E00000001"),
        (11, "00000001"),
        (11, "0000000001(B)"),
        (14, "H00000001"),
        (14, "M0000000101"),
        (14, "HA1234567"),
        (14, "MA1234567"),
        (30, "GBR330100000010"),
        (30, resident_id("933826", date(1988, 2, 14), 1)),
        (41, resident_id("810000", date(1988, 2, 14), 1)),
        (41, resident_id("820000", date(1988, 2, 14), 1)),
        (42, resident_id("830000", date(1988, 2, 14), 1)),
    ],
)
def test_right_numbers_of_other_persons(certificate_type, number):
    assert certificate_problem(certificate_type, number) is None


@pytest.mark.parametrize(
    "certificate_type, number, expected",
    [
        (7, "E1", "shape"),
        (11, "0000001", "shape"),
        (14, "A00000001", "shape"),
        (14, "HA123456", "shape"),
        (14, "HB1234567", "shape"),
        (14, "", "empty"),
        (30, "GB0330100000010", "shape"),
        (30, RESIDENT, "district"),
        (41, RESIDENT, "district"),
        (42, resident_id("810000", date(1988, 2, 14), 1), "district"),
        (999, "1", "certificate_type"),
    ],
)
def test_wrong_numbers_of_other_persons(certificate_type, number, expected):
    assert code(certificate_problem(certificate_type, number)) == expected


@given(st.sampled_from(sorted(code_tables.certificate_types())), st.text(max_size=40))
def test_any_text_gets_an_answer_in_two_languages_that_does_not_repeat_it(certificate_type, text):
    problem = certificate_problem(certificate_type, text)
    if problem is not None:
        assert problem.code and problem.zh and problem.en
        assert len(text) < 6 or text not in problem.zh + problem.en


# Phones and mailboxes


@pytest.mark.parametrize("number", ["13900000001", "19200000001", "14900000001"])
def test_right_mobiles(number):
    assert identity.mobile_problem(number) is None


@pytest.mark.parametrize(
    "number, expected",
    [
        ("", "empty"),
        ("1390000000", "shape"),
        ("139000000011", "shape"),
        ("23900000001", "shape"),
        ("+8613900000001", "shape"),
        ("057187654321", "shape"),
        ("12000000000", "range"),
        ("11001002229", "range"),
        ("१३९००००००००", "shape"),
    ],
)
def test_wrong_mobiles(number, expected):
    assert code(identity.mobile_problem(number)) == expected


def test_the_ranges_of_mobiles_are_those_of_the_numbering_plan():
    def given_to_mobiles(number: str) -> bool:
        try:
            return phonenumbers.number_type(phonenumbers.parse(number, "CN")) == phonenumbers.PhoneNumberType.MOBILE
        except phonenumbers.NumberParseException:
            return False

    numbers = [f"{prefix}0000001" for prefix in range(1000, 2000)]
    mobiles = [number for number in numbers if given_to_mobiles(number)]
    passed = [number for number in numbers if identity.mobile_problem(number) is None]
    assert sorted(set(passed) - set(mobiles)) == [f"149{n}0000001" for n in range(10)]  # not in the library's plan
    assert set(mobiles) - set(passed) == set()
    assert 300 < len(mobiles) < 700


@pytest.mark.parametrize(
    "number, expected",
    [
        ("0571-87654321", None),
        ("0571-87654321-801", None),
        ("0571-87654321-8012345", "shape"),
        ("008-85639102", "shape"),  # 00 begins an international number
        ("01087654321", None),
        ("13900000002", None),
        ("87654321", "shape"),
        ("0999-1", "shape"),
        ("", "empty"),
        ("12000000000", "range"),
    ],
)
def test_emergency_numbers_may_be_fixed_lines(number, expected):
    assert code(identity.phone_problem(number)) == expected


@pytest.mark.parametrize(
    "address", ["lin@example.com", "l.in+icp@example.com.cn", "LIN@example.com", "1@q.cn"]
)
def test_right_mail_addresses(address):
    assert identity.email_problem(address) is None


@pytest.mark.parametrize(
    "address, expected",
    [
        ("", "empty"),
        ("lin", "shape"),
        ("lin@example", "shape"),
        ("lin@@example.com", "shape"),
        (".lin@example.com", "shape"),
        ("lin@-example.com", "shape"),
        ("lin@example.com\r\nBcc: x@example.com", "shape"),
        ("林@example.com", "shape"),
        ("a" * 65 + "@example.com", "shape"),
        ("lin@" + "a" * 60 + "." + "b" * 60 + ".com", "shape"),
    ],
)
def test_wrong_mail_addresses(address, expected):
    assert code(identity.email_problem(address)) == expected
