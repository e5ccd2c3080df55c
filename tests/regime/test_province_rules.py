"""The table of what provinces rule differently: what it says, and that it says nothing the rules do not know."""

import pytest

from openbeian.regime.code_tables import provinces, read_rows
from openbeian.regime.csv_files import TableError
from openbeian.regime.province_rules import ProvinceRules, province_rules, read_rules


def those(**wanted: object) -> set[str]:
    return {
        provinces()[code].short for code, rules in province_rules().items()
        if all(getattr(rules, name) == value for name, value in wanted.items())
    }  # fmt: skip


def test_the_table_says_what_is_known_of_each_province():
    assert those(individuals="local") == set("蒙晋新青桂宁")
    assert those(individuals="permit") == set("沪浙鲁")
    assert those(authorization="one_person") == {"皖"}
    assert those(same_city=True) == set("冀豫黔")
    assert those(minimum_age=17) == {"鲁"}
    assert those(change_of_subject=False) == set("陕蜀")
    assert those(change_of_principal="with_service") == set("湘黔")
    assert those(shell_takes_new_service=True) == set("津辽蜀滇苏浙沪桂晋京黔")
    assert (those(proposal_from=1), those(proposal_from=30)) == ({"湘"}, {"沪"})
    assert (those(open_orders=1), those(open_orders=3), those(open_orders=5)) == ({"湘"}, {"晋"}, {"豫"})


def test_most_provinces_rule_as_the_rest_does():
    assert province_rules()["440000"] == ProvinceRules()
    assert len(province_rules()) == 31


def test_where_one_order_may_be_open_every_order_stands_alone():
    assert those(one_at_a_time=True) == {"湘"}


@pytest.mark.parametrize(("column", "text", "reason"), [
    ("individuals", "some", "individuals is one of any, permit, local"),
    ("authorization", "yes", "authorization is one of letter, one_person, no"),
    ("change_of_principal", "no", "change_of_principal is one of alone, with_service"),
    ("same_city", "true", "same_city is one of yes, no"),
    ("minimum_age", "17.5", "minimum_age is a whole number"),
    ("open_orders", "-1", "open_orders is a whole number"),
    ("proposal_from", "三", "proposal_from is a whole number"),
])  # fmt: skip
def test_a_value_that_is_not_known_is_refused(column, text, reason):
    rows = [dict(row) for row in read_rows("province_rules")]
    rows[0][column] = text
    with pytest.raises(TableError) as refused:
        read_rules(rows)
    assert str(refused.value) == f"province_rules.csv: 110000: {reason}"


def test_a_column_that_is_not_known_or_is_missing_is_refused():
    for change in (lambda row: row.update(seal="yes"), lambda row: row.pop("same_city")):
        rows = [dict(row) for row in read_rows("province_rules")]
        for row in rows:
            change(row)
        with pytest.raises(TableError, match="110000 has other columns than code, individuals, authorization"):
            read_rules(rows)


def test_the_table_holds_each_province_once():
    rows = list(read_rows("province_rules"))
    with pytest.raises(TableError, match="does not hold exactly the provinces"):
        read_rules(rows[1:])
    with pytest.raises(TableError, match="does not hold exactly the provinces"):
        read_rules([*rows, {**rows[0], "code": "710000"}])
    with pytest.raises(TableError, match="code 110000 appears twice"):
        read_rules([*rows, rows[0]])
