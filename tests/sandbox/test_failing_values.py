"""Dossier values that fail: each of the page's table, put into a sound application, brings the hint the page names."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from openbeian.sandbox.programs import FAILING_VALUES, FailingValue
from tests.wechat.bodies import put

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform(at: Callable[[str], Any]) -> Any:
    from openbeian.sandbox import preparation
    from openbeian.sandbox.programs import PICTURES, PROGRAMS, completed
    from tests.wechat.platform import Platform

    at("2026-03-02T10:00:00+08:00")
    preparation.begin()
    passes = PROGRAMS[0]
    platform = Platform.create(passes.appid)
    media = {place: platform.upload(place, kind)["media_id"] for place, kind in PICTURES}
    platform.body = completed(passes.application(), media=media, task_id=platform.passed_face_check())
    return platform


def test_every_value_brings_its_one_hint(platform: Any) -> None:
    def hints(row: FailingValue) -> list[tuple[str, int]]:
        body = deepcopy(platform.body)
        put(body, row.path, row.value)
        return [(hint["err_field"], hint["errcode"]) for hint in platform.post("apply_icp_filing", body).get("hints", ())]

    expected = [(row.path, row.value, [(row.named, row.errcode)]) for row in FAILING_VALUES]
    assert [(row.path, row.value, hints(row)) for row in FAILING_VALUES] == expected
    assert platform.post("apply_icp_filing", platform.body)["errcode"] == 0
