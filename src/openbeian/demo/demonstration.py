"""Telling the demonstration's story on a real, running system, and leaving its data behind to try things on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from openbeian.accounts.clients import configure, create_client
from openbeian.accounts.models import ApiClient, UserRole
from openbeian.accounts.verbs import appoint_administrator, create_user
from openbeian.demo.belongings import empty, tables_in_use
from openbeian.demo.doors import Administration, Desk, Provider, Receiver
from openbeian.demo.kind import NotADemonstration
from openbeian.demo.sample_data import CHEN, CHUANYOU, EVERYONE, QINGHE, Character
from openbeian.demo.sample_rows import import_characters
from openbeian.demo.story import OPERATOR, Facts, Story
from openbeian.ledger import clock
from openbeian.ledger.models import Event
from openbeian.ledger.verbs import record
from openbeian.regime.errors import BilingualError
from openbeian.wechat.verbs import authorize

#: While people look around, the simulated administration decides by itself after a minute.
DECIDES_AFTER_SECONDS = 60


class HoldsOtherData(BilingualError):
    """The database holds what the demonstration did not write."""

    def __init__(self, tables: Sequence[str]) -> None:
        some = ", ".join(tables[:4]) + (" …" if len(tables) > 4 else "")
        super().__init__(f"数据库中有演示之外的数据（{some}），未作改动；加上 --replace 则清空。",
                         f"The database holds data that the demonstration did not write ({some}). Nothing was changed; "
                         "--replace empties it.")


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


BEGINS = datetime.fromisoformat("2023-08-28T09:00:00+08:00")
#: Settings without which the story stops on its way.
_NEEDS = {"OPENBEIAN_FACE_CHECK": "automatic", "OPENBEIAN_CERTIFICATION_REQUIRED": False,
          "OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES": True}
#: The last event of a demonstration; without it the demonstration was cut short.
COMPLETED = "demonstration:told"


def check_settings() -> None:
    """Raise :class:`~openbeian.demo.kind.NotADemonstration` for settings that stop the story."""
    if wrong := ", ".join(name for name, needed in _NEEDS.items() if getattr(settings, name) != needed):
        raise NotADemonstration(
            f"演示需要以下设置为默认值，请取消设置：{wrong}。", f"The demonstration needs the default of {wrong}; unset it.")


def refuse_other_data() -> None:
    """Raise :class:`HoldsOtherData` unless the database is empty, or nobody has written to it since the story's end."""
    last = Event.objects.order_by("id").last()
    if tables := tables_in_use(since=last if last and last.tag == COMPLETED else None):
        raise HoldsOtherData(tables)


def begin() -> None:
    """Empty the database, if it holds anything, and set its clock to the story's beginning."""
    if tables_in_use():
        empty()
    clock.set_instant(BEGINS, running=False)


def tell(*, web_url: str, simulator_url: str, say: Callable[[str], None]) -> Facts:
    """Tell the story, which :func:`begin` began, on the system running at these addresses.

    Raises :class:`~openbeian.demo.story.StoryError`.
    """
    receiver = Receiver()
    try:
        story = _stage(web_url, simulator_url, receiver, say)
        facts = story.run()
        _curtain(story)
        return facts
    finally:
        receiver.close()


def _stage(web_url: str, simulator_url: str, receiver: Receiver, say: Callable[[str], None]) -> Story:
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
    clock.set_instant(clock.now(), running=True)


@transaction.atomic
def complete() -> None:
    """Record that the story is over. What is written from now on is not the demonstration's."""
    record(tag=COMPLETED, actor=OPERATOR, subject="demonstration", at=clock.now())


def was_told() -> bool:
    """Whether the whole story has been told on this instance."""
    return Event.objects.filter(tag=COMPLETED).exists()


def as_json(facts: Facts) -> str:
    """One JSON object: ``orders``, ``gate``, ``sweep``, ``invariants``."""
    return json.dumps(facts.as_json(), ensure_ascii=False, indent=2)
