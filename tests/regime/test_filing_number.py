"""The grammar of filing numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbeian.regime import code_tables
from openbeian.regime.filing_number import (
    FilingNumber,
    FilingNumberError,
    ServiceKind,
    canonical,
    parse,
)

provinces = st.sampled_from([p.short for p in code_tables.provinces().values()])
digits = "0123456789"
subjects = st.one_of(
    st.builds(
        FilingNumber,
        provinces,
        st.just("ICP备"),
        st.from_regex(r"[0-9]{6}|[0-9]{8}|20[0-9]{8}", fullmatch=True),
    ),
    st.builds(FilingNumber, provinces, st.just("ICP证"), st.text(digits, min_size=6, max_size=10)),
    st.builds(
        FilingNumber,
        provinces,
        st.sampled_from(["A1", "A2", "B1", "B2", "B1.B2", "A2.B1.B2", "A1A2B1B2"]),
        st.text(digits, min_size=8, max_size=8),
    ),
)
numbers = st.one_of(
    subjects,
    st.builds(
        lambda subject, sequence, kind: subject.service(sequence, kind),
        subjects,
        st.integers(1, 9_999_999),
        st.sampled_from(ServiceKind),
    ),
)


@given(numbers)
def test_what_is_formatted_is_read_back_the_same(number):
    assert parse(str(number)) == number
    assert canonical(str(number)) == str(number)


@given(numbers)
def test_full_width_small_letters_and_spaces_change_nothing(number):
    text = str(number)
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    assert parse(wide) == number
    assert parse(f"  {text.lower()} ") == number
    assert parse(" ".join(text)) == number
    assert parse(text.replace("-", "—")) == number


@given(numbers)
def test_a_service_number_names_its_subject(number):
    assert not number.subject.is_service
    assert str(number).startswith(str(number.subject))
    assert number.is_service == (str(number) != str(number.subject))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_reason(text):
    try:
        number = parse(text)
    except FilingNumberError as refusal:
        assert refusal.code and refusal.zh and refusal.en
    else:
        assert parse(str(number)) == number


@pytest.mark.parametrize(
    "text, expected",
    [
        ("浙ICP备123456号", FilingNumber("浙", "ICP备", "123456")),
        ("粤ICP备12345678号", FilingNumber("粤", "ICP备", "12345678")),
        ("蜀ICP备2020000001号-1", FilingNumber("蜀", "ICP备", "2020000001", 1, ServiceKind.WEBSITE)),
        ("浙ICP备2023000001号-2A", FilingNumber("浙", "ICP备", "2023000001", 2, ServiceKind.APP)),
        ("浙ICP备2023000001号-3X", FilingNumber("浙", "ICP备", "2023000001", 3, ServiceKind.MINI_PROGRAM)),
        ("浙ICP备2023000001号-4K", FilingNumber("浙", "ICP备", "2023000001", 4, ServiceKind.QUICK_APP)),
        ("京ICP证000001号", FilingNumber("京", "ICP证", "000001")),
        ("粤B2-20090059", FilingNumber("粤", "B2", "20090059")),
        ("粤B2-20090059-1626X", FilingNumber("粤", "B2", "20090059", 1626, ServiceKind.MINI_PROGRAM)),
        ("粤B1.B2-20090191-7", FilingNumber("粤", "B1.B2", "20090191", 7, ServiceKind.WEBSITE)),
    ],
)
def test_all_forms(text, expected):
    assert parse(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    "typed, printed",
    [
        ("川ICP备2023000001号-3X", "蜀ICP备2023000001号-3X"),
        ("贵ICP备12345678号", "黔ICP备12345678号"),
        ("云ICP备12345678号", "滇ICP备12345678号"),
        ("甘ICP备12345678号", "陇ICP备12345678号"),
        ("浙icp备２０２３０００００１号－３ｘ", "浙ICP备2023000001号-3X"),
        (" 浙 ICP备 2023000001 号 – 3 X ", "浙ICP备2023000001号-3X"),
        ("粤ICP備2020034752号", "粤ICP备2020034752号"),
        ("粵ICP備2020034752號-3X", "粤ICP备2020034752号-3X"),
        ("瓊ICP證000001號", "琼ICP证000001号"),
        ("浙ICP备2023000001号——1X", "浙ICP备2023000001号-1X"),
        ("浙ICP备2023000001号--1x", "浙ICP备2023000001号-1X"),
        ("浙ICP备2023000001号-1×", "浙ICP备2023000001号-1X"),
        ("粤B2——20090059——1626×", "粤B2-20090059-1626X"),
    ],
)
def test_habits_of_typing_are_normalised(typed, printed):
    assert canonical(typed) == printed


@pytest.mark.parametrize(
    "text, code",
    [
        ("", "empty"),
        ("  ", "empty"),
        ("ICP备2023000001号", "province"),
        ("台ICP备2023000001号", "province"),
        ("浙2023000001号", "form"),
        ("浙ICP2023000001号", "form"),
        ("浙C2-20090059", "form"),
        ("浙ICP备2023000001", "number_sign"),
        ("浙ICP备2023000001-3X", "number_sign"),
        ("浙ICP备号", "serial_filing"),
        ("浙ICP备1234567号", "serial_filing"),
        ("浙ICP备1923000001号", "serial_filing"),
        ("浙ICP备20230000011号", "serial_filing"),
        ("浙ICP备２０２３００００٠١号", "serial_filing"),
        ("浙ICP证12345号", "serial_permit"),
        ("粤B2-2009005", "serial_licence"),
        ("粤B2", "serial_licence"),
        ("粤B2-20090059号", "serial_licence"),
        ("浙ICP备2023000001号3X", "suffix"),
        ("浙ICP备2023000001号-", "suffix"),
        ("浙ICP备2023000001号-X", "suffix"),
        ("浙ICP备2023000001号-3XX", "suffix"),
        ("浙ICP备2023000001号-0X", "suffix_sequence"),
        ("浙ICP备2023000001号-03X", "suffix_sequence"),
        ("浙ICP备2023000001号-99999999X", "suffix_sequence"),
        ("浙ICP备2023000001号-3B", "suffix_kind"),
        ("浙ICP备2023000001号-3X-4X", "suffix"),
        ("浙" * 41, "too_long"),
        ("浙" + " " * 1000, "too_long"),
    ],
)
def test_a_refusal_names_the_part_that_is_wrong(text, code):
    with pytest.raises(FilingNumberError) as refusal:
        parse(text)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "parts, code",
    [
        (("川", "ICP备", "2023000001"), "province"),
        (("浙", "ICP", "2023000001"), "form"),
        (("浙", "ICP备", "2023"), "serial_filing"),
        (("浙", "ICP备", "2023000001", 3), "suffix"),
        (("浙", "ICP备", "2023000001", None, ServiceKind.MINI_PROGRAM), "suffix"),
        (("浙", "ICP备", "2023000001", 0, ServiceKind.MINI_PROGRAM), "suffix_sequence"),
    ],
)
def test_parts_that_make_no_number_are_refused(parts, code):
    with pytest.raises(FilingNumberError) as refusal:
        FilingNumber(*parts)
    assert refusal.value.code == code


def test_kinds_are_the_ministrys_service_types():
    assert {kind.value for kind in ServiceKind} == set(code_tables.wire_codes("service_type"))
