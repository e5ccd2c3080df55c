"""An organizer with an order, ready to be told stories about."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from openbeian.filings import decide, submission
from openbeian.filings.evidence import create_face_check, finish_face_check, upload_material
from openbeian.filings.models import Dossier, Order
from openbeian.filings.transitions import transition_and_announce
from openbeian.regime.actors import Actor, Role
from openbeian.regime.facts import Account
from openbeian.regime.lifecycle import Action
from tests import samples

ORGANIZER = Actor(Role.ORGANIZER, "client:wxtest")
REVIEWER = Actor(Role.REVIEWER, "user:1")
AUTHORITY = Actor(Role.AUTHORITY, "authority:330000")


def with_uploads(dossier: dict[str, Any], appid: str) -> dict[str, Any]:
    """The dossier with every picture really uploaded and a face check really passed, for ``appid``."""
    content = samples.png()

    def upload(value: str, field: str, certificate_type: int | None) -> str:
        return upload_material(appid=appid, content=content, kind="image", field=field,
                               certificate_type=certificate_type, actor=ORGANIZER).media_id

    organizer = dossier["organizer"]
    if "photo" in organizer["certificate"]:
        organizer["certificate"]["photo"] = upload(
            "", "organizer.certificate.photo", organizer["certificate"]["type"])
    if "residence_permit" in organizer:
        organizer["residence_permit"] = upload("", "organizer.residence_permit", None)
    for owner, path in ((organizer, "organizer"), (dossier["service"], "service")):
        principal = owner["principal"]
        for side in ("photo_front", "photo_back"):
            principal["certificate"][side] = upload(
                "", f"{path}.principal.certificate.{side}", principal["certificate"]["type"])
        if "authorization_letter" in principal:
            principal["authorization_letter"] = upload("", f"{path}.principal.authorization_letter", None)
    for name, media in dossier.get("materials", {}).items():
        dossier["materials"][name] = [upload("", f"materials.{name}", None) for _ in media]
    check = create_face_check(appid=appid, actor=ORGANIZER)
    finish_face_check(task_id=check.task_id, passed=True, actor=ORGANIZER)
    dossier["service"]["principal"]["face_check"] = check.task_id
    return dossier


def take_action(
    *, order_id: int, action: Action, actor: Actor, at: datetime, version: int | None = None, outcome: Any = None
) -> Order:
    """Take an action on an order as the room that may take it does; ``outcome`` is an approval, or findings."""
    if action == Action.ACCEPT:
        return decide.accept(order_id, approval=outcome, actor=actor, at=at)
    if action in (Action.RETURN, Action.DATA_ERROR, Action.REFUSE):
        return decide.send_back(
            order_id, action, findings=outcome or (), source="authority", actor=actor, at=at, version=version)
    if action in (Action.APPROVE, Action.RESUBMIT):
        return decide.hand_over(order_id, action, actor=actor, at=at, version=version)
    return transition_and_announce(order_id, action, actor=actor, at=at, version=version)


def account(appid: str, dossier: dict[str, Any]) -> Account:
    return Account(appid=appid, name="青禾文具", organizer_name=dossier["organizer"]["name"])


#: Bytes of a snapshot that can be damaged: the first of its key's id, and the last of what is sealed.
DAMAGES = {"key": 1, "content": -1}


def damage_snapshot(order: Order, number: int = 1, where: str = "content") -> None:
    """Change one bit of what is stored of a submission."""
    row = Dossier.objects.get(order=order, number=number)
    sealed = bytearray(row.sealed)
    sealed[DAMAGES[where]] ^= 1
    Dossier.objects.filter(pk=row.pk).update(sealed=bytes(sealed))


@pytest.fixture
def submitted(at: Callable[[str], Any]) -> Callable[..., Order]:
    """Submit a valid enterprise filing for an appid at an instant."""

    def submit(appid: str = "wx0000000000000001", instant: str = "2023-09-05T10:00:00+08:00",
               dossier: dict[str, Any] | None = None) -> Order:
        at(instant)
        content = with_uploads(dossier or samples.enterprise_dossier(), appid)
        return submission.file(appid=appid, document=content, account=account(appid, content), actor=ORGANIZER)

    return submit
