"""The form of a push on the wire: inner message, encrypted envelope, and signed query.

There are two callbacks and two formats. An event of the platform itself goes to the authorization-event URL and is
named by ``InfoType``; an event of a mini program goes to the message URL and is an ``Event`` among its messages. Either
is XML or JSON, with the same names, signature and encryption.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from openbeian.notices.encryption import encrypt, signature

#: Who sends a message event: a system account; real ones have an OpenID of their own.
SYSTEM_SENDER = "openbeian-system-account-0000"

Fields = Mapping[str, str | int]


@dataclass(frozen=True)
class Envelope:
    """What is sent: query string, body and its type."""

    query: str
    body: bytes
    content_type: str


def original_id(appid: str) -> str:
    """The mini program's original id (原始 ID), which message events are addressed to.

    >>> original_id("wxfedcba9876543210")
    'gh_ba9876543210'
    """
    return f"gh_{appid[-12:]}"


def authorization_event(*, component_appid: str, info_type: str, at: datetime, elements: Fields) -> dict[str, str | int]:
    """An event for the authorization-event URL. Element names are the caller's, in WeChat's own spelling."""
    return {"AppId": component_appid, "CreateTime": int(at.timestamp()), "InfoType": info_type, **elements}


def message_event(*, appid: str, event: str, at: datetime, elements: Fields) -> dict[str, str | int]:
    """An event for the message URL, as one of the mini program's messages."""
    return {"ToUserName": original_id(appid), "FromUserName": SYSTEM_SENDER, "CreateTime": int(at.timestamp()),
            "MsgType": "event", "Event": event, **elements}


def written(fields: Fields, *, form: str) -> str:
    """Fields as text; ``form`` is ``xml`` or ``json``."""
    if form == "json":
        return json.dumps(dict(fields), ensure_ascii=False)
    return f"<xml>{''.join(_element(name, value) for name, value in fields.items())}</xml>"


def seal_envelope(
    message: str, *, receiver: Fields, form: str, token: str, encoding_aes_key: str, component_appid: str, at: datetime
) -> Envelope:
    """Encrypt and sign ``message``. ``receiver`` stands in clear beside ``Encrypt``: ``AppId`` or ``ToUserName``."""
    encrypted = encrypt(message, encoding_aes_key=encoding_aes_key, appid=component_appid)
    timestamp, nonce = str(int(at.timestamp())), str(secrets.randbelow(9 * 10**9) + 10**9)
    query = urlencode({
        "signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce,
        "encrypt_type": "aes", "msg_signature": signature(token, timestamp, nonce, encrypted),
    })
    body = written({**receiver, "Encrypt": encrypted}, form=form)
    kind = "application/json" if form == "json" else "text/xml"
    return Envelope(query, body.encode(), f"{kind}; charset=utf-8")


def _element(name: str, value: str | int) -> str:
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
