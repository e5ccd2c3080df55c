"""Reading a dossier: everything that fits is kept, everything else is told, nothing raises."""

import json
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import samples

from openbeian.regime.dossier import Cancellation, Dossier, Organizer, PriorApproval, Service, parse
from openbeian.regime.fields import FIELDS, label
from openbeian.regime.findings import Severity
from openbeian.regime.gbk import uncarried, uncarried_texts
from openbeian.regime.rules import RULESETS
from openbeian.regime.shape import FINDINGS_MAX

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=30,
)


def noted(document: object) -> list[tuple[str, str]]:
    return [(finding.rule, finding.field) for finding in parse(document)[1]]


def test_a_valid_dossier_is_read_whole():
    dossier, findings = parse(samples.enterprise_dossier())
    assert findings == ()
    assert dossier.organizer.certificate.number == "91330106MA0000015K"
    assert dossier.organizer.legal_representative.name == "周示范"
    assert dossier.service.contents == (163, 164)
    assert dossier.service.prior_approvals == (PriorApproval(type=24),)
    assert dossier.service.principal.face_check == "Qm9vdGhUYXNrMDAwMDAx"
    assert dossier.materials.applets_other_materials == ("MEDIA_OTHER_00001", "MEDIA_OTHER_00002")
    assert dossier.cancellation is None


@pytest.mark.parametrize("nothing", [{}, None, {"organizer": None}, {"organizer": {"principal": {"name": None}}}])
def test_null_and_absent_are_the_same(nothing):
    assert parse(nothing) == (Dossier(), ())


def test_an_empty_cancellation_is_a_cancellation():
    assert parse({"cancellation": {}}) == (Dossier(cancellation=Cancellation()), ())


@pytest.mark.parametrize("document", [[], "dossier", 7, True, 1.5])
def test_a_dossier_that_is_no_object_is_one_finding(document):
    assert parse(document)[0] == Dossier()
    assert noted(document) == [("OB-SHP-001", "")]


@pytest.mark.parametrize(("path", "value", "rule", "field"), [
    ("organizer.name", 7, "OB-SHP-001", "organizer.name"),
    ("organizer.province", 330000, "OB-SHP-001", "organizer.province"),
    ("organizer.type", "4", "OB-SHP-001", "organizer.type"),
    ("organizer.type", True, "OB-SHP-001", "organizer.type"),
    ("organizer.type", 4.5, "OB-SHP-001", "organizer.type"),
    ("organizer.type", float("nan"), "OB-SHP-001", "organizer.type"),
    ("organizer.type", -1, "OB-SHP-003", "organizer.type"),
    ("organizer.type", 10**400, "OB-SHP-003", "organizer.type"),
    ("organizer.principal", [], "OB-SHP-001", "organizer.principal"),
    ("organizer.name", "名" * 256, "OB-SHP-003", "organizer.name"),
    ("organizer.name", "青禾\x00", "OB-SHP-004", "organizer.name"),
    ("organizer.name", "青\n禾", "OB-SHP-004", "organizer.name"),
    ("organizer.name", "青\u202e禾", "OB-SHP-004", "organizer.name"),
    ("organizer.name", "青\u200b禾", "OB-SHP-004", "organizer.name"),
    ("organizer.name", "青\ud800", "OB-SHP-004", "organizer.name"),
    ("organizer.adress", "示例路88号", "OB-SHP-002", "organizer.adress"),
    ("organizer.示例路", "88号", "OB-SHP-002", "organizer"),
    ("service.contents", 163, "OB-SHP-001", "service.contents"),
    ("service.contents", [163, "164"], "OB-SHP-001", "service.contents.1"),
    ("service.contents", [163] * 51, "OB-SHP-003", "service.contents"),
    ("service.prior_approvals", [{"type": 24}, "none"], "OB-SHP-001", "service.prior_approvals.1"),
    ("service.prior_approvals", [{"type": 24, "media": "M"}], "OB-SHP-002", "service.prior_approvals.0.media"),
    ("materials.commitment_letter", "MEDIA_COMMIT_0001", "OB-SHP-001", "materials.commitment_letter"),
    ("materials.commitment_letter", [7], "OB-SHP-001", "materials.commitment_letter.0"),
    ("cancellation", "1", "OB-SHP-001", "cancellation"),
])
def test_what_does_not_fit_is_told_with_its_path(path, value, rule, field):
    document = samples.spoil(samples.enterprise_dossier(), {path: value})
    assert noted(document) == [(rule, field)]


def test_what_does_not_fit_leaves_the_rest_as_it_was():
    whole, _ = parse(samples.enterprise_dossier())
    spoilt, _ = parse(samples.spoil(samples.enterprise_dossier(), {"organizer.remark": ["首次"]}))
    without, _ = parse(samples.spoil(samples.enterprise_dossier(), {"organizer.remark": None}))
    assert spoilt == without != whole


def test_space_around_a_text_is_dropped_and_remarks_keep_their_lines():
    dossier, findings = parse({"organizer": {"name": " \u3000青禾\n", "remark": "一\r\n二 "}})
    assert findings == ()
    assert (dossier.organizer.name, dossier.organizer.remark) == ("青禾", "一\n二")


def test_a_whole_number_written_with_a_point_is_read():
    assert parse({"organizer": {"type": 4.0}})[0].organizer.type == 4


def test_a_flood_of_nonsense_gives_a_bounded_answer():
    document = {"organizer": {f"field{i}": i for i in range(10_000)}}
    assert len(parse(document)[1]) == FINDINGS_MAX


def test_a_record_that_was_read_is_like_one_that_was_made():
    read, _ = parse(samples.enterprise_dossier())
    made = Dossier(
        organizer=replace(read.organizer, principal=replace(read.organizer.principal)), service=replace(read.service),
        materials=replace(read.materials))
    assert (read, hash(read), repr(read), list(vars(read))) == (made, hash(made), repr(made), list(vars(made)))
    with pytest.raises(FrozenInstanceError):
        read.organizer.name = "杭州青禾样例科技有限公司"


@pytest.mark.parametrize("path", ["organizer.name", "organizer.remark"])
def test_which_signs_a_text_may_hold(path):
    """Most texts are passed by ``isprintable``; what it does not pass is looked at sign by sign."""
    hidden = "\u200b\u200e\u200f\ufeff\ufff9\ufffa\ufffb\ufffe\uffff" + "".join(map(chr, (
        *range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2060, 0x206A), *range(0xD800, 0xE000))))
    refused = [sign for sign in map(chr, range(0x11000)) if noted(samples.spoil({}, {path: f"甲{sign}乙"}))]
    assert set(refused) == set(hidden) - ({"\n"} if path == "organizer.remark" else set())


def test_the_media_ids_of_a_dossier_are_told_with_their_paths():
    document = samples.spoil(samples.individual_dossier(), {
        "service.prior_approvals": [{"type": 2}, {"type": 9, "picture": "MEDIA_NRLX_000001"}],
        "materials.promise_video": [" ", "MEDIA_VIDEO_0001"]})
    assert list(parse(document)[0].media) == [
        ("organizer.residence_permit", "MEDIA_PERMIT_0001"),
        ("organizer.principal.certificate.photo_front", "MEDIA_CHEN_FRONT1"),
        ("organizer.principal.certificate.photo_back", "MEDIA_CHEN_BACK01"),
        ("service.principal.certificate.photo_front", "MEDIA_CHEN_FRONT1"),
        ("service.principal.certificate.photo_back", "MEDIA_CHEN_BACK01"),
        ("service.prior_approvals.1.picture", "MEDIA_NRLX_000001"),
        ("materials.commitment_letter.0", "MEDIA_COMMIT_0002"),
        ("materials.promise_video.1", "MEDIA_VIDEO_0001"),
    ]
    enterprise, _ = parse(samples.enterprise_dossier())
    assert sorted(enterprise.media) == sorted(
        (path, text) for path, text in _texts(enterprise) if text.startswith("MEDIA_"))


def test_no_finding_repeats_what_could_not_be_read():
    document = {"organizer": {"name": "林示例\x07", "林示例": 1, "principal": "13900000001"}, "13900000001": {}}
    told = str(parse(document)[1])
    assert "林示例" not in told and "13900000001" not in told


@given(JSON)
def test_any_json_value_is_read_without_raising(value):
    dossier, findings = parse(value)
    assert isinstance(dossier, Dossier)
    assert all(finding.severity == Severity.BLOCKS for finding in findings)
    json.dumps([finding.field for finding in findings]).encode("utf-8")


#: A valid dossier in which some branch is replaced by anything.
@given(st.sampled_from(sorted(FIELDS)), JSON)
def test_anything_in_any_field_is_read_and_judged_without_raising(path, value):
    document = samples.enterprise_dossier()
    if path.startswith("service.prior_approvals."):
        document["service"]["prior_approvals"] = [{path.rpartition(".")[2]: value}]
    else:
        document = samples.spoil(document, {path: value})
    dossier, findings = parse(document)
    case = samples.enterprise_case()
    ruled = RULESETS[-1].evaluate(type(case)(
        dossier, case.account, case.materials, case.face_check, case.now, case.kind))
    for finding in (*findings, *ruled):
        finding.reason_zh.encode("utf-8")
        assert label(finding.field) != ("", "")


# What the administration's files can carry


def _texts(record: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(record, str):
        yield path, record
    elif isinstance(record, tuple):
        for i, item in enumerate(record):
            yield from _texts(item, f"{path}.{i}")
    elif is_dataclass(record):
        for field in fields(record):
            yield from _texts(getattr(record, field.name), f"{path}.{field.name}".lstrip("."))


def test_every_text_that_cannot_be_carried_is_found_wherever_it_stands():
    """All texts are encoded in one go, and looked at one by one only where that fails: none may be left out of it."""
    whole = samples.spoil(samples.enterprise_dossier(), {
        "service.prior_approvals": [{"type": 2, "number": "示例1号", "picture": "MEDIA_NRLX_000001"}],
        "existing": {"subject_number": "浙ICP备2023000001号", "service_number": "浙ICP备2023000001号-2X"},
        "cancellation": {"reason": 1, "remark": "业务调整"}})
    texts = dict(_texts(parse(whole)[0]))
    assert list(uncarried_texts(parse(whole)[0])) == []
    for path in (path for path, text in texts.items() if text):
        spoilt, findings = parse(samples.spoil(whole, {path: "一𠮷"}) if not path[-1].isdigit() else samples.spoil(
            whole, {path.rpartition(".")[0]: ["MEDIA_OTHER_00002"] * int(path[-1]) + ["一𠮷"]}))
        assert findings == ()
        assert list(uncarried_texts(spoilt)) == [(path, (2,))]


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=3, max_size=3))
def test_texts_together_are_carried_just_when_each_is(texts):
    name, remark, description = texts
    dossier = Dossier(organizer=Organizer(name=name, remark=remark), service=Service(description=description))
    expected = {"organizer.name": uncarried(name), "organizer.remark": uncarried(remark),
                "service.description": uncarried(description)}
    assert dict(uncarried_texts(dossier)) == {path: positions for path, positions in expected.items() if positions}


# Names of fields


def test_every_field_has_a_name_of_its_own_in_both_languages():
    assert len(FIELDS) == 58
    assert len({field.zh for field in FIELDS.values()}) == len(FIELDS)
    assert len({field.en for field in FIELDS.values()}) == len(FIELDS)
    assert all(field.zh and field.en[0].isupper() for field in FIELDS.values())


def _leaves(value: object, path: str) -> set[str]:
    if isinstance(value, dict):
        return {leaf for key, inner in value.items() for leaf in _leaves(inner, f"{path}.{key}" if path else key)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _leaves(value[0], path)
    return {path}


def test_the_samples_hold_known_fields_only():
    for dossier in (samples.enterprise_dossier(), samples.individual_dossier(), samples.cancellation_dossier()):
        assert _leaves(dossier, "") - FIELDS.keys() == set()


@pytest.mark.parametrize(("path", "zh", "en"), [
    ("organizer.certificate.number", "主办者证件号码", "Organizer's certificate number"),
    ("service.principal.certificate.valid_until", "小程序负责人证件有效期截止日期",
     "Mini program principal's certificate valid until"),
    ("service.prior_approvals.1.picture", "前置审批批准文件（第2项）", "Prior approval document (item 2)"),
    ("materials.promise_video.0", "承诺视频（第1项）", "Promise video (item 1)"),
    ("organizer.nonsense", "主办者", "Organizer"),
    ("nonsense", "备案资料", "The dossier"),
    ("", "备案资料", "The dossier"),
    ("account.name", "小程序名称", "Mini program's name"),
])
def test_a_path_has_a_name(path, zh, en):
    assert label(path) == (zh, en)
