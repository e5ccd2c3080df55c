"""A province at the other end of the wire, told what to answer. It speaks SOAP over HTTP on a port of its own.

It knows the wire and nothing of what the platform does, so it can misbehave in ways the simulated administration
never would.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lxml import etree

from openbeian.v3 import wire
from openbeian.v3.wire import demonstration, packing
from openbeian.v3.wire.answers import Answer, FileInfo, render_answer

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "urn:openbeian:authority"
WSDL = Path(wire.__file__).parent / "wsdl"


@dataclass
class ProvinceSystem:
    """What it was asked, and what it will answer: ``answers[method]`` is used up first to last, the last one stays.

    An answer is an ``Answer``, text to send as it is, a number (HTTP status), ``"silence"``, or a function of the
    arguments that gives one of these.
    """

    province: str
    url: str
    settings: packing.PackingSettings
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    provider_parameter: str = "ispID"
    queue: list[tuple[str, bytes]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    uploaded: dict[int, bytes] = field(default_factory=dict)
    stays_silent: threading.Event = field(default_factory=threading.Event)

    def called(self, method: str) -> int:
        return sum(name == method for name, _ in self.calls)

    def packed(self, file_name: str, xml: bytes, **changes: Any) -> FileInfo:
        made = packing.pack(xml, self.settings, f"{file_name}.xml")
        info = FileInfo(file_name, made.beianInfo, made.beianInfoHash, self.settings.encrypt_algorithm)
        return replace(info, **changes)

    def answer(self, method: str, arguments: dict[str, str]) -> Any:
        self.calls.append((method, arguments))
        if scripted := self.answers.get(method):
            found = scripted.pop(0) if len(scripted) > 1 else scripted[0]
            return found(arguments) if callable(found) else found
        return getattr(self, f"_{method}")(arguments)

    def _isp_upload(self, arguments: dict[str, str]) -> Answer:
        sequence, expected = int(arguments["dataSequence"]), max(self.uploaded, default=0) + 1
        if sequence > expected:
            return Answer(14, "gap", missing_sequences=tuple(range(expected, sequence)))
        self.uploaded[sequence] = packing.unpack(arguments["beianInfo"], arguments["beianInfoHash"], self.settings)
        return Answer(0)

    def _isp_querypreviousupload(self, arguments: dict[str, str]) -> Answer:
        if not self.uploaded:
            return Answer(0, file=FileInfo("", "", "", 0, data_sequence=0))
        last = max(self.uploaded)
        return Answer(0, file=self.packed("LAST", self.uploaded[last], data_sequence=last))

    def _isp_download(self, arguments: dict[str, str]) -> Answer:
        if not self.queue:
            return Answer(2)
        return Answer(3 if len(self.queue) > 1 else 1, file=self.packed(*self.queue[0]))

    def _isp_downloadack(self, arguments: dict[str, str]) -> Answer:
        self.acknowledged.append(arguments["fileName"])
        self.queue = [entry for entry in self.queue if entry[0] != arguments["fileName"]]
        return Answer(0)


@contextmanager
def province_system(province: str, seed: str) -> Iterator[ProvinceSystem]:
    """A province's system on a free port, with the account that a demonstration of ``seed`` has there."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    system = ProvinceSystem(
        province, f"http://127.0.0.1:{server.server_address[1]}",
        demonstration.packing_settings(demonstration.credentials(province, seed)))
    server.system = system  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield system
    finally:
        system.stays_silent.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def system(self) -> ProvinceSystem:
        return self.server.system  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        name = self.path.split("?")[0].rsplit("/", 1)[-1]
        text = (WSDL / f"{name}.wsdl").read_text().replace('"ispID"', f'"{self.system.provider_parameter}"')
        # An address inside the province that nobody outside can reach.
        self._send(200, text.replace('location="', 'location="http://10.255.255.1').encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = etree.fromstring(body).find(f"{{{SOAP}}}Body")[0]  # type: ignore[index]
        method = etree.QName(call).localname
        answer = self.system.answer(method, {etree.QName(n).localname: n.text or "" for n in call})
        if answer == "silence":
            self.system.stays_silent.wait(30)
            self.close_connection = True
        elif answer == "drip":
            self._drip()
        elif isinstance(answer, int):
            self._send(answer, b"<html>maintenance</html>", "text/html")
        else:
            self._send(200, _envelope(method, answer if isinstance(answer, str) else render_answer(answer)))

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        try:
            while not self.system.stays_silent.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()
        except OSError:
            pass
        self.close_connection = True

    def _send(self, status: int, body: bytes, kind: str = "text/xml; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


def _envelope(method: str, text: str) -> bytes:
    envelope = etree.Element(f"{{{SOAP}}}Envelope")
    response = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{NAMESPACE}}}{method}Response")
    etree.SubElement(response, "return").text = text
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def wait_until(condition: Callable[[], Any], *, seconds: float = 30.0) -> Any:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found
