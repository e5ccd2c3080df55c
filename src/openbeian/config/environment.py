"""What an operator may set: one field for each environment variable, under the variable's name.

Their defaults and meanings are in variables.csv, of which `reference_page` makes docs/reference/settings.md.
"""

import ipaddress
import json
import os
import re
from collections.abc import Callable
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from marshmallow import Schema, ValidationError
from marshmallow.fields import Boolean, Field, String
from marshmallow.validate import OneOf

from openbeian.regime.code_tables import provinces
from openbeian.regime.csv_files import csv_rows
from openbeian.regime.quotas import Quotas
from openbeian.runtime.database import settings_from_url, variable
from openbeian.runtime.keys import check_keys, read_secret_file

VARIABLES = {row["name"]: row for row in csv_rows(__file__, "variables.csv")}
"""By name: the default of each kind of instance, what is allowed, what it means."""
INSTANCES = ("production", "demo", "sandbox", "test")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
YEAR = 365 * 24 * 3600  # seconds
_CONTRACT = Path(__file__).resolve().parents[1] / "wechat" / "contract"


class Parsed(Field[Any]):
    """A variable that a function reads; its ValueError or OSError refuses the text and may say why."""

    def __init__(self, read: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> Any:
        if not value.isprintable():
            raise ValidationError("it holds a character that cannot be printed")
        try:
            return self.read(value)
        except OSError as error:
            raise ValidationError(error.strerror or "") from error
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Switch(Boolean):
    """``yes`` or ``no`` and their synonyms, in any case."""

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> bool:
        return super()._deserialize(value.lower(), *args, **kwargs)


def _secret_key(text: str) -> str:
    if len(text) < 50 or len(set(text)) < 5:
        raise ValueError
    return text


def _whole_number(text: str, least: int = 0, most: int = 999_999_999) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ValueError
    return int(text)


def _seconds(text: str, least: float, most: float) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not least <= float(text) <= most:
        raise ValueError
    return float(text)


def _seconds_or_never(text: str) -> int | None:
    return _whole_number(text, most=YEAR) if text else None


def _pauses(text: str) -> tuple[int, ...]:
    return tuple(_whole_number(pause.strip(), most=YEAR) for pause in text.split(","))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _hosts(text: str) -> list[str]:
    for name in (names := _names(text)):
        if not re.fullmatch(r"\*|\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\]", name):
            raise ValueError(f"{name!r} is no host name")
    return names


def _networks(text: str) -> list[str]:
    return [name for name in _names(text) if ipaddress.ip_network(name)]


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[^@\s]*[A-Za-z0-9\]](:[0-9]{1,5})?", parts.netloc):
        raise ValueError
    if not (re.fullmatch("[A-Za-z0-9.:-]+", parts.hostname or "") and parts.port != 0):
        raise ValueError
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("it goes on after the host")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _quotas(text: str) -> Quotas:
    numbers = [_whole_number(number.strip(), least=1) for number in text.split("/")]
    if len(numbers) != 3:
        raise ValueError
    return Quotas(*numbers)


def _daily_limits(text: str) -> dict[str, int]:
    """The pairs, and the default ones that they do not replace."""
    limits = dict(pair.split("=") for pair in VARIABLES["OPENBEIAN_DAILY_LIMITS"]["production"].split(","))
    given: set[str] = set()
    for pair in _names(text):
        call, _, number = (part.strip() for part in pair.partition("="))
        if call not in limits and call not in _calls():
            raise ValueError(f"the API has no call {call!r} for a mini program")
        if call in given:
            raise ValueError(f"{call} is there twice")
        given.add(call)
        limits[call] = number
    return {call: _whole_number(number) for call, number in limits.items()}


def _calls() -> set[str]:
    """The calls for one mini program, by the end of their address."""
    parts = [json.loads(path.read_bytes()) for path in _CONTRACT.glob("*.json")]
    return {address.rpartition("/")[2] for part in parts for address, call in part.get("calls", {}).items()
            if call["token"] != "component"}


def _directory(text: str) -> str:
    """A directory in which this process can make files; made if it is not there."""
    Path(text).mkdir(parents=True, exist_ok=True)
    if not os.access(text, os.W_OK | os.X_OK):
        raise ValueError("this user cannot write there")
    return text


def _json_file(path: str) -> dict[str, Any]:
    content = json.loads(read_secret_file(path))
    if not isinstance(content, dict):
        raise ValueError("it holds no JSON object")
    return content


def _keys(path: str) -> dict[str, Any]:
    check_keys(content := _json_file(path))
    return content


def _authority(path: str) -> dict[str, Any]:
    for province, account in (accounts := _json_file(path)).items():
        if province not in provinces():
            raise ValueError(f"{province!r} is no code of a province")
        if not isinstance(account, dict):
            raise ValueError(f"{province} has no object with its address and credentials")
    return accounts


#: By scheme: the usual port, TLS from the first byte, TLS after a greeting.
_SMTP = {"smtp": (25, False, False), "smtp+starttls": (587, False, True), "smtps": (465, True, False)}


def _smtp(url: str) -> dict[str, Any]:
    """Django's settings for an address of a mail server."""
    try:
        parts = urlsplit(url)
        named_port, options = parts.port, dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:  # whose text may have a part of the password
        raise ValueError("its port is no number, or a special character is not percent-encoded") from None
    timeout = _whole_number(options.pop("timeout", "10"), 1, 600)
    file = options.pop("password_file", None)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if file is not None:
        password = read_secret_file(file).strip()
    if parts.scheme not in _SMTP or not parts.hostname or parts.path.strip("/") or parts.fragment or options:
        raise ValueError
    if bool(user) != bool(password):
        raise ValueError("a user goes with a password, and a password with a user")
    port, ssl, tls = _SMTP[parts.scheme]
    return {
        "EMAIL_HOST": parts.hostname, "EMAIL_PORT": named_port or port, "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": password, "EMAIL_USE_SSL": ssl, "EMAIL_USE_TLS": tls, "EMAIL_TIMEOUT": timeout}


def _sender(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", parseaddr(text)[1]):
        raise ValueError
    return text


class Environment(Schema):
    """The environment variables of an instance and how they are read; the rest is in variables.csv."""

    OPENBEIAN_INSTANCE = String(validate=OneOf(INSTANCES))
    OPENBEIAN_VAR = Parsed(_directory)
    DATABASE_URL = Parsed(settings_from_url)
    OPENBEIAN_SECRET_KEY = Parsed(_secret_key)
    OPENBEIAN_KEYS_FILE = Parsed(_keys)
    OPENBEIAN_HOSTS = Parsed(_hosts)
    OPENBEIAN_BASE_URL = Parsed(_origin)
    OPENBEIAN_AUTHORITY_FILE = Parsed(_authority)
    OPENBEIAN_SIMULATOR_URL = Parsed(_origin)
    OPENBEIAN_POLL_SECONDS = Parsed(partial(_whole_number, least=1, most=3540))
    OPENBEIAN_FACE_CHECK = String(validate=OneOf(("page", "automatic")))
    OPENBEIAN_AUDIT_AUTOMATIC = Parsed(_seconds_or_never)
    OPENBEIAN_CERTIFICATION_AUTOMATIC = Parsed(_seconds_or_never)
    OPENBEIAN_CERTIFICATION_REQUIRED = Switch()
    OPENBEIAN_FILINGS_PER_SUBJECT = Parsed(_quotas)
    OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES = Switch()
    OPENBEIAN_PUSH_RETRY_SECONDS = Parsed(_pauses)
    OPENBEIAN_TRUSTED_PROXIES = Parsed(_networks)
    OPENBEIAN_CALLS_PER_MINUTE = Parsed(_whole_number)
    OPENBEIAN_DAILY_LIMITS = Parsed(_daily_limits)
    OPENBEIAN_SMTP_URL = Parsed(_smtp)
    OPENBEIAN_MAIL_FROM = Parsed(_sender)
    OPENBEIAN_LOG_LEVEL = String(validate=OneOf(LOG_LEVELS))
    OPENBEIAN_WEB_WORKERS = Parsed(partial(_whole_number, least=1, most=64))
    OPENBEIAN_WORKER_HEARTBEAT = Parsed(partial(_seconds, least=0.1, most=3600))


#: Variables that may be set to nothing; any other that is empty counts as not set.
MAY_BE_EMPTY = ("OPENBEIAN_AUDIT_AUTOMATIC", "OPENBEIAN_CERTIFICATION_AUTOMATIC", "OPENBEIAN_PUSH_RETRY_SECONDS")
#: Other instances do not read the first three.
ONLY_IN_PRODUCTION = ("OPENBEIAN_SECRET_KEY", "OPENBEIAN_KEYS_FILE", "OPENBEIAN_AUTHORITY_FILE")
#: What they hold is not repeated.
SECRET = ("OPENBEIAN_SECRET_KEY", "DATABASE_URL", "OPENBEIAN_SMTP_URL")


def read_environment() -> dict[str, Any]:
    """The variables by name, None for what is not set and has no default.

    Raises SystemExit with one line for each variable that is missing or wrong.
    """
    texts = {name: text for name in VARIABLES if (text := variable(name)) or (name in MAY_BE_EMPTY and name in os.environ)}
    instance = texts.get("OPENBEIAN_INSTANCE", "production")
    production = instance == "production"
    for name, about in VARIABLES.items():
        if name in ONLY_IN_PRODUCTION and not production:
            texts.pop(name, None)
        elif about.get(instance):
            texts.setdefault(name, about[instance])
    needed = dict.fromkeys(
        ONLY_IN_PRODUCTION[:2], "a production instance needs it (docs/how-to/production.md). To try OpenBeian out, set "
        "OPENBEIAN_INSTANCE=demo") if production else {}
    if "OPENBEIAN_SMTP_URL" in texts:
        needed["OPENBEIAN_MAIL_FROM"] = "OPENBEIAN_SMTP_URL needs it"
    refused = {name: f"{name} is missing: {why}" for name, why in needed.items() if name not in texts}
    try:
        values = Environment().load(texts)
    except ValidationError as error:
        for name, problems in error.normalized_messages().items():
            refused[name] = _refusal(name, texts[name], problems[0])
    if refused:
        raise SystemExit("\n".join(refused[name] for name in VARIABLES if name in refused))
    return dict.fromkeys(VARIABLES) | values


def _refusal(name: str, text: str, problem: str) -> str:
    """What a variable is, what it was, unless it is secret, and where a function of ours read it, why not."""
    shown = "" if name in SECRET else f", not {text[:100]!r}"
    why = f": {problem}" if problem and isinstance(Environment().fields[name], Parsed) else ""
    return f"{name} is {VARIABLES[name]['allowed']}{shown}{why}"


def reference_page() -> str:
    """docs/reference/settings.md."""
    rows = []
    for name, about in VARIABLES.items():
        instances: dict[str, list[str]] = {}
        for instance in INSTANCES:
            instances.setdefault(f"`{about[instance]}`" if about[instance] else "none", []).append(instance)
        if len(instances) == 1:
            default = next(iter(instances))
        else:
            default = "; ".join(f"{', '.join(those)}: {default}" for default, those in instances.items())
        rows.append(f"| `{name}` | {default} | {about['meaning']} |")
    return PAGE.format(rows="\n".join(rows))


PAGE = """# Settings

Made by `python -m openbeian.config.environment > docs/reference/settings.md`; a test compares the two.

Everything an operator may set is an environment variable. A switch is `yes` or `no`; `true`, `on` and `1`, `false`,
`off` and `0` mean the same. A value that cannot be meant stops the start; the message names every such variable and what
it allows.

| variable | default | meaning |
|---|---|---|
{rows}

`./run` also reads `OPENBEIAN_PYTHON`, the Python to make `.venv` with.
"""


if __name__ == "__main__":
    print(reference_page(), end="")
