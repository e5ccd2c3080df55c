"""Reading a dossier: everything that fits is kept, everything else is told, nothing raises."""

import json
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import samples

from openbeian.regime.differences import differences
from openbeian.regime.dossier import (
    Cancellation,
    Dossier,
    Existing,
    LegalRepresentative,
    Organizer,
    PriorApproval,
    Service,
    as_typed,
    document,
    parse,
)
from openbeian.regime.facts import Account
from openbeian.regime.fields import FIELDS, label
from openbeian.regime.findings import Severity, merge
from openbeian.regime.gbk import uncarried, uncarried_texts
from openbeian.regime.kinds import changed_parts
from openbeian.regime.pictures import with_pictures
from openbeian.regime.rules import RULESETS
from openbeian.regime.shape import FINDINGS_MAX
from openbeian.regime.spelling import name_form

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
    ("organizer.name", 7.5, "OB-SHP-001", "organizer.name"),
    ("organizer.province", [330000], "OB-SHP-001", "organizer.province"),
    ("organizer.type", "４", "OB-SHP-001", "organizer.type"),
    ("organizer.type", "4.5", "OB-SHP-001", "organizer.type"),
    ("organizer.type", "-4", "OB-SHP-003", "organizer.type"),
    ("organizer.type", True, "OB-SHP-001", "organizer.type"),
    ("organizer.type", 4.5, "OB-SHP-001", "organizer.type"),
    ("organizer.type", float("nan"), "OB-SHP-001", "organizer.type"),
    ("organizer.type", -1, "OB-SHP-003", "organizer.type"),
    ("organizer.type", 10**400, "OB-SHP-003", "organizer.type"),
    ("organizer.principal", [], "OB-SHP-001", "organizer.principal"),
    ("organizer.name", "名" * 256, "OB-SHP-003", "organizer.name"),
    ("organizer.principal.mobile", "1 " * 33, "OB-SHP-003", "organizer.principal.mobile"),
    ("organizer.principal.mobile", " " * 1000 + "13900000001", "OB-SHP-003", "organizer.principal.mobile"),
    ("organizer.principal.mobile", "139\x0000000001", "OB-SHP-004", "organizer.principal.mobile"),
    ("organizer.name", "青禾\x00", "OB-SHP-004", "organizer.name"),
    ("organizer.name", "青\n禾", "OB-SHP-004", "organizer.name"),
    ("organizer.name", "青\u202e禾", "OB-SHP-004", "organizer.name"),
    ("organizer.name", "青\u200b禾", "OB-SHP-004", "organizer.name"),
    ("organizer.name", "青\ud800", "OB-SHP-004", "organizer.name"),
    ("organizer.adress", "示例路88号", "OB-SHP-002", "organizer.adress"),
    ("organizer.示例路", "88号", "OB-SHP-002", "organizer"),
    ("service.contents", 163, "OB-SHP-001", "service.contents"),
    ("service.contents", [163, ""], "OB-SHP-001", "service.contents.1"),
    ("service.contents", [164, "x", 163], "OB-SHP-001", "service.contents.1"),
    ("service.contents", [163] * 51, "OB-SHP-003", "service.contents"),
    ("service.prior_approvals", [{"type": 24}, "none"], "OB-SHP-001", "service.prior_approvals.1"),
    ("service.prior_approvals", [{"type": 24, "media": "M"}], "OB-SHP-002", "service.prior_approvals.0.media"),
    ("materials.commitment_letter", {"id": "MEDIA_COMMIT_0001"}, "OB-SHP-001", "materials.commitment_letter"),
    ("materials.commitment_letter", [[7]], "OB-SHP-001", "materials.commitment_letter.0"),
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


@pytest.mark.parametrize(("written", "type_"), [(4.0, 4), ("4", 4), (" 4.0 ", 4), ("", None)])
def test_a_number_is_read_however_it_is_written(written, type_):
    dossier, findings = parse({"organizer": {"type": written}})
    assert (dossier.organizer.type, findings) == (type_, ())
    assert parse({"service": {"contents": ["163", 164.0]}})[0].service.contents == (163, 164)


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


@pytest.mark.parametrize("path", ["organizer.principal.mobile", "organizer.principal.emergency_number"])
@pytest.mark.parametrize("sign", ["\u00ad", "\u200b", "\u200e", "\u202a", "\u202c", "\u202e", "\u2066", "\u2069", "\ufeff"])
def test_signs_that_a_spelling_drops_are_not_refused(path, sign):
    typed = samples.spoil(samples.enterprise_dossier(), {path: f"{sign}139{sign}0000 0001{sign}"})
    assert parse(typed) == parse(samples.spoil(samples.enterprise_dossier(), {path: "13900000001"}))
    assert noted(samples.spoil(typed, {path: f"{sign}139\x0000000001"})) == [("OB-SHP-004", path)]


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


# One canonical value


#: Fields of the enterprise's sample as people type them.
AS_TYPED = {
    "organizer.name": " 杭州青禾示例 科技有限公司", "organizer.province": "３３００００",
    "organizer.address": "示例路８８号 青禾大厦　3幢1201室",
    "organizer.certificate.number": "91330106 ma0000015k",
    "organizer.legal_representative": {"name": "周 示范", "certificate_number": "330106 19790630 0029"},
    "organizer.principal.name": "林　示例", "organizer.principal.mobile": "+86 139-0000-0001",
    "organizer.principal.email": "lin＠Example.COM", "organizer.principal.emergency_number": "１３９００００ ０００２",
    "service.principal.certificate.number": "330106-19880214-0010",
    "service.principal.certificate.valid_from": "2018年5月10日", "service.principal.certificate.valid_until": "2038.05.10",
}


def test_what_was_typed_differently_is_the_same_dossier():
    plain = parse(samples.enterprise_dossier(), account=samples.account())
    assert parse(samples.spoil(samples.enterprise_dossier(), AS_TYPED), account=samples.account()) == plain


def test_reading_gives_exactly_the_canonical_document():
    typed = samples.spoil(samples.enterprise_dossier(), {**AS_TYPED, "service.principal.authorization_letter": " "})
    dossier, _ = parse(typed, account=samples.account())
    whole = samples.enterprise_dossier()
    whole["service"]["name"] = "青禾文具"
    del whole["service"]["principal"]["authorization_letter"]
    assert document(dossier) == whole
    assert parse(document(dossier)) == (dossier, ())


def test_how_much_a_field_holds_is_measured_in_its_canonical_form():
    assert noted({"organizer": {"city": " ".join("330100") + " " * 20 + "\u3000"}}) == []
    assert noted({"organizer": {"city": " ".join("3" * 16)}}) == []
    assert noted({"organizer": {"city": "3" * 17}}) == [("OB-SHP-003", "organizer.city")]


def test_a_certificates_number_is_spelled_by_its_type_whatever_the_order_of_the_keys():
    def number(certificate: dict[str, object]) -> str:
        return parse({"organizer": {"certificate": certificate}})[0].organizer.certificate.number

    assert number({"number": "60003734 1", "type": 12}) == "60003734-1"
    assert number({"number": "330106-19880214-0010", "type": 2}) == "330106198802140010"
    assert number({"number": "mil－0001"}) == number({"number": "mil－0001", "type": 5}) == "MIL-0001"
    assert number({"number": "330106-19880214-0010", "type": 999}) == "330106-19880214-0010"


@pytest.mark.parametrize("typed", ["示例—样本（杭州）有限公司", "示例－样本 (杭州) 有限公司", " 示例-样本〔杭州〕　有限公司"])
def test_the_organizer_is_spelled_as_its_account_spells_it(typed):
    account = Account("wx1111111111111111", " 青禾　文具 ", "示例—样本(杭州)有限公司")
    dossier, findings = parse({"organizer": {"name": typed}, "service": {"name": "别的名字"}}, account=account)
    assert findings == ()
    assert (dossier.organizer.name, dossier.service.name) == ("示例—样本(杭州)有限公司", "青禾　文具")


def test_another_organizers_name_is_put_into_its_own_form():
    dossier, _ = parse({"organizer": {"name": "杭州 宽窄(示例)　有限公司"}}, account=samples.account())
    assert dossier.organizer.name == "杭州宽窄（示例）有限公司"


def test_without_an_account_names_stay_as_the_snapshot_has_them():
    stored = {"organizer": {"name": "示例-样本 (杭州) 有限公司"}, "service": {"name": "青禾　文具"}}
    assert document(parse(stored)[0]) == stored


def test_the_name_of_the_account_is_part_of_every_dossier_whatever_the_document_is():
    for nothing in ({}, None, 7, {"service": "?"}):
        assert parse(nothing, account=samples.account())[0].service.name == "青禾文具"


def test_invisible_characters_of_an_account_do_not_get_into_the_dossier():
    account = Account("wx1111111111111111", "青禾\u200b文具\n", "杭州\ufeff青禾示例科技有限公司")
    dossier, findings = parse({"organizer": {"name": "杭州青禾示例科技有限公司"}}, account=account)
    assert (dossier.service.name, dossier.organizer.name, findings) == ("青禾文具", "杭州青禾示例科技有限公司", ())


def test_pictures_are_known_by_their_content_and_not_by_their_handle():
    first = {"MEDIA_LICENSE_0001": "a" * 64, "MEDIA_COMMIT_0001": "b" * 64}
    again = {"MEDIA_LICENSE_0002": "a" * 64, "MEDIA_COMMIT_0002": "b" * 64}
    uploaded_anew = samples.spoil(samples.enterprise_dossier(), {
        "organizer.certificate.photo": "MEDIA_LICENSE_0002", "materials.commitment_letter": ["MEDIA_COMMIT_0002"]})
    before = with_pictures(parse(samples.enterprise_dossier())[0], first)
    after = with_pictures(parse(uploaded_anew)[0], again)
    assert before == after
    assert before.organizer.certificate.photo == "a" * 64
    assert before.materials.commitment_letter == ("b" * 64,)
    assert before.organizer.principal.certificate.photo_front == "MEDIA_LIN_FRONT_01"


def test_service_contents_are_a_set_and_what_cannot_be_read_keeps_its_place():
    def read(*codes: object) -> tuple[int, ...]:
        return parse({"service": {"contents": list(codes)}})[0].service.contents

    assert read(164, 163) == read(163, 164) == (163, 164)
    assert read(164, 163, 164) == (163, 164, 164)
    assert read(164, "x", 163, 10_000, 3) == (3, -1, 163, -1, 164)


@pytest.mark.parametrize(("contents", "found"), [
    ([512, 163], [("OB-SVC-002", "service.contents")]),
    ([9998, 512, 163], [("OB-SVC-002", "service.contents")]),
    ([164, 163, 164], [("OB-SVC-003", "service.contents")]),
    ([164, "x", 163, "x"], [("OB-SHP-001", "service.contents.1"), ("OB-SHP-001", "service.contents.3")]),
])
def test_a_finding_names_the_place_of_a_content_that_was_not_read_and_else_the_list(contents, found):
    dossier, shape = parse(samples.spoil(samples.enterprise_dossier(), {"service.contents": contents}))
    ruled = RULESETS[-1].evaluate(replace(samples.enterprise_case(), dossier=dossier))
    assert [(one.rule, one.field) for one in merge(shape, ruled) if one.field.startswith("service.contents")] == found


def test_empty_parts_are_no_parts_but_an_empty_cancellation_asks_for_one():
    empty = {"organizer": {"legal_representative": {"name": " "}, "principal": {}}, "existing": {}, "cancellation": {}}
    dossier, _ = parse(empty)
    assert (dossier.organizer.legal_representative, dossier.existing) == (None, None)
    assert document(dossier) == {"cancellation": {}}


ACCOUNTS = st.builds(Account, st.just("wx1111111111111111"), st.text(max_size=40), st.text(max_size=40))
TYPED = st.text(st.sampled_from("示例杭州林0123456789０９－—-.．。·•（）()@＠ 　xXａA+86年月日长期永久號備浙ICP"), max_size=24)


@given(st.sampled_from(sorted(FIELDS)), JSON | TYPED, st.none() | ACCOUNTS)
def test_a_canonical_document_is_read_as_it_is(path, value, account):
    whole = samples.spoil(samples.enterprise_dossier(), {
        "service.prior_approvals": [{"type": 2, "number": "示例1号"}],
        "existing": {"subject_number": "浙ICP備2023000001號"}})
    if path.startswith("service.prior_approvals."):
        whole["service"]["prior_approvals"].append({path.rpartition(".")[2]: value})
    else:
        whole = samples.spoil(whole, {path: value})
    dossier, _ = parse(whole, account=account)
    canonical = document(dossier)
    assert parse(canonical)[0] == dossier
    assert parse(canonical, account=account)[0] == dossier
    assert document(parse(canonical)[0]) == canonical
    json.dumps(canonical, ensure_ascii=False).encode()


@given(JSON)
def test_whatever_was_read_is_read_again_as_it_is(value):
    dossier, _ = parse(value)
    assert parse(document(dossier))[0] == dossier


# Drafts


@pytest.mark.parametrize("typed", [
    {"service": {"contents": [*range(163, 213), 164, "x"]}},
    {"service": {"prior_approvals": [{"number": f" {i} "} for i in range(51)]}},
    {"service": {"prior_approvals": ["示例1号", {"number": "示例2号"}, None, 3]}},
    {"service": {"contents": ["x", None, -1, {}]}},
    {"materials": {"promise_video": "no\0such", "commitment_letter": [" a ", "b\0", ["c"], None]}},
    {"materials": {"commitment_letter": ["a"] * 60}},
    {"existing": {"subject_number": "x" * 999}, "cancellation": "2"},
    "示例", ["示例"], 3,
])
def test_a_draft_keeps_what_cannot_be_read(typed):
    assert parse(as_typed(typed)) == parse(typed)
    assert as_typed(as_typed(typed)) == as_typed(typed)
    assert all(part in leaves(as_typed(typed)) for part in leaves(typed))


def leaves(value: object) -> list[object]:
    """The texts and numbers in a document, as they are read; of an object its names too."""
    if isinstance(value, dict):
        return [leaf for name, part in value.items() for leaf in (name, *leaves(part))]
    if isinstance(value, list):
        return [leaf for part in value for leaf in leaves(part)]
    return [value.strip() if isinstance(value, str) else value]


def places(spoiled: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """Dossiers that hold something odd at the path of a field or of a group of fields."""
    paths = sorted({path.rsplit(".", up)[0] for path in FIELDS for up in range(3)} - {"service.prior_approvals.type"})
    return st.builds(lambda path, value: nested(path, value), st.sampled_from(paths), spoiled)


def nested(path: str, value: object) -> dict[str, object]:
    head, _, rest = path.partition(".")
    inner = nested(rest, value) if rest else value
    return {head: [inner, {"number": "示例1号"}] if head == "prior_approvals" and rest else inner}


@given(JSON | places(JSON | TYPED | st.lists(JSON | TYPED, max_size=60)))
def test_a_draft_is_read_as_what_was_typed(typed):
    draft = as_typed(typed)
    assert parse(draft) == parse(typed)
    assert json.dumps(as_typed(draft)) == json.dumps(draft)


# The one comparison


def changed(change: dict[str, object]) -> tuple[str, ...]:
    whole = samples.enterprise_dossier()
    return differences(parse(whole)[0], parse(samples.spoil(whole, change))[0])


def test_two_dossiers_that_are_the_same_value_do_not_differ():
    assert changed({}) == ()
    assert changed({"organizer.principal.mobile": "139 0000 0001", "service.principal.email": "lin＠example.com"}) == ()


def test_differences_are_named_by_field_in_the_order_of_the_dossier():
    assert changed({
        "materials.promise_video": ["MEDIA_VIDEO_0001"], "service.contents": [163, 165], "service.name": "青禾新名",
        "organizer.principal.certificate.valid_until": "20390510", "organizer.type": None,
        "service.prior_approvals": [{"type": 24}, {"type": 2, "number": "示例-2号"}],
        "existing": {"subject_number": "浙ICP备2023000001号"}, "cancellation": {},
    }) == (
        "organizer.type", "organizer.principal.certificate.valid_until", "service.name", "service.contents",
        "service.prior_approvals.1.type", "service.prior_approvals.1.number", "materials.promise_video",
        "existing.subject_number", "cancellation")


def test_numbers_sent_for_texts_and_one_picture_sent_bare_are_read():
    assert changed({"organizer.province": 330000, "organizer.principal.mobile": 13900000001,
                    "service.principal.mobile": 13900000001.0, "materials.commitment_letter": "MEDIA_COMMIT_0001"}) == ()


def test_names_in_another_spelling_are_no_difference():
    def differing(organizer: str, service: str) -> tuple[str, ...]:
        before = Dossier(organizer=Organizer(name="示例—样本（杭州）有限公司"), service=Service(name="青禾　文具"))
        return differences(before, Dossier(organizer=Organizer(name=organizer), service=Service(name=service)))

    assert differing("示例-样本 (杭州) 有限公司", "青禾文具") == ()
    assert differing("示例样本（杭州）有限公司", "青·禾文具") == ("organizer.name", "service.name")


def test_large_letters_for_small_ones_in_a_mini_programs_name_are_a_difference():
    small, large = (Dossier(service=Service(name=name)) for name in ("abc记账", "ＡＢＣ记账"))
    assert differences(small, large) == ("service.name",)


def test_the_order_of_service_contents_is_no_difference():
    assert changed({"service.contents": [164, 163]}) == ()


def test_a_new_face_check_is_no_difference():
    assert changed({"service.principal.face_check": "Qm9vdGhUYXNrMDAwMDAz"}) == ()


def test_a_part_that_comes_or_goes_differs_in_what_it_holds():
    someone = Dossier(organizer=Organizer(legal_representative=LegalRepresentative(name="周示范")))
    assert differences(Dossier(), someone) == differences(someone, Dossier()) == ("organizer.legal_representative.name",)
    assert differences(Dossier(), Dossier(existing=Existing())) == ("existing",)
    approval = Dossier(service=Service(prior_approvals=(PriorApproval(),)))
    assert differences(Dossier(), approval) == differences(approval, Dossier()) == ("service.prior_approvals.0",)


def test_what_proves_a_filing_is_no_part_of_what_is_filed():
    def parts(change: dict[str, object]) -> frozenset[str]:
        whole = samples.enterprise_dossier()
        return changed_parts(parse(samples.spoil(whole, change))[0], parse(whole)[0])

    assert parts({"materials": {}, "existing": {"subject_number": "浙ICP备2023000001号"}}) == set()
    assert parts({"service.name": "青禾新名"}) == {"service"}
    assert parts({"organizer.certificate.photo": "MEDIA_OTHER_00001"}) == {"organizer"}
    assert parts({"service.name": "青禾新名", "organizer.remark": None}) == {"organizer", "service"}


@given(st.sampled_from(sorted(FIELDS)), JSON | TYPED)
def test_dossiers_are_the_same_just_when_nothing_differs(path, value):
    whole = samples.enterprise_dossier()
    if not path.startswith("service.prior_approvals.") and path != "service.principal.face_check":
        before, after = parse(whole)[0], parse(samples.spoil(whole, {path: value}))[0]
        if path in ("organizer.name", "service.name"):
            names = attrgetter(path)
            assert (differences(before, after) == ()) == (name_form(names(before)) == name_form(names(after)))
        else:
            assert (differences(before, after) == ()) == (before == after)
        assert differences(before, after) == differences(after, before)


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
        spoilt, findings = parse(samples.spoil(whole, {path: "一₿"}) if not path[-1].isdigit() else samples.spoil(
            whole, {path.rpartition(".")[0]: ["MEDIA_OTHER_00002"] * int(path[-1]) + ["一₿"]}))
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
    ("service.name", "小程序名称", "Mini program's name"),
    ("account.name", "备案资料", "The dossier"),
])
def test_a_path_has_a_name(path, zh, en):
    assert label(path) == (zh, en)
