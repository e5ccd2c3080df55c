"""The mail with the link that sets a new password goes to its reader, or to a file that others may not read."""

import re
from pathlib import Path

import pytest
import requests

from openbeian.accounts.verbs import create_user
from openbeian.ledger.command_line import COMMAND_LINE
from openbeian.runtime.database import var_directory
from openbeian.runtime.processes import serve
from tests.portal.mail_server import mail_server

pytestmark = pytest.mark.django_db(transaction=True)
READER = "reader@example.com"


def ask_for_a_new_password(**environment: str) -> int:
    create_user(username="reader", password="a long password", role="reviewer", email=READER, actor=COMMAND_LINE)
    with serve(worker=False, simulator=False, environment=environment) as running:
        page = requests.Session()
        address = f"{running.web_url}/accounts/password/reset/"
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page.get(address, timeout=30).text)
        assert token
        return page.post(address, {"csrfmiddlewaretoken": token[1], "email": READER}, timeout=30).status_code


def log() -> str:
    return (var_directory() / "log" / "web.log").read_text()


def test_a_mail_goes_out_over_tls_with_user_and_sender(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server:
        assert ask_for_a_new_password(
            OPENBEIAN_SMTP_URL=f"smtp+starttls://filing:p%40ss@localhost:{server.port}", SSL_CERT_FILE=str(server.certificate),
            OPENBEIAN_MAIL_FROM="OpenBeian <filing@example.cn>") == 200
    (user, tls, lines), = server.mails
    assert (user, tls) == ("filing p@ss", True)
    assert {"From: OpenBeian <filing@example.cn>", f"To: {READER}"} <= set(lines)
    assert "/accounts/password/reset/key/" in "".join(lines)


def test_a_mail_server_that_is_away_is_said_and_the_log_names_nobody(tmp_path: Path) -> None:
    assert ask_for_a_new_password(
        OPENBEIAN_SMTP_URL="smtp://localhost:9?timeout=2", OPENBEIAN_MAIL_FROM="filing@example.cn") == 500
    assert "Internal Server Error: /accounts/password/reset/: ConnectionRefusedError" in log()
    assert READER not in log()


def test_without_a_mail_server_a_mail_is_a_file_and_in_no_log() -> None:
    mails = var_directory() / "mail"
    before = set(mails.glob("*"))
    assert ask_for_a_new_password() == 200
    mail, = set(mails.glob("*")) - before
    assert f"To: {READER}" in mail.read_text()
    assert (mails.stat().st_mode & 0o777, mail.stat().st_mode & 0o777) == (0o750, 0o640)
    assert READER not in log() and "password/reset/key" not in log()
