"""What an operator may set: one field for each environment variable, under the variable's name.

Their defaults and meanings are in variables.csv, of which `reference_page` makes docs/reference/settings.md.
"""

import ipaddress
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow.fields import Boolean, Field, Float, Integer, String
from marshmallow.validate import OneOf, Range

from openbeian.regime.csv_files import csv_rows
from openbeian.regime.numbers import is_digits
from openbeian.regime.quotas import Quotas
from openbeian.runtime.database import settings_from_url

VARIABLES = {row["name"]: row for row in csv_rows(__file__, "variables.csv")}
"""By name: the default of each kind of instance, what is allowed, what it means."""
INSTANCES = ("production", "demo", "sandbox", "test")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Parsed(Field[Any]):
    """A variable that a function reads; its ValueError or OSError refuses the text."""

    def __init__(self, read: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.read(value)
        except (ValueError, OSError) as error:
            raise ValidationError(str(error)) from error


class Switch(Boolean):
    """``yes`` or ``no`` and their synonyms, in any case."""

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> bool:
        return super()._deserialize(value.lower(), *args, **kwargs)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _networks(text: str) -> list[str]:
    return [name for name in _names(text) if ipaddress.ip_network(name)]


def _whole_number(text: str) -> int:
    if not is_digits(text):
        raise ValueError
    return int(text)


def _whole_numbers(text: str) -> tuple[int, ...]:
    return tuple(_whole_number(number.strip()) for number in text.split(","))


def _seconds_or_never(text: str) -> int | None:
    return _whole_number(text) if text else None


def _quotas(text: str) -> Quotas:
    individual, individual_business, unit = map(_whole_number, text.split("/"))
    if not min(individual, individual_business, unit):
        raise ValueError
    return Quotas(individual, individual_business, unit)


def _daily_limits(text: str) -> dict[str, int]:
    """The pairs, and the default ones that they do not replace."""
    limits = {}
    for pair in _names(f"{VARIABLES['OPENBEIAN_DAILY_LIMITS']['production']},{text}"):
        call, number = pair.split("=")
        limits[call.strip()] = _whole_number(number.strip())
    return limits


def _json_file(path: str) -> dict[str, Any]:
    content = json.loads(Path(path).read_text())
    if not isinstance(content, dict):
        raise ValueError
    return content


class Environment(Schema):
    """The environment variables of an instance and how they are read; the rest is in variables.csv."""

    OPENBEIAN_INSTANCE = String(validate=OneOf(INSTANCES))
    OPENBEIAN_VAR = String()
    DATABASE_URL = Parsed(settings_from_url)
    OPENBEIAN_SECRET_KEY = String()
    OPENBEIAN_KEYS_FILE = Parsed(_json_file)
    OPENBEIAN_HOSTS = Parsed(_names)
    OPENBEIAN_BASE_URL = String()
    OPENBEIAN_AUTHORITY_FILE = Parsed(_json_file)
    OPENBEIAN_SIMULATOR_URL = String()
    OPENBEIAN_POLL_SECONDS = Float(validate=Range(min=0))
    OPENBEIAN_FACE_CHECK = String(validate=OneOf(("page", "automatic")))
    OPENBEIAN_AUDIT_AUTOMATIC = Parsed(_seconds_or_never)
    OPENBEIAN_CERTIFICATION_AUTOMATIC = Parsed(_seconds_or_never)
    OPENBEIAN_CERTIFICATION_REQUIRED = Switch()
    OPENBEIAN_FILINGS_PER_SUBJECT = Parsed(_quotas)
    OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES = Switch()
    OPENBEIAN_PUSH_RETRY_SECONDS = Parsed(_whole_numbers)
    OPENBEIAN_TRUSTED_PROXIES = Parsed(_networks)
    OPENBEIAN_CALLS_PER_MINUTE = Parsed(_whole_number)
    OPENBEIAN_DAILY_LIMITS = Parsed(_daily_limits)
    OPENBEIAN_EMAIL_BACKEND = String()
    OPENBEIAN_LOG_LEVEL = String(validate=OneOf(LOG_LEVELS))
    OPENBEIAN_WEB_WORKERS = Integer(validate=Range(min=1))
    OPENBEIAN_WORKER_HEARTBEAT = Float(validate=Range(min=0, min_inclusive=False))


#: Variables that may be set to nothing; any other that is empty counts as not set.
MAY_BE_EMPTY = ("OPENBEIAN_AUDIT_AUTOMATIC", "OPENBEIAN_CERTIFICATION_AUTOMATIC", "OPENBEIAN_PUSH_RETRY_SECONDS")
REQUIRED_IN_PRODUCTION = ("OPENBEIAN_SECRET_KEY", "OPENBEIAN_KEYS_FILE")
#: Other instances do not read them.
ONLY_IN_PRODUCTION = (*REQUIRED_IN_PRODUCTION, "OPENBEIAN_AUTHORITY_FILE")


def read_environment() -> dict[str, Any]:
    """The variables by name, None for what is not set and has no default.

    Raises SystemExit with one line for each variable that is missing or wrong.
    """
    instance = os.environ.get("OPENBEIAN_INSTANCE") or "production"
    production = instance == "production"
    texts = {}
    for name, about in VARIABLES.items():
        text = os.environ.get(name, "").strip()
        if text or (name in MAY_BE_EMPTY and name in os.environ):
            texts[name] = text
        elif about.get(instance):
            texts[name] = about[instance]
        if name in ONLY_IN_PRODUCTION and not production:
            texts.pop(name, None)
    refused = [
        f"a production instance needs the environment variable {name}; see docs/how-to/production.md. To try OpenBeian out, "
        "set OPENBEIAN_INSTANCE=demo." for name in REQUIRED_IN_PRODUCTION if production and name not in texts]
    try:
        values = Environment().load(texts)
    except ValidationError as error:
        refused += [_refusal(name, texts[name], problems[0]) for name, problems in error.normalized_messages().items()]
    if refused:
        raise SystemExit("\n".join(refused))
    return dict.fromkeys(VARIABLES) | values


def _refusal(name: str, text: str, problem: str) -> str:
    """Why a value is refused. An address of a database is not repeated: it may hold a password."""
    allowed = VARIABLES[name]["allowed"]
    return f"{name} is {allowed}, not {text!r}" if allowed else problem


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
