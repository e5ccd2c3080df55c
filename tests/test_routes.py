"""Every door of the web process, and who gets through it.

The table in ``routes.txt`` is walked for real: each method on each path, as nobody and as each role. A new door or a
loosened right shows up as one changed line. Written anew with ``OPENBEIAN_WRITE_ROUTES=1 ./run test tests/test_routes.py``.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from openbeian.accounts.models import User, UserRole

TABLE = Path(__file__).parent / "routes.txt"
SAMPLES = {"int": "1", "str": "x", "slug": "x", "uuid": "00000000-0000-0000-0000-000000000000", "path": "x"}
LEGEND = {200: "yes", 204: "yes", 302: "redirect", 400: "bad-request", 403: "no", 404: "not-found", 405: "-"}


def doors(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(path as declared, path with sample values) of every route."""
    for pattern in patterns:
        declared = prefix + str(pattern.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
        if isinstance(pattern, URLResolver):
            yield from doors(pattern.url_patterns, declared)
            continue
        if "(?P" in declared:  # allauth's own, reached by links it mails
            continue
        sample = declared.replace("(?:/.*)?", "").replace("(?:wxa|cgi-bin)", "wxa")
        assert isinstance(pattern.pattern, RoutePattern) or "(" not in sample, declared
        for name, converter in pattern.pattern.converters.items():
            kind = next(key for key, value in {
                "int": "IntConverter", "str": "StringConverter", "slug": "SlugConverter", "uuid": "UUIDConverter",
                "path": "PathConverter"}.items() if type(converter).__name__ == value)
            for written in (f"<{kind}:{name}>", f"<{name}>"):
                sample = sample.replace(written, SAMPLES[kind])
        yield "/" + declared, "/" + sample


def answer(client: Client, method: str, path: str) -> str:
    """How a door answers, in one word."""
    reply = client.generic(method, path)
    if reply.status_code == 302 and "/accounts/login/" in reply["Location"]:
        return "log-in"
    if reply.status_code == 200 and reply["Content-Type"].startswith("application/json"):
        code = reply.json().get("errcode") if isinstance(reply.json(), dict) else None
        return f"errcode:{code}" if code else "yes"
    return LEGEND.get(reply.status_code, str(reply.status_code))


@pytest.mark.django_db
def test_who_gets_through_which_door(at) -> None:
    at("2023-09-05T10:00:00+08:00")
    visitors = {"nobody": Client()}
    for role in UserRole:
        user = User.objects.create_user(username=f"visitor-{role}", password="x", role=role)
        visitors[str(role)] = Client()
        visitors[str(role)].force_login(user)
    lines = []
    for declared, path in sorted(set(doors(get_resolver().url_patterns))):
        for method in ("GET", "POST"):
            answers = {}
            for name, client in visitors.items():
                if "logout" in path and method == "POST":
                    continue  # would end the visit
                answers[name] = answer(client, method, path)
            if set(answers.values()) <= {"-"}:
                continue
            told = answers.get("nobody") if len(set(answers.values())) == 1 else "  ".join(
                f"{name}={word}" for name, word in answers.items())
            lines.append(f"{method:4}  {declared}  {told}")
    walked = "\n".join(lines) + "\n"
    if os.environ.get("OPENBEIAN_WRITE_ROUTES"):
        TABLE.write_text(walked)
    assert walked == TABLE.read_text()
