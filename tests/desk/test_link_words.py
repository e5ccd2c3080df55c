"""Whatever an administration may send has a name on the desk."""

import dataclasses
import typing
from collections.abc import Iterator

from openbeian.desk import link_words
from openbeian.v3 import codec


def paths(of: type, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    hints = typing.get_type_hints(of)
    for field in dataclasses.fields(of):
        records = [one for one in named_in(hints[field.name]) if dataclasses.is_dataclass(one) and isinstance(one, type)]
        if not records:
            yield (*before, field.name)
        for record in records:
            yield from paths(record, (*before, field.name))


def named_in(hint: typing.Any) -> Iterator[typing.Any]:
    yield hint
    for one in typing.get_args(hint):
        yield from named_in(one)


def test_every_line_of_every_record_is_called_something_in_both_languages() -> None:
    found = [path for record in typing.get_args(codec.Record) for path in paths(record)]
    assert len(found) > 200
    assert [path for path in found if path[-1] in link_words.part(path[-1])] == []
    groups = {group for path in found for group in path[:-1]}
    assert [group for group in sorted(groups) if group in link_words.part(f"{group}.name")[0]] == []


def test_a_line_says_what_it_is_of() -> None:
    assert link_words.part("services.principal.mobile") == ("服务 · 负责人 · 手机号码", "Service · Principal · Mobile")
    assert link_words.part("subject.certificate.number")[0] == "主体 · 证件 · 号码"
    assert link_words.part("subject.number")[0] == "主体 · 备案号"
    assert link_words.part("organizer.name") == ("主办者名称", "Organizer's name")
    assert link_words.part("never_heard_of") == ("never_heard_of", "never_heard_of")


def test_a_code_is_shown_with_what_it_stands_for() -> None:
    assert link_words.value("subject.nature", "4") == ("企业（4）", "Enterprise (4)")
    assert link_words.value("subject.address.province", "330000") == ("浙江省（330000）", "Zhejiang (330000)")
    assert link_words.value("subject.address.district", "330106") == ("西湖区（330106）", "西湖区 (330106)")
    assert link_words.value("units.certificate.type", "2")[0] == "居民身份证（2）"
    assert link_words.value("services.prior_approvals.type", "24")[0] == "以上都不涉及（24）"
    assert link_words.value("services.contents", "999") == ("999", "999"), "a code of no table"
    assert link_words.value("subject.name", "4") == ("4", "4")
    assert link_words.value("province", "浙江") == ("浙江", "浙江")


def test_a_problem_with_an_orders_own_dossier_is_told_in_words() -> None:
    zh, en = link_words.problem("FiledRecord: SnapshotDamaged; the record is about another mini program")
    assert zh == ("部分内容未生效：备案数据：订单提交的存档已损坏，备案结果未能登记；请先恢复存档，再重新处理；"
                  "the record is about another mini program")
    assert en == (
        "Part of it had no effect: Filed record: the order's stored dossier is damaged, so the result was not entered; "
        "restore it, then process the file again; the record is about another mini program")
