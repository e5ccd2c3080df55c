"""The contract (OpenAPI 3.1) of every call that programs outside make, served at ``/api/openapi.json``.

The calls and records are written by hand in the JSON files beside this one, in the order in which a client meets
them. What all calls of the WeChat-compatible API have in common – token, both verbs, status 200, ``errcode`` – is
written once, here; numbers and texts of errors come from :mod:`openbeian.wechat.codes`.

A call in a file: ``verbs``, ``summary``, ``description``, ``token`` (``authorizer``, ``component`` or ``none``),
``query`` (name → schema), ``body`` (schema), ``answer`` (schema of what stands beside ``errcode``), ``bare`` (a
success carries no ``errcode``), ``errors`` (numbers a client should know). Paths without that envelope are plain
OpenAPI under ``paths``.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse

from openbeian import __version__
from openbeian.regime.shelf_policy import ALLOWED_CODES, DENIED_CODES
from openbeian.web.machines import for_machines, reads_only
from openbeian.wechat import codes

PARTS = ("component", "filing", "tables", "certification", "shelving", "gate", "register", "instance")
_HERE = Path(__file__).parent

Schema = Mapping[str, Any]


@for_machines
@reads_only
def serve(request: HttpRequest) -> HttpResponse:
    """``GET /api/openapi.json``."""
    return HttpResponse(json.dumps(document(), ensure_ascii=False), content_type="application/json; charset=utf-8")


@cache
def document() -> dict[str, Any]:
    """The whole contract."""
    parts = [json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8")) for name in PARTS]
    schemas: dict[str, Any] = dict(_envelope())
    headers: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for part in parts:
        schemas.update(part.get("schemas", {}))
        headers.update(part.get("headers", {}))
        paths.update(part.get("paths", {}))
        for path, call in part.get("calls", {}).items():
            paths[path] = dict(_operations(path, call, tag=part["tag"]["name"]))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenBeian open API", "version": __version__,
            "description": (
                "ICP filing (备案) of mini programs, compatible with the calls of WeChat's open platform. "
                "Every answer of those calls has HTTP status 200; `errcode` tells the outcome. "
                "Integers in their requests may also be sent as text or with `.0`. "
                "`servers` is the address this document was fetched from."),
        },
        "servers": [{"url": "/"}],
        "tags": [part["tag"] for part in parts],
        "paths": paths,
        "components": {"schemas": schemas, "headers": headers, "securitySchemes": dict(_tokens())},
    }


def _envelope() -> Iterator[tuple[str, Schema]]:
    """What every answer of the WeChat-compatible API has around it."""
    numbers = sorted(number for number in codes.TABLE if number != codes.OK)
    table = [codes.TABLE[number] for number in numbers]
    yield "Errcode", {
        "type": "integer", "enum": numbers, "x-enum-texts": [code.text for code in table],
        "description": "\n".join(f"- `{code.number}` {code.text} ({code.zh}). {code.meaning}" for code in table),
    }
    yield "Hint", {
        "type": "object", "description": "What is wrong with one field of an application.",
        "properties": {
            "errcode": {"$ref": "#/components/schemas/Errcode"}, "errmsg": {"type": "string"},
            "err_field": {"type": "string", "description": "Dotted path of the field, empty where none is meant.",
                          "examples": ["icp_subject.principal_info.certificate_photo_front"]},
        },
        "required": ["errcode", "errmsg", "err_field"], "additionalProperties": False,
    }
    yield "Refusal", {
        "type": "object", "description": "The call was not done.",
        "properties": {
            "errcode": {"$ref": "#/components/schemas/Errcode"},
            "errmsg": {"type": "string", "pattern": " rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$",
                       "description": "The code's text, sometimes with a detail, and the id of the request."},
            "hints": {"type": "array", "items": {"$ref": "#/components/schemas/Hint"},
                      "description": "With 86202: every field that needs correction, all at once."},
            "procedure_id": {"type": "string", "description": "With a refusal of submit_auth_and_icp."},
        },
        "required": ["errcode", "errmsg"], "additionalProperties": False,
    }
    yield "GateCode", {"type": "string", "enum": sorted(ALLOWED_CODES | DENIED_CODES)}
    yield "Done", _success({"type": "object"}, bare=False)


def _tokens() -> Iterator[tuple[str, Schema]]:
    yield "authorizer", {
        "type": "apiKey", "in": "query", "name": "access_token",
        "description": "authorizer_access_token: acting for one mini program. From api_query_auth and api_authorizer_token."}
    yield "component", {
        "type": "apiKey", "in": "query", "name": "component_access_token",
        "description": "component_access_token: the platform itself. From api_component_token."}
    yield "component_as_access_token", {
        "type": "apiKey", "in": "query", "name": "access_token",
        "description": "The same under the name that one published client uses."}


_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "authorizer": [{"authorizer": []}],
    "component": [{"component": []}, {"component_as_access_token": []}],
    "none": [],
}


def _operations(path: str, call: Mapping[str, Any], *, tag: str) -> Iterator[tuple[str, Schema]]:
    """One operation for each verb a call is taken with; the first verb is the documented one."""
    known = sorted(call.get("errors", ()))
    listed = "".join(f"\n- `{number}` {codes.TABLE[number].text}" for number in known)
    for verb in call["verbs"]:
        operation: dict[str, Any] = {
            "tags": [tag], "operationId": path.rsplit("/", 1)[-1] + ("" if verb == call["verbs"][0] else f"_{verb.lower()}"),
            "summary": call["summary"], "security": _SECURITY[call["token"]],
            "description": call.get("description", "") + (f"\n\nErrors to expect:{listed}" if listed else ""),
            "responses": {"200": {"description": "Done, or refused; `errcode` tells.", "content": _answer(call)}},
        }
        if query := call.get("query"):
            operation["parameters"] = [
                {"name": name, "in": "query", "schema": schema} for name, schema in query.items()]
        if verb == "POST" and (body := call.get("body")):
            operation["requestBody"] = {
                "required": call.get("body_required", True), "content": {call.get("type", "application/json"): body}}
        yield verb.lower(), operation


def _answer(call: Mapping[str, Any]) -> Schema:
    refusal = {"$ref": "#/components/schemas/Refusal"}
    if call.get("binary"):
        return {**{kind: {"schema": {"type": "string", "format": "binary"}} for kind in call["binary"]},
                "application/json": {"schema": refusal}}
    fields = call.get("answer")
    if fields is None or "$ref" in fields:
        done: Schema = fields or {"$ref": "#/components/schemas/Done"}
    else:
        done = _success(fields, bare=call.get("bare", False))
    return {"application/json": {"schema": {"oneOf": [done, refusal]}}}


def _success(fields: Schema, *, bare: bool) -> Schema:
    """``fields`` with ``errcode`` 0 around them, unless it is an answer that carries none."""
    own = {} if bare else {"errcode": {"type": "integer", "const": codes.OK}, "errmsg": {"type": "string", "const": "ok"}}
    return {"additionalProperties": False, **fields, "properties": {**own, **fields.get("properties", {})},
            "required": [*own, *fields.get("required", ())]}
