"""A provider, its mini program in the catalogue, and the clock at 5 September 2023."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.jobs import run_jobs
from tests.receiver import Receiver, receiving

if TYPE_CHECKING:
    from tests.wechat.platform import Platform

__all__ = ["receiver", "run_jobs"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def platform(at: Callable[[str], Any]) -> "Platform":
    from tests.wechat.platform import APPID, Platform, catalogue  # needs Django, which starts after this file

    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    return Platform.create()
