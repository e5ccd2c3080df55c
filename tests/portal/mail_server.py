"""A mail server of its own, with TLS and log-in, that keeps what it is sent."""

import base64
import contextlib
import datetime
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class MailServer:
    """Its port, and of each mail who logged in, over TLS or not, and the lines it was sent."""

    port: int
    certificate: Path
    mails: list[tuple[str, bool, list[str]]] = field(default_factory=list)


@contextlib.contextmanager
def mail_server(directory: Path) -> Iterator[MailServer]:
    """On ``localhost``, with a certificate that is made for it in ``directory``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate := _certificate(directory))

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            user, tls = "", False
            self.say("220 localhost")
            while line := self.rfile.readline().decode().strip():
                verb, _, rest = line.partition(" ")
                if (verb := verb.upper()) == "EHLO":
                    self.say("250-localhost", "250-AUTH PLAIN", "250 STARTTLS")
                elif verb == "STARTTLS":
                    self.say("220 go on")
                    self.connection, tls = context.wrap_socket(self.connection, server_side=True), True
                    self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                elif verb == "AUTH":
                    user = base64.b64decode(rest.removeprefix("PLAIN ")).decode().replace("\0", " ").strip()
                    self.say("235 welcome")
                elif verb == "DATA":
                    self.say("354 go on")
                    server.kept.mails.append((user, tls, [  # type: ignore[attr-defined]
                        line.decode().rstrip("\r\n") for line in iter(self.rfile.readline, b".\r\n")]))
                    self.say("250 kept")
                elif verb == "QUIT":
                    return self.say("221 goodbye")
                else:
                    self.say("250 fine")

        def say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        kept: Any = MailServer(server.server_address[1], certificate)
        server.kept = kept  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        server.daemon_threads = True
        try:
            yield kept
        finally:
            server.shutdown()


def _certificate(directory: Path) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
            .not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256()))
    file = directory / "certificate.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return file
