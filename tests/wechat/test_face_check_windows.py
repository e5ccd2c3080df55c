"""How long a face check may be answered, and how long it counts once passed."""

from collections.abc import Callable

import pytest

from openbeian.filings.errors import NotFound
from openbeian.filings.evidence import finish_face_check
from tests.wechat.platform import OPERATOR, Platform

pytestmark = pytest.mark.django_db
STALE = {("icp_applets.principal_info.verify_task_id", 86383)}


@pytest.fixture
def asked(platform: Platform, at: Callable) -> Callable[..., dict]:
    """Ask for a face check at 10:00 on the 5th, answer it with ``passed`` at another time, and say how it stands."""

    def ask(instant: str, *, passed: bool = True, along_with_auth: bool = False) -> dict:
        at("2023-09-05T10:00:00+08:00")
        task_id = platform.post("create_icp_verifytask", {"along_with_auth": along_with_auth})["task_id"]
        at(instant)
        platform.log_in()
        finish_face_check(task_id=task_id, passed=passed, actor=OPERATOR)
        return {"task_id": task_id, **platform.post("query_icp_verifytask", {"task_id": task_id})}

    return ask


def test_the_notice_can_be_answered_for_24_hours(asked: Callable) -> None:
    assert asked("2023-09-06T09:59:59+08:00")["face_status"] == 3
    with pytest.raises(NotFound):
        asked("2023-09-06T10:00:00+08:00")


def test_a_notice_nobody_answered_within_24_hours_is_expired(platform: Platform, at: Callable) -> None:
    task_id = platform.post("create_icp_verifytask")["task_id"]
    for instant, errcode in (("2023-09-06T09:59:59+08:00", 0), ("2023-09-06T10:00:00+08:00", 1)):
        at(instant)
        platform.log_in()
        assert platform.post("query_icp_verifytask", {"task_id": task_id})["errcode"] == errcode


def test_a_result_is_final(asked: Callable) -> None:
    failed = asked("2023-09-05T11:00:00+08:00", passed=False)
    assert (failed["is_finish"], failed["face_status"]) == (True, 2)
    with pytest.raises(NotFound):
        finish_face_check(task_id=failed["task_id"], passed=True, actor=OPERATOR)


@pytest.mark.parametrize(("along_with_auth", "last_instant", "too_late"), [
    (False, "2023-09-08T11:00:00+08:00", "2023-09-08T11:00:01+08:00"),
    (True, "2023-09-06T11:00:00+08:00", "2023-09-06T11:00:01+08:00"),
])
def test_a_passed_check_counts_for_three_days_or_in_one_with_the_certification_for_one(
    platform: Platform, at: Callable, asked: Callable, along_with_auth: bool, last_instant: str, too_late: str
) -> None:
    body = platform.complete_body()
    task_id = asked("2023-09-05T11:00:00+08:00", along_with_auth=along_with_auth)["task_id"]
    body["icp_applets"]["principal_info"]["verify_task_id"] = task_id
    for instant, hints in ((too_late, STALE), (last_instant, set())):
        at(instant)
        platform.log_in()
        assert platform.post("query_icp_verifytask", {"task_id": task_id})["face_status"] == 3
        answer = platform.post("apply_icp_filing", body)
        assert {(hint["err_field"], hint["errcode"]) for hint in answer.get("hints", [])} == hints
    assert platform.status()["status"] == 2


@pytest.mark.parametrize("value", [True, "true", 1, "1"])
def test_along_with_auth_is_understood_from_loosely_typed_clients(platform: Platform, value: object) -> None:
    assert "verify_url" in platform.post("create_icp_verifytask", {"along_with_auth": value})


@pytest.mark.parametrize("value", [False, "false", 0, None, "", [], {}])
def test_along_with_auth_defaults_to_false(platform: Platform, value: object) -> None:
    assert "verify_url" not in platform.post("create_icp_verifytask", {"along_with_auth": value})
