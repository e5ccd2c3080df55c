"""Settings are read from the environment, and what cannot be meant is refused in words."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from openbeian.config.environment import (
    ONLY_IN_PRODUCTION,
    VARIABLES,
    Environment,
    read_environment,
    reference_page,
)
from openbeian.runtime.keys import new_keys

SECRET_KEY = "".join(chr(ord("!") + number) for number in range(50))
#: What no variable but a path or a list of names may be.
NONSENSE = ("-1", "1e9", "NaN", "１２", "99999999999999999999", "a b", "http://", "//", "1\t2", "\udcff")


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBEIAN_INSTANCE", "test")


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    return secret_file(tmp_path / "keys.json", new_keys("a"))


def secret_file(path: Path, content: Any, mode: int = 0o640) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)
    return path


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    return read_environment()


def refusals(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    with pytest.raises(SystemExit) as refused:
        read(monkeypatch, **variables)
    return str(refused.value.code).splitlines()


def in_a_process(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """As a start of the system reads them."""
    return subprocess.run([sys.executable, "-c", code], env={**os.environ, **variables}, capture_output=True, text=True)


@pytest.mark.parametrize(("name", "text", "meaning"), [
    ("OPENBEIAN_PUSH_RETRY_SECONDS", "1,60", (1, 60)),
    ("OPENBEIAN_WEB_WORKERS", "3", 3),
    ("OPENBEIAN_WEB_WORKERS", " ", None),
    ("OPENBEIAN_AUDIT_AUTOMATIC", "", None),
    ("OPENBEIAN_AUDIT_AUTOMATIC", "0\n", 0),
    ("OPENBEIAN_TRUSTED_PROXIES", " 192.0.2.1, 10.0.0.0/8,", ["192.0.2.1", "10.0.0.0/8"]),
    ("OPENBEIAN_HOSTS", "filing.example.cn,.example.cn, [::1]", ["filing.example.cn", ".example.cn", "[::1]"]),
    ("OPENBEIAN_BASE_URL", "https://Filing.Example.cn:8443/", "https://filing.example.cn:8443"),
    ("OPENBEIAN_BASE_URL", "http://[::1]:8000", "http://[::1]:8000"),
    ("OPENBEIAN_WORKER_HEARTBEAT", "0.2", 0.2),
    ("OPENBEIAN_INSTANCE", " demo ", "demo"),
    ("OPENBEIAN_MAIL_FROM", "青禾 <filing@example.cn>", "青禾 <filing@example.cn>"),
    ("OPENBEIAN_DAILY_LIMITS", "submit_audit=1, query_icp_verifytask = 3", {
        "apply_icp_filing": 5000, "upload_icp_media": 20000, "create_icp_verifytask": 2000, "submit_audit": 1,
        "stable_token_force_refresh": 20, "query_icp_verifytask": 3}),
    *(("OPENBEIAN_CERTIFICATION_REQUIRED", text, True) for text in ("yes", "true", "1", "ON", "True ")),
    *(("OPENBEIAN_CERTIFICATION_REQUIRED", text, False) for text in ("no", "false", "0", "Off", "")),
])  # fmt: skip
def test_what_can_be_meant_is_read(monkeypatch: pytest.MonkeyPatch, name: str, text: str, meaning: object) -> None:
    assert read(monkeypatch, **{name: text})[name] == meaning


@pytest.mark.parametrize(("url", "meaning"), [
    ("smtp+starttls://filing:p%40ss%2F@mail.example", ("mail.example", 587, "filing", "p@ss/", False, True, 10)),
    ("smtps://mail.example:4650?timeout=3", ("mail.example", 4650, "", "", True, False, 3)),
    ("smtp://[::1]", ("::1", 25, "", "", False, False, 10)),
])
def test_a_mail_server_is_one_address(monkeypatch: pytest.MonkeyPatch, url: str, meaning: tuple[object, ...]) -> None:
    found = read(monkeypatch, OPENBEIAN_SMTP_URL=url, OPENBEIAN_MAIL_FROM="filing@example.cn")["OPENBEIAN_SMTP_URL"]
    assert tuple(found[f"EMAIL_{name}"] for name in (
        "HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_SSL", "USE_TLS", "TIMEOUT")) == meaning


def test_the_password_for_the_mail_server_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = secret_file(tmp_path / "password", "secret\n")
    url = f"smtps://filing@mail.example?password_file={file}"
    found = read(monkeypatch, OPENBEIAN_SMTP_URL=url, OPENBEIAN_MAIL_FROM="filing@example.cn")
    assert found["OPENBEIAN_SMTP_URL"]["EMAIL_HOST_PASSWORD"] == "secret"


@pytest.mark.parametrize(("name", "text", "why"), [
    ("OPENBEIAN_INSTANCE", "prod", ""),
    ("OPENBEIAN_INSTANCE", "Demo", ""),
    ("OPENBEIAN_VAR", "/proc/x", ": No such file or directory"),
    ("OPENBEIAN_VAR", "/etc/passwd", ": File exists"),
    ("OPENBEIAN_HOSTS", "https://example.cn", ": 'https://example.cn' is no host name"),
    ("OPENBEIAN_HOSTS", "example.cn:8000", ": 'example.cn:8000' is no host name"),
    ("OPENBEIAN_BASE_URL", "example.cn", ""),
    ("OPENBEIAN_BASE_URL", "ftp://example.cn", ""),
    ("OPENBEIAN_BASE_URL", "https://example.cn/filing", ": it goes on after the host"),
    ("OPENBEIAN_BASE_URL", "https://example.cn:0", ""),
    ("OPENBEIAN_BASE_URL", "https://例子.cn", ""),
    ("OPENBEIAN_BASE_URL", "https://example.cn:port", ": Port could not be cast to integer value as 'port'"),
    ("OPENBEIAN_SIMULATOR_URL", "http:///", ""),
    ("OPENBEIAN_POLL_SECONDS", "often", ""),
    ("OPENBEIAN_POLL_SECONDS", "0", ""),
    ("OPENBEIAN_FACE_CHECK", "perhaps", ""),
    ("OPENBEIAN_AUDIT_AUTOMATIC", "soon", ""),
    ("OPENBEIAN_CERTIFICATION_REQUIRED", "perhaps", ""),
    ("OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES", "2", ""),
    ("OPENBEIAN_FILINGS_PER_SUBJECT", "5/0/50", ""),
    ("OPENBEIAN_FILINGS_PER_SUBJECT", "5/50", ""),
    ("OPENBEIAN_PUSH_RETRY_SECONDS", "", ""),
    ("OPENBEIAN_PUSH_RETRY_SECONDS", "5;30", ""),
    ("OPENBEIAN_TRUSTED_PROXIES", "10.0.0.1/8", ": 10.0.0.1/8 has host bits set"),
    ("OPENBEIAN_DAILY_LIMITS", "submit_audit", ""),
    ("OPENBEIAN_DAILY_LIMITS", "submit_audti=3", ": the API has no call 'submit_audti' for a mini program"),
    ("OPENBEIAN_DAILY_LIMITS", "submit_audit=3,submit_audit=4", ": submit_audit is there twice"),
    ("OPENBEIAN_MAIL_FROM", "filing", ""),
    ("OPENBEIAN_LOG_LEVEL", "LOUD", ""),
    ("OPENBEIAN_WEB_WORKERS", "0", ""),
    ("OPENBEIAN_WEB_WORKERS", "65", ""),
    ("OPENBEIAN_WORKER_HEARTBEAT", "0", ""),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, text: str, why: str) -> None:
    assert refusals(monkeypatch, **{name: text}) == [f"{name} is {VARIABLES[name]['allowed']}, not {text!r}{why}"]


@pytest.mark.parametrize("text", NONSENSE)
@pytest.mark.parametrize("name", sorted({*VARIABLES} - {"OPENBEIAN_VAR", "OPENBEIAN_HOSTS", *ONLY_IN_PRODUCTION}))
def test_nonsense_is_refused_with_the_name_of_the_variable(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv("OPENBEIAN_MAIL_FROM", "filing@example.cn")
    assert [line.split(" ")[0] for line in refusals(monkeypatch, **{name: text})] == [name]


@pytest.mark.parametrize(("url", "why"), [
    ("mysql://root:secret@db/x", ""),
    ("postgresql://u:secret@db", ": it names no database"),
    ("postgresql://u:secret@db:port/x", ": its port is no number"),
    ("postgresql://u:secret@db/x?connect_timeout=soon", ": its connect_timeout is no number"),
    ("postgresql://u:secret@db/x?nonsense=1", ": libpq does not understand it"),
])
def test_a_wrong_address_of_a_database_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    assert refusals(monkeypatch, DATABASE_URL=url) == [
        f"DATABASE_URL is an address like postgresql://user:password@host:5432/database{why}"]


@pytest.mark.parametrize(("url", "why"), [
    ("mail.example", ""),
    ("smtp://filing:secret@mail.example/x", ""),
    ("smtp://filing:secret@mail.example?retries=3", ""),
    ("smtp://filing:secret@mail.example?timeout=soon", ""),
    ("smtp://filing:sec/ret@mail.example", ": its port is no number, or a special character is not percent-encoded"),
    ("smtp://filing@mail.example", ": a user goes with a password, and a password with a user"),
    ("smtp://filing@mail.example?password_file=/none", ": No such file or directory"),
])
def test_a_wrong_address_of_a_mail_server_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    assert refusals(monkeypatch, OPENBEIAN_SMTP_URL=url, OPENBEIAN_MAIL_FROM="filing@example.cn") == [
        f"OPENBEIAN_SMTP_URL is an address like smtp+starttls://user:password@mail.example:587{why}"]


def test_a_mail_server_needs_a_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusals(monkeypatch, OPENBEIAN_SMTP_URL="smtps://mail.example") == [
        "OPENBEIAN_MAIL_FROM is missing: OPENBEIAN_SMTP_URL needs it"]


def test_all_wrong_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = refusals(
        monkeypatch, OPENBEIAN_FILINGS_PER_SUBJECT="5/0/50", OPENBEIAN_FACE_CHECK="perhaps", OPENBEIAN_LOG_LEVEL="LOUD",
        OPENBEIAN_POLL_SECONDS="often", DATABASE_URL="mysql://root:secret@db/x", OPENBEIAN_VAR="/proc/x")
    assert [line.split()[0] for line in refused] == [
        "OPENBEIAN_VAR", "DATABASE_URL", "OPENBEIAN_POLL_SECONDS", "OPENBEIAN_FACE_CHECK", "OPENBEIAN_FILINGS_PER_SUBJECT",
        "OPENBEIAN_LOG_LEVEL"]


def test_a_production_instance_needs_its_keys(monkeypatch: pytest.MonkeyPatch, keys_file: Path) -> None:
    refused = refusals(monkeypatch, OPENBEIAN_INSTANCE="production")
    assert refused == [
        f"{name} is missing: a production instance needs it (docs/how-to/production.md). To try OpenBeian out, "
        "set OPENBEIAN_INSTANCE=demo" for name in ("OPENBEIAN_SECRET_KEY", "OPENBEIAN_KEYS_FILE")]
    found = read(monkeypatch, OPENBEIAN_SECRET_KEY=SECRET_KEY, OPENBEIAN_KEYS_FILE=str(keys_file))
    assert found["OPENBEIAN_KEYS_FILE"] == json.loads(keys_file.read_text())


@pytest.mark.parametrize("text", ["abc", "a" * 60, SECRET_KEY[:49]])
def test_a_weak_secret_key_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, keys_file: Path, text: str) -> None:
    assert refusals(
        monkeypatch, OPENBEIAN_INSTANCE="production", OPENBEIAN_SECRET_KEY=text, OPENBEIAN_KEYS_FILE=str(keys_file)) == [
        "OPENBEIAN_SECRET_KEY is 50 or more random characters"]


GOOD = new_keys("a")


@pytest.mark.parametrize(("content", "why"), [
    ("", "Expecting value: line 1 column 1 (char 0)"),
    ([], "it holds no JSON object"),
    ({"current": "a"}, 'it needs "keys", an object, and "current", the name of one of them'),
    ({**GOOD, "current": "b"}, 'it needs "keys", an object, and "current", the name of one of them'),
    ({**GOOD, "keys": {"a": "AAAA"}}, "the key a is not 32 bytes in base64"),
    ({**GOOD, "keys": {"a": None}}, "the key a is not 32 bytes in base64"),
    ({**GOOD, "keys": {**GOOD["keys"], "钥": GOOD["digest"]}}, "the name '钥' is not of up to 255 ASCII characters"),
    ({**GOOD, "digest": ""}, 'the key "digest" is not 32 bytes in base64'),
    ({**GOOD, "digest": "~" * 44}, 'the key "digest" is not 32 bytes in base64'),
])
def test_a_wrong_key_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: Any, why: str) -> None:
    file = secret_file(tmp_path / "k", content)
    assert refusals(
        monkeypatch, OPENBEIAN_INSTANCE="production", OPENBEIAN_SECRET_KEY=SECRET_KEY, OPENBEIAN_KEYS_FILE=str(file)) == [
        "OPENBEIAN_KEYS_FILE is the path of a JSON file with keys that only its owner and group may read, "
        f"not {str(file)!r}: {why}"]


@pytest.mark.parametrize(("content", "why"), [
    ({"999999": {}}, "'999999' is no code of a province"),
    ({"330000": "https://isp.example.cn"}, "330000 has no object with its address and credentials"),
])
def test_a_wrong_file_of_accounts_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys_file: Path, content: Any, why: str
) -> None:
    file = secret_file(tmp_path / "accounts.json", content)
    assert refusals(
        monkeypatch, OPENBEIAN_INSTANCE="production", OPENBEIAN_SECRET_KEY=SECRET_KEY, OPENBEIAN_KEYS_FILE=str(keys_file),
        OPENBEIAN_AUTHORITY_FILE=str(file)) == [
        "OPENBEIAN_AUTHORITY_FILE is the path of a JSON file with provinces' accounts that only its owner and group may read, "
        f"not {str(file)!r}: {why}"]


def test_a_file_of_secrets_that_is_not_there_or_open_to_everybody_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    none, directory = tmp_path / "none", tmp_path / "directory"
    directory.mkdir(mode=0o750)
    everybodys = secret_file(tmp_path / "everybodys", GOOD, mode=0o644)
    why = {none: "No such file or directory", directory: "Is a directory",
           everybodys: f"everybody may open {everybodys}: chmod o= {everybodys}"}
    for file, reason in why.items():
        refused = refusals(
            monkeypatch, OPENBEIAN_INSTANCE="production", OPENBEIAN_SECRET_KEY=SECRET_KEY, OPENBEIAN_KEYS_FILE=str(file))
        assert [line.rpartition(f"not {str(file)!r}: ")[2] for line in refused] == [reason]


def test_a_process_ends_with_the_refusal_and_has_started_nothing(tmp_path: Path) -> None:
    refused = in_a_process(
        "from openbeian.runtime.setup import set_up_django; set_up_django()", DATABASE_URL="", OPENBEIAN_VAR=str(tmp_path),
        OPENBEIAN_LOG_LEVEL="loud", DJANGO_SETTINGS_MODULE="openbeian.config.settings")
    assert (refused.returncode, refused.stderr) == (
        1, "OPENBEIAN_LOG_LEVEL is one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'loud'\n")
    assert list(tmp_path.iterdir()) == []


def test_importing_settings_starts_no_database(tmp_path: Path) -> None:
    found = in_a_process("from openbeian.config import settings; print(settings.DATABASES['default']['HOST'])",
                         DATABASE_URL=" ", OPENBEIAN_VAR=f"{tmp_path} ", OPENBEIAN_INSTANCE="demo ")
    assert found.stdout == f"{tmp_path}/postgres/data\n"
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_damaged_secrets_of_a_demonstration_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"secret_key": "a"')
    refused = in_a_process("from openbeian.config import settings", OPENBEIAN_VAR=str(tmp_path), OPENBEIAN_INSTANCE="demo")
    assert (refused.returncode, refused.stderr) == (
        1, f"{tmp_path}/secrets.json is damaged: put it back from a copy, or move {tmp_path} away to begin anew\n")


def test_every_variable_has_a_type_and_a_row() -> None:
    assert list(VARIABLES) == list(Environment().fields)


def test_the_reference_page_is_the_one_made_from_the_settings() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md"
    assert page.read_text(encoding="utf-8") == reference_page(), (
        "write it anew: python -m openbeian.config.environment > docs/reference/settings.md")
