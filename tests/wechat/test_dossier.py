"""One table between our dossier and WeChat's body."""

from typing import Any

import pytest

from openbeian.regime.dossier import parse
from openbeian.regime.fields import FIELDS
from openbeian.wechat.dossier import UPLOAD_FIELDS, err_field, from_wechat, misshapen, to_wechat
from tests.samples import enterprise_dossier, individual_dossier
from tests.wechat.bodies import enterprise_body, individual_body, put


def test_the_two_sample_bodies_are_the_two_sample_dossiers() -> None:
    assert from_wechat(enterprise_body()) == enterprise_dossier()
    assert from_wechat(individual_body()) == individual_dossier()


def test_every_field_a_finding_may_name_has_a_wechat_name_of_its_own() -> None:
    fields = [path for path in FIELDS if not path.startswith("cancellation")]
    named = {path: err_field(path.replace("prior_approvals.", "prior_approvals.0.")) for path in fields}
    assert [path for path, name in named.items() if not name.startswith("icp_")] == []
    shared = [name for name in named.values() if list(named.values()).count(name) > 1]
    assert shared == []


@pytest.mark.parametrize("record", ["icp_subject.personal_info", "icp_subject.legal_person_info", "icp_materials"])
@pytest.mark.parametrize("value", [7, True, 1.5, "x", ["x"], [[]], [{}]])
def test_what_stands_in_an_optional_record_s_place_does_not_pass_for_a_missing_one(record: str, value: Any) -> None:
    body = individual_body()
    put(body, record, value)
    [finding] = parse(from_wechat(body))[1]
    assert err_field(finding.field).startswith(record)
    assert misshapen(body) == {record: value}


@pytest.mark.parametrize("record", ["icp_subject.personal_info", "icp_subject.legal_person_info", "icp_materials"])
@pytest.mark.parametrize("value", [None, "", [], {}])
def test_an_optional_record_is_left_out_in_many_ways(record: str, value: Any) -> None:
    without, body = individual_body(), individual_body()
    *parents, last = record.split(".")
    tree = without
    for parent in parents:
        tree = tree[parent]
    tree.pop(last, None)
    put(body, record, value)
    assert from_wechat(body) == from_wechat(without)


@pytest.mark.parametrize(("ours", "theirs"), [
    ("organizer.name", "icp_subject.base_info.name"),
    ("organizer.principal.certificate.photo_front", "icp_subject.principal_info.certificate_photo_front"),
    ("organizer.legal_representative", "icp_subject.legal_person_info"),
    ("service.contents", "icp_applets.base_info.service_content_types"),
    ("service.contents.2", "icp_applets.base_info.service_content_types.2"),
    ("service.prior_approvals", "icp_applets.base_info.nrlx_details"),
    ("service.prior_approvals.1", "icp_applets.base_info.nrlx_details.1"),
    ("service.prior_approvals.1.number", "icp_applets.base_info.nrlx_details.1.code"),
    ("service.principal.face_check", "icp_applets.principal_info.verify_task_id"),
    ("materials.promise_video.0", "icp_materials.promise_video.0"),
    ("organizer.certificate.unheard_of", "icp_subject.organize_info"),
    ("service.name", "icp_applets.base_info.name"),
    ("", ""),
])
def test_the_field_of_a_finding_is_named_as_the_client_knows_it(ours: str, theirs: str) -> None:
    assert err_field(ours) == theirs


def test_clients_that_mix_up_numbers_and_texts_are_understood() -> None:
    body = enterprise_body()
    put(body, "icp_subject.base_info.type", "4")
    put(body, "icp_subject.base_info.province", 330000)
    put(body, "icp_subject.principal_info.certificate_number", 330106198802140010)
    put(body, "icp_applets.base_info.service_content_types", ["163", 164])
    put(body, "icp_applets.base_info.nrlx_details", [{"type": "24"}])
    put(body, "icp_materials.commitment_letter", "MEDIA_COMMIT_0001")
    assert parse(from_wechat(body)) == parse(enterprise_dossier())


def test_records_sent_empty_by_typed_clients_are_no_records() -> None:
    body = individual_body()
    put(body, "icp_subject.legal_person_info", {"name": "", "certificate_number": ""})
    put(body, "icp_applets.base_info.appid", "wx1111111111111111")
    put(body, "icp_subject.principal_info.verify_task_id", "sent in both places by some")
    body["icp_materials"]["promise_video"] = ""
    assert parse(from_wechat(body)) == parse(individual_dossier())


@pytest.mark.parametrize("body", [
    {}, {"icp_subject": None}, {"icp_subject": []}, {"icp_subject": "x", "icp_applets": 3},
    {"icp_subject": {"base_info": [1]}}, {"icp_applets": {"base_info": {"nrlx_details": "24"}}},
    {"icp_applets": {"base_info": {"nrlx_details": [None, 3, {"type": []}, {}]}}},
    {"icp_subject": {"legal_person_info": {"name": {"x": 1}}}}, {"icp_materials": ["x"]},
    {"icp_materials": {"promise_video": {"a": 1}, "commitment_letter": [[1]]}},
])
def test_any_body_becomes_some_dossier_that_can_be_judged(body: Any) -> None:
    parse(from_wechat(body))


def test_a_dossier_on_file_is_shown_without_pictures_and_face_check() -> None:
    body = enterprise_body()
    shown = to_wechat(enterprise_dossier())
    for group in ("icp_subject", "icp_applets"):
        for record in body[group].values():
            for name in list(record):
                if "photo" in name or name in ("authorization_letter", "verify_task_id"):
                    del record[name]
    del body["icp_materials"]
    assert shown == body


def test_uploads_may_be_for_every_picture_and_for_nothing_else() -> None:
    assert set(UPLOAD_FIELDS) == {
        "icp_subject.personal_info.residence_permit", "icp_subject.organize_info.certificate_photo",
        "icp_applets.base_info.nrlx_details",
        *(f"{who}.principal_info.{name}" for who in ("icp_subject", "icp_applets")
          for name in ("certificate_photo_front", "certificate_photo_back", "authorization_letter")),
        *(f"icp_materials.{name}" for name in parse({})[0].materials.__dataclass_fields__),
    }
