"""A base address that ends in a slash leads to the open API as well."""

import json
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from openbeian.config.wsgi import application


def answered(path: str) -> tuple[str, dict[str, str], bytes]:
    """Ask the web process's application, without a token."""
    environ: dict[str, Any] = {"PATH_INFO": path}
    setup_testing_defaults(environ)
    told: list[Any] = []
    body = b"".join(application(environ, lambda status, headers: told.extend([status, dict(headers)])))
    return told[0], told[1], body


@pytest.mark.parametrize("path, expected", [
    ("/wxa/icp/get_icp_entrance_info", 41001),
    ("//wxa/icp/get_icp_entrance_info", 41001),
    ("/wxa//icp/get_icp_entrance_info", 41001),
    ("//cgi-bin//stable_token", 40002),
    ("///wxa/icp/nothing_like_it", 40066),
])
def test_doubled_slashes_count_as_one_in_the_open_api(path: str, expected: int) -> None:
    status, headers, body = answered(path)
    assert (status, headers["Content-Type"]) == ("200 OK", "application/json; charset=utf-8")
    assert json.loads(body)["errcode"] == expected


@pytest.mark.django_db
def test_other_addresses_stay_as_they_were_sent() -> None:
    assert answered("//desk/")[0] == "404 Not Found"
