"""Telling the demonstration's story on a real, running system, and leaving its data behind to try things on."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from openbeian.accounts.clients import configure, create_client
from openbeian.accounts.models import ApiClient, UserRole
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.demo.belongings import begun_by, empty
from openbeian.demo.doors import Administration, Desk, Provider, Receiver
from openbeian.demo.sample_data import CHEN, CHUANYOU, EVERYONE, QINGHE, Character
from openbeian.demo.sample_rows import import_characters
from openbeian.demo.story import OPERATOR, Facts, Story
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.ledger.verbs import record
from openbeian.wechat.verbs import authorize

#: While people look around, the simulated administration decides by itself after a minute.
DECIDES_AFTER_SECONDS = 60


class NotADemonstration(Exception):
    """This instance holds real data, or may."""


@dataclass(frozen=True)
class Login:
    """A log-in of the demonstration."""

    username: str
    password: str
    role: UserRole
    tries_zh: str
    tries_en: str


LOGINS = (
    Login("reviewer", "demo-reviewer", UserRole.REVIEWER, "审核订单", "review orders"),
    Login("operator", "demo-operator", UserRole.OPERATOR, "查看货架与全部订单", "look at the shelf and every order"),
    Login("qinghe", "demo-qinghe", UserRole.ORGANIZER, "查看已备案的青禾文具", "see a filed mini program"),
    Login("chuanyou", "demo-chuanyou", UserRole.ORGANIZER, "为已下架的川游手札补办备案", "file for one that was taken offline"),
)
_ADMINISTERS: dict[str, tuple[Character, ...]] = {"qinghe": (QINGHE, CHEN), "chuanyou": (CHUANYOU,)}


#: The event that completes the demonstration; without it the demonstration was cut short and runs again.
COMPLETED = "demonstration:told"


def reset() -> None:
    """Empty every table of a demonstration instance. Raises :class:`NotADemonstration` on any other.

    An outside database whose ledger was not begun by a demonstration is somebody's real one and stays as it is.
    """
    if settings.OPENBEIAN_INSTANCE not in ("demo", "test"):
        raise NotADemonstration("only a demonstration instance can be emptied; set OPENBEIAN_INSTANCE=demo")
    if settings.OPENBEIAN_INSTANCE == "demo" and "DATABASE_URL" in os.environ and begun_by(OPERATOR) is False:
        raise NotADemonstration(
            "the database that DATABASE_URL names holds events no demonstration wrote; it is left as it is. "
            "Name an empty database, or set OPENBEIAN_INSTANCE=production to work on this one.")
    empty()


def tell(*, web_url: str, simulator_url: str, say: Callable[[str], None]) -> Facts:
    """Reset the instance and tell the story on the system running at these addresses.

    Raises :class:`NotADemonstration`, :class:`~openbeian.demo.story.StoryError`.
    """
    reset()
    receiver = Receiver()
    try:
        story = _stage(web_url, simulator_url, receiver, say)
        facts = story.run()
        _curtain(story)
        return facts
    finally:
        receiver.close()


def _stage(web_url: str, simulator_url: str, receiver: Receiver, say: Callable[[str], None]) -> Story:
    clock.set_instant(datetime.fromisoformat("2023-08-28T09:00:00+08:00"), running=False)
    for login in LOGINS:
        user = create_user(username=login.username, password=login.password, role=login.role, actor=OPERATOR)
        for character in _ADMINISTERS.get(login.username, ()):
            appoint_administrator(user=user, appid=character.appid, actor=OPERATOR)
    import_characters(EVERYONE, actor=OPERATOR)
    made = create_client(name="示例服务商", event_url=receiver.url, actor=OPERATOR)
    receiver.listen_as(component_appid=made.client.pk, encoding_aes_key=made.encoding_aes_key)
    provider = Provider(web_url, component_appid=made.client.pk, secret=made.secret, receiver=receiver)
    for character in EVERYONE:
        provider.accept_authorization(
            character.appid, authorize(client=made.client, appid=character.appid, actor=OPERATOR))
    administration = Administration(simulator_url)
    administration.settings(automatic_decision_after=None)
    return Story(
        web_url=web_url, provider=provider, desk=Desk(web_url, "reviewer", "demo-reviewer"),
        administration=administration, say=say,
    )


def _curtain(story: Story) -> None:
    """The story is over; its clock runs on, and the administration decides by itself from now on."""
    story.administration.settings(automatic_decision_after=DECIDES_AFTER_SECONDS)
    client = ApiClient.objects.get(pk=story.provider.component_appid)
    configure(client=client, actor=OPERATOR, event_url="", message_url="")  # nobody listens there any more
    with transaction.atomic():
        record(tag=COMPLETED, actor=OPERATOR, subject="demonstration", at=clock.now())
        clock.set_instant(clock.now(), running=True)


def ensure(*, web_url: str, simulator_url: str, say: Callable[[str], None]) -> None:
    """Run the demonstration if it was not completed on this instance."""
    if settings.OPENBEIAN_INSTANCE == "demo" and not Event.objects.filter(tag=COMPLETED).exists():
        tell(web_url=web_url, simulator_url=simulator_url, say=say)


def as_json(facts: Facts) -> str:
    """One JSON object: ``orders``, ``gate``, ``sweep``, ``invariants``."""
    return json.dumps(facts.as_json(), ensure_ascii=False, indent=2)
