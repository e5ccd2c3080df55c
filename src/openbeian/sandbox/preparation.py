"""Making a sandbox ready: its mini programs, its client, and all that the client is told.

Everything may be done again at every start and leaves what has happened since as it is.
"""

import json
import string
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from openbeian import vault
from openbeian.accounts.clients import Keys, configure, create_client, find_client
from openbeian.accounts.models import ApiClient, User, UserRole
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.demo.belongings import empty
from openbeian.demo.sample_data import picture
from openbeian.demo.sample_rows import import_characters
from openbeian.filings import blacklist, evidence, submission
from openbeian.filings.models import Order
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.regime.code_tables import provinces
from openbeian.regime.facts import BlacklistEntry
from openbeian.regime.lifecycle import FINAL_STATES
from openbeian.sandbox.decisions import OPERATOR
from openbeian.sandbox.programs import (
    BLACKLISTED,
    CLOSED,
    FILED,
    OFFLINE,
    PICTURES,
    PROGRAMS,
    Program,
    completed,
    script,
)
from openbeian.shelf import queries as shelf
from openbeian.shelf.verbs import take_offline
from openbeian.simulator import provinces as simulated
from openbeian.simulator import verbs as simulator
from openbeian.wechat import verbs
from openbeian.wechat.dossier import UPLOAD_FIELDS, from_wechat
from openbeian.wechat.models import CredentialKind
from openbeian.wechat.queries import authorization_of

ORGANIZER = Actor(Role.ORGANIZER, "sandbox")
LOGINS = (("administrator", "sandbox-administrator", UserRole.ORGANIZER),
          ("reviewer", "sandbox-reviewer", UserRole.REVIEWER))
FILED_WITHIN_SECONDS = 90
#: Nobody waits in a sandbox, whatever a province's system is like otherwise.
_AT_ONCE: dict[str, Any] = {"hours": "", "processing_seconds": 0.0, "call_seconds": 0.0, "queue_length": None}


class NotReady(Exception):
    """The mini program that is to be filed from the start has got no number."""


def begin(*, fresh: bool = False, event_url: str | None = None) -> None:
    """Put everything but the filing into a migrated database of a sandbox.

    ``fresh`` empties it first. ``event_url`` is where pushes go from now on; None leaves that as it is. Side effects: the
    script of the simulated administration is set. Raises :class:`~openbeian.accounts.clients.ClientRefused` for an address
    that is none.
    """
    if fresh:
        empty()
    _make_client(event_url)
    _set_administration()
    _import_programs()
    _make_logins()


def prepare(*, web_url: str, simulator_url: str, say: Callable[[str], None]) -> dict[str, Any]:
    """File what is to be filed from the start, and tell a client all it needs, with a new ticket and new codes.

    The system runs at these addresses, on a database that :func:`begin` was called for. Side effects: the ticket is
    pushed; files for the how-to's snippets are written below ``var``. Raises :class:`NotReady`.
    """
    keys = _keys()
    client = ApiClient.objects.get(pk=keys.component_appid)
    verbs.push_ticket(client=client)
    _file(FILED, say)
    common = {
        "url": web_url,
        "component_appid": keys.component_appid,
        "component_appsecret": keys.secret,
        "component_verify_ticket": verbs.issue(kind=CredentialKind.TICKET, client=client),
        "token": keys.token,
        "encoding_aes_key": keys.encoding_aes_key,
    }
    programs = [_told(program, client) for program in PROGRAMS]
    _write_files(common, programs)
    logins = [{"username": username, "password": password, "role": str(role)} for username, password, role in LOGINS]
    return {**common, "simulator_url": simulator_url, "event_url": client.event_url, "logins": logins,
            "files": str(_files()), "mini_programs": programs}


def _keys() -> Keys:
    """The client's keys, made from those of the instance: the same after every start, and after a fresh one."""

    def made(name: str, length: int) -> str:
        signs = string.ascii_letters + string.digits
        raw = b"".join(vault.digest(f"{name} {part}", purpose="sandbox.client") for part in (1, 2))
        return "".join(signs[byte % len(signs)] for byte in raw[:length])

    return Keys(
        component_appid=f"wx{vault.digest('component_appid', purpose='sandbox.client').hex()[:16]}",
        secret=made("secret", 32), token=made("token", 32),
        encoding_aes_key=made("encoding_aes_key", 42) + "A")  # the two bits that base64 does not use are zero


def _make_client(event_url: str | None) -> None:
    keys = _keys()
    client = find_client(keys.component_appid)
    if client is None:
        create_client(name="沙箱服务商", actor=OPERATOR, event_url=event_url or "", keys=keys)
    elif event_url is not None and event_url != client.event_url:
        configure(client=client, actor=OPERATOR, event_url=event_url)


def _set_administration() -> None:
    simulator.set_script(script())
    for code in provinces():
        usual = simulated.usual(code)
        if any(getattr(usual, name) != value for name, value in _AT_ONCE.items()):
            simulator.set_province(code, _AT_ONCE)
    entry = BlacklistEntry("subject", "add", "330000", "sandbox", "示例失信有限公司", 1, BLACKLISTED)
    blacklist.update(entries=[entry], actor=OPERATOR, at=clock.now())


def _import_programs() -> None:
    import_characters((program.character for program in PROGRAMS if program != CLOSED), actor=OPERATOR)
    take_offline(appids=[OFFLINE.appid], at=clock.now(), actor=OPERATOR)


def _file(program: Program, say: Callable[[str], None]) -> None:
    """File a mini program as a client would, the first time, and wait for its number."""
    order = Order.objects.filter(appid=program.appid).order_by("pk").first()
    if order is None:
        say("正在备案一个小程序 Filing one mini program…")
        order = submission.file(
            appid=program.appid, account=shelf.account(program.appid), document=from_wechat(_with_pictures(program)),
            actor=ORGANIZER)
    waited = 0.0
    while order.state not in FINAL_STATES:
        if waited >= FILED_WITHIN_SECONDS:
            raise NotReady(f"after {waited:.0f} s the order of {program.appid} is still in state {order.state}; "
                           f"see the logs in {settings.VAR / 'log'}")
        time.sleep(0.1)
        waited += 0.1
        order.refresh_from_db()


def _with_pictures(program: Program) -> dict[str, Any]:
    content = picture(program.key)
    media = {
        place: evidence.upload_material(
            appid=program.appid, content=content, kind="image", field=UPLOAD_FIELDS[place],
            certificate_type=certificate_type, actor=ORGANIZER).media_id
        for place, certificate_type in PICTURES
    }
    task = evidence.create_face_check(appid=program.appid, actor=ORGANIZER)
    evidence.finish_face_check(task_id=task.task_id, passed=True, actor=OPERATOR)
    return completed(program.application(), media=media, task_id=task.task_id)


def _make_logins() -> None:
    for username, password, role in LOGINS:
        user = User.objects.filter(username=username).first() or create_user(
            username=username, password=password, role=role, actor=OPERATOR)
        if role == UserRole.ORGANIZER:
            for program in PROGRAMS:
                appoint_administrator(user=user, appid=program.appid, actor=OPERATOR)


def _told(program: Program, client: ApiClient) -> dict[str, Any]:
    authorization = authorization_of(client, program.appid)
    code = (verbs.authorize(client=client, appid=program.appid, actor=OPERATOR) if authorization is None else
            verbs.issue(kind=CredentialKind.AUTHORIZATION_CODE, client=client, authorization=authorization))
    standing = shelf.standing(program.appid)
    return {
        "key": program.key, "appid": program.appid, "name": program.character.app_name,
        "organizer_name": program.character.organizer_name, "marker": program.marker,
        "outcome_zh": program.zh, "outcome_en": program.en,
        "number": standing.service.number if standing.service else None,
        "authorization_code": code, "expires_in": verbs.lifetime_seconds(CredentialKind.AUTHORIZATION_CODE),
        "application": program.application(),
    }


def _files() -> Path:
    return settings.VAR / "files"


def _write_files(common: Mapping[str, Any], programs: list[dict[str, Any]]) -> None:
    """``settings.json`` and ``application.json`` for each mini program, as the snippets of the how-to take them."""
    _files().mkdir(mode=0o700, exist_ok=True)
    (_files() / "picture.jpg").write_bytes(picture("CERTIFICATE"))
    for program in programs:
        directory = _files() / program["key"]
        directory.mkdir(exist_ok=True)
        own = {name: program[name] for name in ("appid", "authorization_code")}
        (directory / "settings.json").write_text(json.dumps({**common, **own}, indent=2) + "\n")
        (directory / "application.json").write_text(
            json.dumps(program["application"], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def as_text(told: Mapping[str, Any]) -> str:
    """What :func:`prepare` tells, for a person."""
    lines = ["", "OpenBeian 沙箱已就绪 The sandbox is ready.", ""]
    lines += [f"  {name:<25} {told[name]}" for name in (
        "url", "component_appid", "component_appsecret", "token", "encoding_aes_key", "component_verify_ticket")]
    lines += [f"  {'pushes go to':<25} {told['event_url'] or '– (--event-url)'}", ""]
    for program in told["mini_programs"]:
        number = f"  {program['number']}" if program["number"] else ""
        lines += [f"  {program['appid']}  {program['organizer_name']}  {program['key']}{number}",
                  f"      {program['outcome_zh']}。{program['outcome_en']}.", f"      {program['authorization_code']}"]
    lines += [
        "",
        f"  模拟管局 administration    {told['simulator_url']}/   模拟手机 phone  {told['simulator_url']}/phone",
        *(f"  登录 log in at {told['url']}/ as {login['username']} / {login['password']}" for login in told["logins"]),
        f"  示例代码用的文件 files for the how-to's snippets  {told['files']}",
        "  票据 12 小时、授权码 1 小时有效，重启即有新的。The ticket lasts 12 hours, the codes one; a new start brings new ones.",
        "  Ctrl-C 停止，数据保留 stops everything and keeps the data.", "",
    ]
    return "\n".join(lines)
