"""What the simulator process answers where no view does: a page to people, JSON below ``/api/``, a SOAP fault to SOAP.

The root URL configuration names these as its handlers: Django asks no other for them.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from openbeian.simulator import api, soap

_SOAP_SERVICES = ("ISPWebService", "BeianStatusWebService")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a request that Django refuses before any view sees it."""
    return _answer(request, 400, "bad_request", "请求无法识别", "The request cannot be understood")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to an address, or a request for a record, that does not exist."""
    return _answer(request, 404, "not_found", "没有这一页", "Not found")


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer when a view fails. It needs no database."""
    return _answer(request, 500, "server_error", "系统出错，请稍后再试", "Something failed here; try again later")


def _answer(request: HttpRequest, status: int, code: str, zh: str, en: str) -> HttpResponse:
    parts = request.path.split("/")
    if any(part in _SOAP_SERVICES for part in parts):
        return soap.fault("Server" if status == 500 else "Client", en, status)
    if parts[1:2] == ["api"]:
        return api.refusal(status, code, zh, en)
    page = "simulator/not_found.html" if status == 404 else "simulator/problem.html"
    return render(request, page, {"zh": zh, "en": en}, status=status)
