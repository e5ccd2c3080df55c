"""Where published clients disagree, a setting of the third-party platform decides."""

import pytest

from tests.wechat.bodies import put
from tests.wechat.platform import Platform, filed

pytestmark = pytest.mark.django_db
COMMENT = "icp_applets.base_info.comment"


def hints(answer: dict) -> list[tuple[str, int]]:
    return [(hint["err_field"], hint["errcode"]) for hint in answer.get("hints", [])]


def setting(platform: Platform, **values: str) -> Platform:
    for name, value in values.items():
        setattr(platform.made.client, name, value)
    platform.made.client.full_clean()
    platform.made.client.save()
    return platform


@pytest.mark.parametrize("comment", ["日用百货", "文" * 19, "文" * 201])
def test_the_length_of_the_comment_counts_for_strict_clients_only(platform: Platform, comment: str) -> None:
    body = platform.complete_body()
    put(body, COMMENT, comment)
    assert platform.made.client.comment_length == "strict"
    assert hints(platform.post("apply_icp_filing", body)) == [(COMMENT, 86380)]
    setting(platform, comment_length="lenient")
    assert platform.post("apply_icp_filing", body)["errcode"] == 0
    assert platform.status()["status"] == 2


@pytest.mark.parametrize("comment", [None, "", "   "])
def test_a_lenient_client_still_says_what_the_business_is(platform: Platform, comment: str | None) -> None:
    body = platform.complete_body()
    put(body, COMMENT, comment)
    assert hints(setting(platform, comment_length="lenient").post("apply_icp_filing", body)) == [(COMMENT, 86371)]


def test_leniency_is_about_the_comment_s_length_and_nothing_else(platform: Platform) -> None:
    body = platform.complete_body()
    put(body, COMMENT, "日用百货")
    put(body, "icp_subject.principal_info.email", "no address")
    put(body, "icp_applets.base_info.service_content_types", [500])
    found = hints(setting(platform, comment_length="lenient").post("apply_icp_filing", body))
    assert found == [("icp_subject.principal_info.email", 86376), ("icp_applets.base_info.service_content_types", 86378)]


@pytest.mark.parametrize(("shape", "kind"), [("array", list), ("object", dict)])
def test_the_filed_mini_program_comes_in_the_shape_the_client_parses(
    platform: Platform, shape: str, kind: type
) -> None:
    setting(platform, online_applets_shape=shape)
    platform.post("apply_icp_filing", platform.complete_body())
    filed()
    applets = platform.get("get_online_icp_order")["icp_applets"]
    assert isinstance(applets, kind)
    applet = applets[0] if isinstance(applets, list) else applets
    assert applet["base_info"]["appid"] == platform.appid
