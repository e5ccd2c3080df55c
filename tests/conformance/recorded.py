"""Requests of clients that do not run here, sent to a running server byte for byte as those clients send them.

A file under ``dialects/`` holds one client's requests. Each begins with ``### its name``; then come request line,
headers, an empty line, and the body. ``{{name}}`` is filled in. Line ends are sent as CRLF in heads and multipart
bodies; a JSON body is written over several lines to be read, and sent on one.
"""

import json
import re
import socket
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema_rs import Draft202012Validator

from openbeian.wechat.contract import document
from tests.samples import png

DIALECTS = Path(__file__).parent / "dialects"
_PLACE = re.compile(rb"\{\{([a-z_]+)\}\}")
_CHUNK = 1000


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes

    @property
    def is_json(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("application/json")

    @property
    def json(self) -> dict[str, Any]:
        assert self.is_json, self.headers
        return json.loads(self.body)


class Recording:
    """One client's requests, and a server to send them to. ``values`` grow with what the answers bring."""

    def __init__(self, client: str, base_url: str, **values: str) -> None:
        text = (DIALECTS / f"{client}.http").read_text(encoding="utf-8")
        self.requests = {
            name.strip(): request for name, request in
            (block.split("\n", 1) for block in re.split(r"^### ", text, flags=re.M)[1:])}
        self.client, self.address = client, urlsplit(base_url)
        self.values = {"host": self.address.netloc, **values}
        self.sent: set[str] = set()

    def send(self, name: str, **more: str | bytes) -> Answer:
        """Send one request and check that what comes back is what the contract says."""
        self.sent.add(name)
        raw = self.raw(name, **more)
        assert self.address.hostname and self.address.port
        with socket.create_connection((self.address.hostname, self.address.port), timeout=30) as connection:
            head, _, content = raw.partition(b"\r\n\r\n")
            connection.sendall(head + b"\r\n\r\n")
            if b"Expect: 100-continue" in head:
                assert connection.recv(1024).startswith(b"HTTP/1.1 100"), "the client would wait"
            connection.sendall(content)
            response = HTTPResponse(connection)
            response.begin()
            answer = Answer(response.status, response.headers, response.read())
        verb, target = raw.split(b" ", 2)[:2]
        conforms(verb.decode(), urlsplit(target.decode()).path, answer)
        return answer

    def raw(self, name: str, **more: str | bytes) -> bytes:
        """The bytes of a request."""
        head, _, body = self.requests[name].strip("\n").partition("\n\n")
        values = {key: value.encode() if isinstance(value, str) else value
                  for key, value in {"picture": png(), **self.values, **more}.items()}

        def filled(text: bytes) -> bytes:
            return _PLACE.sub(lambda found: values[found[1].decode()], text)

        if "multipart/form-data" in head:
            content = filled(body.replace("\n", "\r\n").encode()) + b"\r\n"
        else:
            content = filled("".join(line.strip() for line in body.split("\n")).encode())
        if "Transfer-Encoding: chunked" in head:
            pieces = [content[start:start + _CHUNK] for start in range(0, len(content), _CHUNK)]
            sent = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
        else:
            sent = content
        values["length"] = str(len(content)).encode()
        return filled(head.replace("\n", "\r\n").encode()) + b"\r\n\r\n" + sent


def conforms(verb: str, path: str, answer: Answer) -> None:
    """That the contract has this verb, path and status, and that the answer fits its schema."""
    content = document()["paths"][path][verb.lower()]["responses"][str(answer.status)]["content"]
    kind = answer.headers["Content-Type"].split(";")[0]
    assert kind in content, f"{verb} {path} answered {kind}"
    if kind == "application/json":
        whole = {**content[kind]["schema"], "components": document()["components"]}
        problems = [error.message for error in Draft202012Validator(whole).iter_errors(answer.json)]
        assert problems == [], f"{verb} {path}: {problems} in {answer.body[:500]!r}"


def without_null(value: Any) -> bool:
    """Whether no field is null: some parsers do not take it."""
    if isinstance(value, dict):
        return all(without_null(item) for item in value.values())
    return all(without_null(item) for item in value) if isinstance(value, list) else value is not None
