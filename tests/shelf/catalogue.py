"""A small catalogue and a register beside it, for tests of the shelf."""

import io
from datetime import datetime

from openbeian.regime.actors import Actor, Role
from openbeian.regime.dossier import parse
from openbeian.regime.facts import Approval
from openbeian.register.models import Service
from openbeian.register.verbs import cancel, issue
from openbeian.shelf.imports import Report, import_catalogue
from openbeian.shelf.verbs import put_back, take_offline

OPERATOR = Actor(Role.OPERATOR, "user:1")
AUTHORITY = Actor(Role.AUTHORITY, "authority:330000")
HEADER = "appid,name,organizer_name,province,first_listed_at"


def stock(*rows: tuple[str, str | None], header: str = HEADER) -> Report:
    """Import apps given as (appid, first listing or None)."""
    lines = [header, *(f"{appid},青禾文具,杭州青禾示例科技有限公司,浙江,{listed or ''}" for appid, listed in rows)]
    return load("\n".join(lines))


def load(text: str | bytes, *, dry_run: bool = False, change_filed: bool = True) -> Report:
    """Import a CSV given as text."""
    content = text.encode() if isinstance(text, str) else text
    return import_catalogue(source=io.BytesIO(content), actor=OPERATOR, dry_run=dry_run, change_filed=change_filed)


def filed(appid: str, at: datetime, *, subject: int = 1) -> Service:
    """The administration gives ``appid`` a number at ``at``, and the shelf follows. ``subject`` tells organizers apart."""
    nth = Service.objects.count() + 1
    number = f"浙ICP备{2023000000 + subject}号"
    service = issue(
        order_id=nth, appid=appid,
        certificate_digest=subject.to_bytes(32, "big"),
        dossier=parse({
            "organizer": {"type": 4, "name": "杭州青禾示例科技有限公司", "province": "330000"},
            "service": {"name": "青禾文具"}})[0],
        approval=Approval(number, f"{number}-{nth}X", f"ZJ{subject}", f"ZJ{subject}-{nth}", at), actor=AUTHORITY, at=at,
    )
    put_back(appids=[appid], at=at, actor=AUTHORITY)
    return service


def cancelled(service: Service, at: datetime) -> None:
    """The administration cancels a number at ``at``, and the shelf follows."""
    cancel(appid=service.appid, number=service.number, order_id=10_000 + service.pk, actor=AUTHORITY, at=at)
    take_offline(appids=[service.appid], at=at, actor=AUTHORITY)


