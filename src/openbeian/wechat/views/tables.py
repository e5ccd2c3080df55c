"""The five code tables. They change with the regulation, so clients ask instead of keeping copies."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest

from openbeian.regime import code_tables
from openbeian.regime.code_tables import DistrictNode
from openbeian.wechat.answers import call
from openbeian.wechat.callers import authorizer_caller


@call("GET", "POST")
def query_icp_service_content_types(request: HttpRequest) -> dict[str, Any]:
    """Service contents of both levels."""
    authorizer_caller(request)
    return {"items": _items(code_tables.service_contents(), type="code", parent_type="parent", name="name")}


@call("GET", "POST")
def query_icp_certificate_types(request: HttpRequest) -> dict[str, Any]:
    """Certificate types with the subject type each belongs to."""
    authorizer_caller(request)
    columns = {"type": "code", "subject_type": "subject_type", "name": "name", "remark": "remark"}
    return {"items": _items(code_tables.certificate_types(), **columns)}


@call("GET", "POST")
def query_icp_district_code(request: HttpRequest) -> dict[str, Any]:
    """Provinces, cities and districts, nested; codes as numbers."""
    authorizer_caller(request)
    return {"items": _districts()}


@call("GET", "POST")
def query_icp_nrlx_types(request: HttpRequest) -> dict[str, Any]:
    """Prior approvals (前置审批)."""
    authorizer_caller(request)
    return {"items": _items(code_tables.prior_approvals(), type="code", name="name")}


@call("GET", "POST")
def query_icp_subject_types(request: HttpRequest) -> dict[str, Any]:
    """Subject types (单位性质)."""
    authorizer_caller(request)
    return {"items": _items(code_tables.subject_types(), type="code", name="name", remark="remark")}


def _items(table: Mapping[int, Any], **columns: str) -> list[dict[str, Any]]:
    """The rows of a table, each column under its name here. Empty ones are left out: some parsers do not take null."""
    rows = [{name: getattr(row, column) for name, column in columns.items()} for row in table.values()]
    return [{name: value for name, value in row.items() if value not in (None, "")} for row in rows]


@cache
def _districts() -> list[dict[str, Any]]:
    return _nested(code_tables.district_tree())


def _nested(nodes: Iterable[DistrictNode]) -> list[dict[str, Any]]:
    return [
        {"type": node.district.level, "code": int(node.district.code), "name": node.district.name,
         **({"sub_list": _nested(node.children)} if node.children else {})}
        for node in nodes
    ]
