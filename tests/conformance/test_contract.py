"""The contract holds: it names every door, no other, and whatever is sent is answered as it says."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
import schemathesis
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from openbeian.wechat import codes
from openbeian.wechat.contract import document
from tests.wechat.bodies import enterprise_body, individual_body

if TYPE_CHECKING:
    from tests.wechat.platform import Platform

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
          response_schema_conformance]
EXAMPLES = 10
#: Where programs outside call: all other doors are people's.
OPEN = ("wxa/", "cgi-bin/", "gate/", "register/", "healthz", "livez", "api/")
#: Open, and yet not a call: the page in the browser on which an administrator authorizes, and the door of last resort.
NOT_CALLS = ("cgi-bin/componentloginpage", "(?:wxa|cgi-bin)/")
#: Here status is always 200, and a fault shows in ``errcode`` only.
ERRCODE_PATHS = ("/wxa/", "/cgi-bin/")
WRONG_VERB = {43001, 43002}


def doors(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        declared = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from doors(pattern.url_patterns, declared)
        elif isinstance(pattern, URLPattern):
            yield declared.replace("(?:/.*)?", "")


def test_the_contract_names_every_door_for_programs_and_no_other() -> None:
    found = {door for door in doors(get_resolver().url_patterns) if door.startswith(OPEN) or door in NOT_CALLS}
    calls = {f"/{door}" for door in found if not door.startswith(NOT_CALLS)}
    assert calls == set(document()["paths"])


@pytest.mark.django_db
def test_every_door_takes_the_verbs_that_the_contract_names_and_no_others(at: Callable) -> None:
    at("2023-09-05T10:00:00+08:00")
    http = Client()

    def takes(verb: str, path: str) -> bool:
        response = http.generic(verb, path)
        if response.get("Content-Type", "").startswith("application/json"):
            return response.status_code != 405 and response.json().get("errcode") not in WRONG_VERB
        return response.status_code != 405

    taken = {path: {verb for verb in ("GET", "POST") if takes(verb, path)} for path in document()["paths"]}
    named = {path: {verb.upper() for verb in item if verb in ("get", "post")}
             for path, item in document()["paths"].items()}
    named["/healthz"] = named["/livez"] = {"GET", "POST"}  # whoever asks for a sign of life gets one
    assert taken == named


@pytest.mark.django_db
def test_the_document_is_served_as_it_is_and_is_valid_openapi() -> None:
    response = Client().get("/api/openapi.json")
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response.json() == document()
    assert response.json()["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(response.json()).validate()


def test_the_error_numbers_of_the_contract_are_those_of_the_table() -> None:
    errcode = document()["components"]["schemas"]["Errcode"]
    assert dict(zip(errcode["enum"], errcode["x-enum-texts"], strict=True)) == {
        number: code.text for number, code in codes.TABLE.items() if number != 0}


def test_no_schema_is_named_and_not_defined_or_defined_and_not_used() -> None:
    text = json.dumps(document())
    schemas = document()["components"]["schemas"]
    used = {word.split('"')[0] for word in text.split('"#/components/schemas/')[1:]}
    assert used == set(schemas)


@pytest.mark.parametrize("body", [enterprise_body(), individual_body()])
def test_the_sample_applications_are_as_the_contract_says(body: dict) -> None:
    whole = {"$ref": "#/components/schemas/Application", "components": document()["components"]}
    assert Draft202012Validator(whole).is_valid(body)


def probe(operation: Any, mode: GenerationMode, web: str, token: dict[str, str], component_appid: str) -> int:
    """Send one operation made-up parameters and bodies, the same every time. Returns how often it was asked."""
    if mode == GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.headers):
        return 0  # nothing can be wrong where nothing can be said
    session = requests.Session()
    session.trust_env = False
    asked = 0

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def exchange(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        if isinstance(case.body, dict) and "component_appid" in case.body:
            case.body["component_appid"] = component_appid
        response = case.call_and_validate(base_url=web, session=session, params=token, checks=CHECKS, timeout=30)
        if operation.path.startswith(ERRCODE_PATHS) and response.headers["content-type"][0].startswith("application/json"):
            assert response.json().get("errcode") != codes.BUSY, "a fault of ours"

    exchange()
    session.close()
    return asked


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_is_sent_to_the_running_server_is_answered_as_the_contract_says(
    web: str, platform: "Platform", mode: GenerationMode
) -> None:
    contract = schemathesis.openapi.from_url(f"{web}/api/openapi.json")
    tokens = {"authorizer": {"access_token": platform.token},
              "component": {"component_access_token": platform.component_token}}
    asked = {}
    for operation in (found.ok() for found in contract.get_all_operations()):
        [scheme, *_] = operation.definition.raw["security"] or [{}]
        token = tokens.get(next(iter(scheme), ""), {})
        asked[operation.label] = probe(operation, mode, web, token, platform.made.client.pk)
    assert set(asked) == {
        f"{verb.upper()} {path}" for path, item in document()["paths"].items() for verb in item
        if verb in ("get", "post")} - {"GET /api/openapi.json"}  # which has been asked for
    assert sum(asked.values()) > 10 * EXAMPLES
