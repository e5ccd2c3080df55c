"""The contract (OpenAPI 3.1) of every call that programs outside make, served at ``/api/openapi.json``.

The calls and records are written by hand in the JSON files beside this one, in the order in which a client meets
them. What the whole contract has in common is in ``base.json``; what all calls of the WeChat-compatible API have in
common – token, both verbs, status 200, ``errcode`` – is added here. Numbers and texts of errors come from
:mod:`openbeian.wechat.codes`.

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
    contract = _part("base")
    parts = [_part(name) for name in PARTS]
    contract["info"]["version"] = __version__
    contract["tags"] = [part["tag"] for part in parts]
    contract["paths"] = paths = {}
    schemas, headers = contract["components"]["schemas"], contract["components"]["headers"]
    schemas["Errcode"].update(_errcodes())
    schemas["GateCode"]["enum"] = sorted(ALLOWED_CODES | DENIED_CODES)
    for part in parts:
        schemas.update(part.get("schemas", {}))
        headers.update(part.get("headers", {}))
        paths.update(part.get("paths", {}))
        for path, call in part.get("calls", {}).items():
            paths[path] = dict(_operations(path, call, tag=part["tag"]["name"]))
    return contract


def _part(name: str) -> dict[str, Any]:
    part: dict[str, Any] = json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))
    return part


def _errcodes() -> Schema:
    numbers = sorted(number for number in codes.TABLE if number != codes.OK)
    table = [codes.TABLE[number] for number in numbers]
    return {
        "enum": numbers, "x-enum-texts": [code.text for code in table],
        "description": "\n".join(f"- `{code.number}` {code.text} ({code.zh}). {code.meaning}" for code in table),
    }


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
    fields = call.get("answer", {"$ref": "#/components/schemas/Done"})
    done = fields if "$ref" in fields else _success(fields, bare=call.get("bare", False))
    return {"application/json": {"schema": {"oneOf": [done, refusal]}}}


def _success(fields: Schema, *, bare: bool) -> Schema:
    """``fields`` with ``errcode`` 0 around them, unless it is an answer that carries none."""
    own = {} if bare else {"errcode": {"type": "integer", "const": codes.OK}, "errmsg": {"type": "string", "const": "ok"}}
    return {"additionalProperties": False, **fields, "properties": {**own, **fields.get("properties", {})},
            "required": [*own, *fields.get("required", ())]}
