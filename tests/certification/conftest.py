"""A service provider that certifies and files for one mini program, on 5 September 2023."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.jobs import run_jobs
from tests.wechat.conftest import receiver

if TYPE_CHECKING:
    from tests.certification.provider import Provider

__all__ = ["receiver", "run_jobs"]


@pytest.fixture
def provider(at: Callable[[str], Any], settings: Any) -> "Provider":
    from tests.certification.provider import Provider  # needs Django, which starts after this file
    from tests.wechat.platform import APPID, catalogue

    settings.OPENBEIAN_FACE_CHECK = "page"
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    return Provider.create()
