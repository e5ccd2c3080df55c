"""The five code tables. They change with the regulation, so clients ask instead of keeping copies."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.http import HttpRequest

from openbeian.regime import code_tables
from openbeian.regime.code_tables import DistrictNode
from openbeian.wechat.answers import call
from openbeian.wechat.callers import authorizer_caller


def _answering(items: Callable[[], list[dict[str, Any]]]) -> Any:
    @call("GET", "POST")
    def view(request: HttpRequest) -> dict[str, Any]:
        authorizer_caller(request)
        return {"items": items()}

    return view


def _item(**fields: Any) -> dict[str, Any]:
    """Optional fields are left out when empty: some parsers do not take null."""
    return {name: value for name, value in fields.items() if value not in (None, "")}


@cache
def service_contents() -> list[dict[str, Any]]:
    """Service contents of both levels."""
    return [_item(type=row.code, parent_type=row.parent, name=row.name)
            for row in code_tables.service_contents().values()]


@cache
def certificate_types() -> list[dict[str, Any]]:
    """Certificate types with the subject type each belongs to."""
    return [_item(type=row.code, subject_type=row.subject_type, name=row.name, remark=row.remark)
            for row in code_tables.certificate_types().values()]


@cache
def districts() -> list[dict[str, Any]]:
    """Provinces, cities and districts, nested; codes as numbers."""
    return _nested(code_tables.district_tree())


def _nested(nodes: Iterable[DistrictNode]) -> list[dict[str, Any]]:
    return [
        {"type": node.district.level, "code": int(node.district.code), "name": node.district.name,
         **({"sub_list": _nested(node.children)} if node.children else {})}
        for node in nodes
    ]


@cache
def prior_approvals() -> list[dict[str, Any]]:
    """Prior approvals (前置审批)."""
    return [_item(type=row.code, name=row.name) for row in code_tables.prior_approvals().values()]


@cache
def subject_types() -> list[dict[str, Any]]:
    """Subject types (单位性质)."""
    return [_item(type=row.code, name=row.name, remark=row.remark) for row in code_tables.subject_types().values()]


query_icp_service_content_types = _answering(service_contents)
query_icp_certificate_types = _answering(certificate_types)
query_icp_district_code = _answering(districts)
query_icp_nrlx_types = _answering(prior_approvals)
query_icp_subject_types = _answering(subject_types)
