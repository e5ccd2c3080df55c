"""What the commands of a page presuppose: the mini programs, orders and people that the page speaks of.

A scene may give back what a person does after each block with what it printed.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.models import Model
from django.utils.module_loading import import_string
from stdnum.cn import uscc

from openbeian.accounts.clients import Keys, create_client, new_encoding_aes_key
from openbeian.accounts.verbs import appoint_administrator
from openbeian.filings.evidence import finish_face_check
from openbeian.filings.models import Order
from openbeian.filings.submission import file
from openbeian.regime import paths
from openbeian.regime.dossier import parse
from openbeian.register.models import Claim
from openbeian.runtime.embedded import EmbeddedServer
from openbeian.shelf.versions.models import Version
from openbeian.shelf.versions.verbs import commit_version, pass_audit, submit_audit
from openbeian.simulator.models import Access, Subject
from openbeian.simulator.verbs.seeding import seed_record
from openbeian.web.server import command_line
from tests import samples
from tests.accounts.people import make
from tests.certification.provider import Provider, review_begins
from tests.conformance.documents import PROJECT, Block
from tests.conformance.terminal import Answer, Call, Terminal, openbeian
from tests.orders import ORGANIZER, account, with_uploads
from tests.register import test_claims as register
from tests.shelf.catalogue import HEADER, stock
from tests.wechat.platform import OPERATOR, Platform, catalogue, reviewer_returns

After = Callable[[Block, str], None]
Scene = Callable[[Terminal], After | None]
SCENES: dict[str, Scene] = {}
SETTINGS: dict[str, dict[str, str]] = {}
COMPONENT, APPID = "wx0123456789abcdef", "wx1111111111111111"


def scene(page: str, **settings: str) -> Callable[[Scene], Scene]:
    """This function prepares that page, whose commands run with these settings."""
    def note(prepare: Scene) -> Scene:
        SCENES[page], SETTINGS[page] = prepare, settings
        return prepare

    return note


def next_is(model: type[Model], number: int) -> None:
    """The next row of this table gets this number, which the page names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [model._meta.db_table, number])


def platform_known() -> None:
    """The third-party platform and the mini program that most pages name."""
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    create_client(name="示例服务商", actor=OPERATOR, keys=Keys(COMPONENT, "0" * 32, "t" * 32, new_encoding_aes_key()))


def _credit_code(number: int) -> str:
    front = f"91330106MA00000{number}"
    return front + uscc.calc_check_digit(front)


def submit(appid: str) -> None:
    """A filing under the platform's review, each of another organizer."""
    dossier = with_uploads(samples.enterprise_dossier(), appid)
    dossier["organizer"]["certificate"]["number"] = _credit_code(int(appid[2:]))
    file(appid=appid, document=dossier, account=account(appid, dossier), actor=ORGANIZER)


@scene("docs/how-to/production.md")
def production(terminal: Terminal) -> None:
    def python(call: Call) -> Answer:
        assert call.words[:2] == ["-m", "openbeian.web.server"]
        chosen = command_line().parse_args(call.words[2:])
        assert callable(import_string(chosen.application.replace(":", ".")))
        return Answer()

    terminal.add("python", python)
    terminal.typed = "a-long-password\n"
    (terminal.directory / "catalogue.csv").write_text(f"{HEADER}\nwx01,青禾文具,杭州青禾示例科技有限公司,浙江,2022-05-01\n")
    (terminal.directory / "password.txt").write_text("another-password\n")
    days = ("01-01", "05-01", "10-01", "10-02", "10-03")
    (terminal.directory / "holidays-2027.csv").write_text(
        "date,kind\n" + "".join(f"2027-{day},holiday\n" for day in days) + "2027-02-20,working\n")
    create_client(name="示例服务商", actor=OPERATOR, keys=Keys(COMPONENT, "0" * 32, "t" * 32, new_encoding_aes_key()))
    next_is(Order, 12)
    for number in range(12, 16):
        submit(f"wx{number:016}")
    reviewer_returns(f"wx{15:016}")


@scene("docs/how-to/access.md")
def access(terminal: Terminal) -> None:
    platform_known()


@scene("docs/how-to/file-through-the-api.md")
def file_through_the_api(terminal: Terminal) -> None:
    platform_known()


@scene("docs/how-to/sandbox.md")
def sandbox(terminal: Terminal) -> None:
    platform_known()
    terminal.environment.update(COMPONENT_APPID=COMPONENT, APPID="wx01")
    (terminal.directory / "own.csv").write_text(f"{HEADER}\nwx01,青禾文具,杭州青禾示例科技有限公司,浙江,2022-05-01\n")


@scene("docs/how-to/gate.md")
def gate(terminal: Terminal) -> None:
    stock(("wxd0000000000000d4", "2022-05-01"))


@scene("docs/how-to/claim-and-transfer.md")
def claim_and_transfer(terminal: Terminal) -> None:
    qinghe, chuanyou, lin, chen = map(make, ("qinghe", "chuanyou", "lin", "chen"))
    appoint_administrator(user=qinghe, appid=COMPONENT, actor=OPERATOR)
    register.file("wx01", register.CERTIFICATE_NUMBER)
    next_is(Claim, 3)
    for user in (lin, chen):
        register.ask(user)


@scene("docs/how-to/database.md")
def database(terminal: Terminal) -> After:
    """The embedded server of a demonstration, up until its block was run, and the environment of ``./run``."""
    server = EmbeddedServer(terminal.directory / "var/demo/postgres", options={"fsync": "off"})
    server.acquire()
    server.ensure_database()
    (terminal.directory / ".venv/lib").mkdir(parents=True)
    (terminal.directory / ".venv/lib/python3.11").symlink_to(Path(psycopg.__file__).parents[2])

    def stop(block: Block, printed: str) -> None:
        server.release(wait=True)

    return stop


@scene("docs/how-to/file-from-the-command-line.md")
def file_from_the_command_line(terminal: Terminal) -> After:
    appid = "wx0000000000000001"
    catalogue((appid, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    saved = terminal.directory / "mine.json"
    dossier = json.loads(saved.read_text())
    for _, name in parse(dossier)[0].media:
        (terminal.directory / name.removeprefix("file:")).write_bytes(samples.png())
    next_is(Order, 12)

    def pass_the_face_check(block: Block, printed: str) -> None:
        if "face-check" in block.text:
            finish_face_check(task_id=printed.strip(), passed=True, actor=ORGANIZER)
            paths.put(dossier, "service.principal.face_check", printed.strip())
            saved.write_text(json.dumps(dossier))

    return pass_the_face_check


@scene("docs/reference/open-api.md")
def open_api(terminal: Terminal) -> None:
    terminal.environment["URL"] = terminal.url


@scene("docs/reference/simulator.md", ROOT_URLCONF="openbeian.config.simulator_urls")
def simulator(terminal: Terminal) -> None:
    """One record of the platform's is on file."""
    terminal.environment["SIMULATOR"] = terminal.url
    seed_record({"province": "330000", "organizer": "杭州青禾示例科技有限公司", "certificate_number": _credit_code(12),
                 "services": [{"name": "青禾文具", "appid": "wx0000000000000001"}]})
    Subject.objects.update(provider="")
    Access.objects.update(provider="")


@scene("docs/how-to/shelving-calls.md")
def shelving_calls(terminal: Terminal) -> None:
    catalogue(*((appid, "青禾文具", "杭州青禾示例科技有限公司", "330000") for appid in (APPID, "wx02", "wx03")))
    platform = Platform.create()
    terminal.environment.update(BASE=terminal.url, TOKEN=platform.token)
    next_is(Version, 40)
    for appid in (APPID, "wx02", "wx03"):
        commit_version(appid=appid, template_id=7, ext_json="{}", user_version="1.0.0", user_desc="首版", actor=ORGANIZER)
        submit_audit(appid=appid, request={}, actor=ORGANIZER)
    pass_audit(audit_id=40, actor=OPERATOR)


@scene("docs/how-to/certify-and-file.md", OPENBEIAN_FACE_CHECK="page")
def certify_and_file(terminal: Terminal) -> After:
    """The provider's body begins as the page has it; the operator does one after the other what excludes each other."""
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    provider = Provider.create()
    terminal.environment.update(BASE=terminal.url, TOKEN=provider.token)
    saved = terminal.directory / "body.json"
    whole: dict[str, Any] = {"auth_data": json.loads(saved.read_text())["auth_data"], **provider.complete_body()}
    saved.write_text(json.dumps(whole))

    def undone(call: Call) -> Answer:
        with transaction.atomic():
            answer = openbeian(call)
            transaction.set_rollback(call.words[1] in ("pass", "refill"))
        if call.words[1] == "paid":
            review_begins(call.words[2])
        return answer

    terminal.add("openbeian", undone)

    def note(block: Block, printed: str) -> None:
        if "submit_auth_and_icp" in block.text:
            terminal.environment["PROCEDURE"] = json.loads(printed)["procedure_id"]

    return note


@scene("CONTRIBUTING.md")
def contributing(terminal: Terminal) -> None:
    """No registry is asked: only the files that the commands name have to be there."""
    (terminal.directory / "requirements").mkdir()
    (terminal.directory / "pyproject.toml").symlink_to(PROJECT / "pyproject.toml")
    for name in ("run.txt", "test.txt"):
        (terminal.directory / "requirements" / name).symlink_to(PROJECT / "requirements" / name)

    def uv(call: Call) -> Answer:
        files = [word for word in call.words if word.endswith((".toml", ".txt"))]
        assert [file for file in files if not Path(call.directory, file).exists()] == []
        return Answer()

    terminal.add("uv", uv)
    terminal.add("pip", lambda call: Answer())
    (terminal.directory / ".venv").mkdir()
    (terminal.directory / ".venv/bin").symlink_to(terminal.directory / ".bin")
