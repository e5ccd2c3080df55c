"""The code tables: complete, consistent, with their source; and the districts a person can really choose."""

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from openbeian.regime import code_tables
from openbeian.regime.code_tables import District, Reaction
from openbeian.regime.csv_files import TableError, csv_rows

FOLDER = Path(code_tables.__file__).parent / "tables"
TABLES = (
    "subject_types", "certificate_types", "service_contents", "prior_approvals", "cancel_reasons",
    "wire_codes", "provinces", "province_rules", "rules", "labels", "shelf_grounds", "districts",
    "result_codes", "number_problems",
)  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_every_table_says_where_it_comes_from_and_as_of_when(table):
    source, as_of, note = (FOLDER / f"{table}.csv").read_text().splitlines()[:3]
    assert source.startswith("# source: ") and note.startswith("# note: ")
    assert date.fromisoformat(as_of.removeprefix("# as_of: "))


def test_tables_cannot_be_changed_by_a_reader():
    with pytest.raises(TypeError):
        code_tables.subject_types()[1] = None  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        code_tables.subject_types()[4].name = "x"  # type: ignore[misc]


def test_subject_types():
    assert sorted(code_tables.subject_types()) == [1, 2, 3, 4, 5, 6, *range(9, 21)]
    assert code_tables.subject_types()[4].name == "企业"


def test_each_subject_type_has_a_certificate():
    assert {t: len(code_tables.certificate_types_of(t)) for t in code_tables.subject_types()} == {
        1: 2, 2: 2, 3: 3, 4: 3, 5: 7, 6: 2, 9: 4, 10: 2, 11: 2, 12: 3,
        13: 1, 14: 1, 15: 1, 16: 1, 17: 1, 18: 1, 19: 1, 20: 1,
    }  # fmt: skip
    assert [c.code for c in code_tables.certificate_types_of(5)] == [2, 7, 11, 14, 30, 41, 42]
    assert code_tables.certificate_types_of(99) == ()


def test_service_contents_are_a_complete_tree_of_two_levels():
    table, tree = code_tables.service_contents(), code_tables.service_content_tree()
    assert [top.code for top in tree] == list(range(500, 516))
    assert sorted(row.code for rows in tree.values() for row in rows) == list(range(1, 177))
    assert len(table) == 16 + 176
    assert [row.name for row in tree[table[501]]] == ["点餐", "外卖", "其他"]
    assert [row.code for row in tree[table[515]]] == [175, 176]
    assert table[163].parent == 512


def test_prior_approvals():
    table = code_tables.prior_approvals()
    assert list(table) == [1, 2, 3, 4, 5, 6, 9, 10, 11, 13, 14, 15, 24]
    assert all(row.bit == 2 ** (row.code - 1) for row in table.values())
    assert [row.code for row in table.values() if row.stands_alone] == [24]
    assert [row.code for row in table.values() if not row.document] == [24]


def test_ride_hailing_is_11_and_a_client_that_says_12_is_understood():
    assert code_tables.prior_approvals()[11].name == "网络预约车"
    assert code_tables.prior_approval(11) is code_tables.prior_approval(12)
    assert code_tables.prior_approval(7) is None


def test_cancellation_codes():
    assert list(code_tables.cancel_reasons()) == [1, 2]


def test_small_lists_of_the_wire():
    assert code_tables.wire_codes("service_type")[7].name == "小程序"
    assert list(code_tables.wire_codes("operation")) == [1, 2, 3, 4, 5, 6, 7, 35]
    assert list(code_tables.wire_codes("attachment_purpose")) == [1, 2, 3, 4, 5]
    with pytest.raises(KeyError):
        code_tables.wire_codes("no such list")


def test_provinces():
    provinces = code_tables.provinces().values()
    assert len(provinces) == 31
    shorts = "".join(p.short for p in provinces)
    assert shorts == "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝蜀黔滇藏陕陇青宁新"
    zhejiang = code_tables.provinces()["330000"]
    assert (zhejiang.name, zhejiang.authority) == ("浙江省", "浙江省通信管理局")
    assert code_tables.province_of_short_name("川") is code_tables.provinces()["510000"]
    assert code_tables.province_of_short_name("台") is None
    assert code_tables.province_of_short_name("") is None


def test_provinces_and_districts_name_the_provinces_alike():
    assert {d.code: d.name for d in code_tables.districts().values() if d.level == 1} == {
        p.code: p.name for p in code_tables.provinces().values()
    }


def test_every_city_of_the_tree_offers_a_third_level():
    counts = [0, 0, 0]
    for province in code_tables.district_tree():
        counts[0] += 1
        for city in province.children:
            counts[1] += 1
            assert city.district.parent == province.district.code
            assert city.children
            for county in city.children:
                counts[2] += 1
                assert (county.district.level, county.children) == (3, ())
                assert code_tables.is_nested(province.district.code, city.district.code, county.district.code)
                assert county.district.code[:4] == city.district.code[:4]
    assert counts == [31, 342, 2854]


def test_district_codes():
    districts = code_tables.districts()
    assert districts["330106"] == District("330106", "西湖区", 3, "330100")
    assert districts["110100"] == District("110100", "市辖区", 2, "110000")
    assert districts["500200"] == District("500200", "县", 2, "500000")
    assert districts["419001"].parent == "419000"
    assert len(districts) == 31 + 342 + 2854 - 3
    assert not [code for code in districts if len(code) != 6 or not code.isdigit()]


@pytest.mark.parametrize("city", ["441900", "442000", "460400"])
def test_a_city_without_counties_is_its_own_third_level(city):
    province = city[:2] + "0000"
    (only,) = code_tables.third_level(city)
    assert (only.code, only.level, only.parent) == (city, 3, city)
    assert code_tables.districts()[city].level == 2
    assert code_tables.is_nested(province, city, city)


@pytest.mark.parametrize(
    "province, city, district",
    [
        ("330000", "330100", "110105"),  # a district of another city
        ("110000", "330100", "330106"),  # a city of another province
        ("330000", "330106", "330106"),  # a district in place of the city
        ("330000", "330100", "330100"),  # a city in place of the district
        ("330000", "330000", "330106"),
        ("", "", ""),
        ("330000", "330100", "330199"),
    ],
)
def test_codes_that_do_not_stand_inside_one_another(province, city, district):
    assert not code_tables.is_nested(province, city, district)


def test_result_codes_are_complete():
    codes = code_tables.result_codes()
    by_level = {
        level: [c.code for c in codes.values() if c.level == level]
        for level in ("call", "processing", "general")
    }
    assert by_level == {
        "call": [*range(23), 901, 902, 999],
        "processing": [*range(1001, 1069), 1999],
        "general": [*range(5001, 5012), 5999],
    }


def test_a_code_that_goes_back_to_the_organizer_says_what_to_do():
    for row in code_tables.result_codes().values():
        assert row.meaning_zh and row.meaning_en and row.remedy_zh and row.remedy_en
        if row.field:
            assert row.field.partition(".")[0] in ("organizer", "service", "materials", "cancellation")
    bad_mail = code_tables.result_code(1009)
    assert (bad_mail.field, bad_mail.reaction) == ("organizer.principal.email", Reaction.RETURN)
    assert code_tables.result_code(14).reaction is Reaction.RESEND_MISSING


def test_a_result_code_nobody_knows_is_for_an_operator():
    assert code_tables.result_code(4711).reaction is Reaction.OPERATOR


def test_comments_of_a_table_are_passed_over_and_a_row_of_the_wrong_width_is_refused(tmp_path):
    module = str(tmp_path / "module.py")
    (tmp_path / "good.csv").write_text('# source: s\ncode,name\n1,"a, b"\n', encoding="utf-8")
    assert csv_rows(module, "good.csv") == [{"code": "1", "name": "a, b"}]
    for row in ("1", "1,a,b"):
        (tmp_path / "bad.csv").write_text(f"code,name\n{row}\n", encoding="utf-8")
        with pytest.raises(TableError, match=r"bad\.csv: row .* has the wrong number of columns"):
            csv_rows(module, "bad.csv")


def test_a_table_that_names_a_code_twice_is_refused(monkeypatch):
    rows = [{"code": "1", "name": name, "name_en": name} for name in ("a", "b")]
    monkeypatch.setattr(code_tables, "read_rows", lambda table: rows)
    with pytest.raises(TableError, match=r"cancel_reasons\.csv: code 1 appears twice"):
        code_tables.cancel_reasons.__wrapped__()
