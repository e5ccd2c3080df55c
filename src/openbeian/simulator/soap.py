"""SOAP 1.1 over HTTP: one envelope in, one envelope out; a SOAP fault for what is not an envelope."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from lxml import etree

from openbeian.regime.code_tables import provinces, result_code
from openbeian.regime.numbers import is_digits
from openbeian.simulator import calls, verbs
from openbeian.simulator.damage import broken_off
from openbeian.simulator.verbs.exchange import OTHER
from openbeian.simulator.verbs.office import behaviour, is_off, one_call
from openbeian.v3 import wire
from openbeian.v3.wire.answers import Answer, render_answer
from openbeian.v3.wire.documents import DocumentError, parse

log = logging.getLogger(__name__)

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "urn:openbeian:authority"
WSDL = Path(wire.__file__).parent / "wsdl"
# A file of 50 MB in base64, its hash and the envelope.
MAX_REQUEST_BYTES = wire.MAX_FILE_BYTES * 4 // 3 + 1024 * 1024

SERVICES = {
    "ISPWebService/upDownLoad": ("isp_upload", "isp_download", "isp_downloadack", "isp_querypreviousupload"),
    "BeianStatusWebService/queryBeianStatus": ("isp_querybeianstatus",),
    "BeianStatusWebService/verifyBamm": ("isp_verifybamm",),
}
"""The path of each web service below a province's code, and its methods."""


class Fault(Exception):
    """A request that is no proper call; `code` is a SOAP 1.1 fault code."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.text, self.status = code, text, status


def service(path: str) -> Callable[..., HttpResponseBase]:
    """The view of one web service: GET with ?wsdl describes it, POST calls it."""
    name, methods = path.rpartition("/")[2], SERVICES[path]

    @csrf_exempt
    def view(request: HttpRequest, province: str) -> HttpResponseBase:
        try:
            if province not in provinces():
                raise Fault("Client", f"no province {province}", 404)
            with one_call():
                return _serve(request, province, name, methods)
        except Fault as wrong:
            return fault(wrong.code, wrong.text, wrong.status)

    view.__name__ = name
    return view


def _serve(request: HttpRequest, province: str, name: str, methods: tuple[str, ...]) -> HttpResponseBase:
    if is_off(province):
        return HttpResponse("503 Service Unavailable", status=503, content_type="text/plain")
    system = behaviour(province)
    if request.method == "GET":
        return _wsdl(request, name, system.provider_parameter)
    if request.method != "POST":
        raise Fault("Client", "calls are made with POST", 405)
    method, arguments = _read(request, methods, system.provider_parameter)
    weather = verbs.next_call(province=province)
    time.sleep(system.call_seconds + weather.wait)
    if weather.refuses:
        page = "<html><body>500 Internal Server Error</body></html>"
        reply = HttpResponse(page, status=500, content_type="text/html")
    elif weather.out_of_sequence and method == "isp_upload":
        # A gap that is none: the file before this one, accepted long ago, is said to be missing.
        missing = max(1, arguments["dataSequence"] - 1)
        return _reply(method, Answer(14, result_code(14).meaning_zh, missing_sequences=(missing,)))
    else:
        reply = _reply(method, _call(method, province, arguments, request.META.get("REMOTE_ADDR", "")))
    return broken_off(reply) if weather.breaks else reply


def _call(method: str, province: str, arguments: dict[str, Any], address: str) -> Answer:
    try:
        return calls.call(method, province, arguments, address=address)
    except Exception as error:
        # The type only: the text of an error may hold what was uploaded.
        log.error("%s for %s failed: %s", method, province, type(error).__name__)
        return Answer(OTHER, "其他错误")


def _wsdl(request: HttpRequest, name: str, provider_parameter: str) -> HttpResponse:
    if "wsdl" not in {key.lower() for key in request.GET}:
        raise Fault("Client", "append ?wsdl for the description of this service", 405)
    tree = etree.parse(str(WSDL / f"{name}.wsdl"))
    for address in tree.iter("{http://schemas.xmlsoap.org/wsdl/soap/}address"):
        address.set("location", request.build_absolute_uri(request.path))
    for parameter in tree.iter("{http://www.w3.org/2001/XMLSchema}element"):
        if parameter.get("name") == "ispID":
            parameter.set("name", provider_parameter)
    return HttpResponse(etree.tostring(tree, xml_declaration=True, encoding="UTF-8"), content_type="text/xml")


def _read(request: HttpRequest, methods: tuple[str, ...], provider_parameter: str) -> tuple[str, dict[str, Any]]:
    # request.body is capped for forms; a file of the administration may be larger.
    body = request.read(MAX_REQUEST_BYTES + 1)
    if len(body) > MAX_REQUEST_BYTES:
        raise Fault("Client", "the request is too large", 413)
    try:
        root = parse(body)
    except DocumentError as error:
        raise Fault("Client", str(error)) from None
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        wrong_version = isinstance(root.tag, str) and root.tag.endswith("}Envelope")
        raise Fault("VersionMismatch" if wrong_version else "Client", "not a SOAP 1.1 envelope")
    header = root.find(f"{{{ENVELOPE}}}Header")
    if header is not None and any(child.get(f"{{{ENVELOPE}}}mustUnderstand") == "1" for child in header):
        raise Fault("MustUnderstand", "no headers are understood")
    content = root.find(f"{{{ENVELOPE}}}Body")
    if content is None or len(content) != 1:
        raise Fault("Client", "the body must hold exactly one call")
    called = etree.QName(content[0])
    if called.localname not in methods or called.namespace != NAMESPACE:
        raise Fault("Client", "this service has no such method")
    return called.localname, _arguments(content[0], called.localname, provider_parameter)


def _arguments(call: etree._Element, method: str, provider_parameter: str) -> dict[str, Any]:
    given: dict[str, str] = {}
    for child in call:
        name = etree.QName(child).localname
        if name in given:
            raise Fault("Client", "a parameter is given twice")
        given[name] = child.text or ""
    # The specification prints ispId, its clients send ispID; a province takes what its description says.
    if provider_parameter in given:
        given["ispID"] = given.pop(provider_parameter)
    elif "ispID" in given:
        raise Fault("Client", f"missing parameters: {provider_parameter}")
    expected = calls.COMMON + calls.METHODS[method][1]
    if missing := [name for name in expected if name not in given]:
        raise Fault("Client", f"missing parameters: {', '.join(missing)}")
    if len(given) != len(expected):
        raise Fault("Client", f"parameters are: {', '.join(expected)}")
    return {name: _value(name, given[name]) for name in expected}


def _value(name: str, text: str) -> str | int:
    if name not in calls.NUMBERS:
        return text
    text = text.strip()
    # 18 digits: within xs:long, and within what int() reads without complaint.
    digits = text.removeprefix("-")
    if not (is_digits(digits) and len(digits) <= 18):
        raise Fault("Client", f"{name} must be an integer")
    return int(text)


def _reply(method: str, answer: Answer) -> HttpResponse:
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE})
    body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    response = etree.SubElement(body, f"{{{NAMESPACE}}}{method}Response", nsmap={"tns": NAMESPACE})
    etree.SubElement(response, "return").text = render_answer(answer)
    return _xml(envelope, 200)


def fault(code: str, text: str, status: int) -> HttpResponse:
    """A SOAP 1.1 fault."""
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE})
    block = etree.SubElement(etree.SubElement(envelope, f"{{{ENVELOPE}}}Body"), f"{{{ENVELOPE}}}Fault")
    etree.SubElement(block, "faultcode").text = f"soap:{code}"
    etree.SubElement(block, "faultstring").text = text
    return _xml(envelope, status)


def _xml(envelope: etree._Element, status: int) -> HttpResponse:
    body = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return HttpResponse(body, status=status, content_type="text/xml; charset=utf-8")
