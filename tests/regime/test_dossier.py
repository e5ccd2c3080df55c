"""Reading a dossier: everything that fits is kept, everything else is told, nothing raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import samples

from openbeian.regime.dossier import Cancellation, Dossier, PriorApproval, parse
from openbeian.regime.fields import FIELDS, label
from openbeian.regime.findings import Severity
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
