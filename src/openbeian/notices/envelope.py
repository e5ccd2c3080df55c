"""The form of a push on the wire: inner message, encrypted envelope, and signed query."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from openbeian.notices.encryption import encrypt, signature


@dataclass(frozen=True)
class Envelope:
    """What is sent: query string, body and its type."""

    query: str
    body: bytes
    content_type: str


def xml_message(*, component_appid: str, info_type: str, at: datetime, elements: Mapping[str, str | int]) -> str:
    """The message for the authorization-event URL. Element names are the caller's, in WeChat's own spelling."""
    parts = {"AppId": component_appid, "CreateTime": int(at.timestamp()), "InfoType": info_type, **elements}
    return f"<xml>{''.join(_element(name, value) for name, value in parts.items())}</xml>"


def json_message(
    *, component_appid: str, appid: str, info_type: str, at: datetime, elements: Mapping[str, str | int]
) -> str:
    """The message for the message URL, where clients look for ``Event``."""
    return json.dumps({
        "ToUserName": appid, "FromUserName": component_appid, "CreateTime": int(at.timestamp()),
        "MsgType": "event", "Event": info_type, **elements,
    }, ensure_ascii=False)


def seal_envelope(
    message: str, *, form: str, token: str, encoding_aes_key: str, component_appid: str, appid: str, at: datetime
) -> Envelope:
    """Encrypt and sign ``message``. ``form`` is ``xml`` or ``json``."""
    encrypted = encrypt(message, encoding_aes_key=encoding_aes_key, appid=component_appid)
    timestamp, nonce = str(int(at.timestamp())), str(secrets.randbelow(9 * 10**9) + 10**9)
    query = urlencode({
        "signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce,
        "encrypt_type": "aes", "msg_signature": signature(token, timestamp, nonce, encrypted),
    })
    if form == "json":
        body = json.dumps({"ToUserName": appid, "Encrypt": encrypted})
        return Envelope(query, body.encode(), "application/json; charset=utf-8")
    body = f"<xml>{_element('AppId', component_appid)}{_element('Encrypt', encrypted)}</xml>"
    return Envelope(query, body.encode(), "text/xml; charset=utf-8")


def _element(name: str, value: str | int) -> str:
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
