"""What the screens' templates need beside Django's own tags. Loaded by the desk's templates too."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from openbeian.accounts.models import UserRole
from openbeian.ledger import clock
from openbeian.notices.queries import unread_count
from openbeian.portal import journey
from openbeian.portal.form import key_of, place_of
from openbeian.portal.sheet import sheet
from openbeian.regime.code_tables import provinces
from openbeian.regime.fields import label
from openbeian.regime.lifecycle import (
    ACTION_LABELS,
    CANCELLATIONS,
    KIND_LABELS,
    STATE_LABELS,
    Action,
    OrderKind,
    State,
)
from openbeian.register.claims import waiting_claims
from openbeian.register.models import ClaimState
from openbeian.web.pages import in_english

register = template.Library()
register.filter("role_label", journey.role_label)
register.filter("verification_words", journey.verification_words)
register.filter("stations", journey.stations)
register.filter("happenings", journey.happenings)
register.filter("key", key_of)


@register.filter
def local(pair: Any) -> Any:
    """The part of a (zh, en) pair in the page's language; anything else as it is."""
    return pair[1 if in_english() else 0] if isinstance(pair, tuple) else pair


@register.simple_tag
def said(obj: Any, name: str = "") -> str:
    """``obj.<name>_zh`` or ``obj.<name>_en``, the other where one is empty; without a name, ``obj.zh`` or ``obj.en``."""
    zh, en = (getattr(obj, f"{name}_{ending}" if name else ending) for ending in ("zh", "en"))
    return (en or zh) if in_english() else (zh or en)


@register.filter
def named(row: Any) -> str:
    """The name of a code table's row."""
    return getattr(row, "name_en", row.name) if in_english() else row.name


_ENGLISH_PART = re.compile(r" ?\(([^()（）]*)\)")


@register.filter
def cited(clause: str) -> str:
    """A clause in the page's language. Clauses are kept as ``中文 (English)``, several joined by ``；``."""
    if in_english():
        return "; ".join(_ENGLISH_PART.findall(clause)) or clause
    return _ENGLISH_PART.sub("", clause)


@register.filter
def field_label(path: str) -> str:
    """What a dossier's field is called."""
    return local(label(path))


@register.filter
def state_label(state: str) -> str:
    """What a state is called."""
    return said(STATE_LABELS[State(state)])


@register.filter
def to_do(state: str) -> str:
    """What the organizer has to do in a state."""
    return said(STATE_LABELS[State(state)], "to_do")


@register.filter
def tone(state: str) -> str:
    """How a state is coloured."""
    return journey.TONES[State(state)]


@register.filter
def claim_label(state: str) -> str | Promise:
    """What the state of a claim is called."""
    return journey.CLAIM_STATES[ClaimState(state)][0]


@register.filter
def claim_tone(state: str) -> str:
    """How the state of a claim is coloured."""
    return journey.CLAIM_STATES[ClaimState(state)][1]


@register.filter
def kind_label(kind: str) -> str:
    """What a kind of order is called."""
    return local(KIND_LABELS[OrderKind(kind)])


@register.filter
def offer(kind: str) -> journey.Offer:
    """What opening an order of this kind offers."""
    return journey.OFFERS[OrderKind(kind)]


@register.filter
def action_label(action: str) -> str:
    """What an action's button says."""
    return local(ACTION_LABELS[Action(action)])


@register.filter
def province_name(code: str) -> str:
    """A province by its code; empty for none."""
    row = provinces().get(code)
    return named(row) if row else ""


@register.filter
def is_past(instant: datetime | None) -> bool:
    """Whether an instant has passed on the instance's clock."""
    return instant is not None and instant < clock.now()


@register.filter
def days_since(instant: datetime) -> int:
    """Whole days from an instant until now."""
    return max((clock.now() - instant).days, 0)


@register.simple_tag
def anchor(finding: Any, kind: str) -> str:
    """The HTML id of the input a finding is about."""
    return key_of(place_of(finding.field, kind))


@register.simple_tag
def sheet_of(order: Any, dossier: dict[str, Any], findings: Any, in_clear: bool) -> Any:
    """The sections of an order's dossier to read."""
    return sheet(order=order, dossier=dossier, findings=list(findings), in_clear=in_clear)


@register.filter
def is_cancellation(kind: str) -> bool:
    """Whether a kind of order cancels something."""
    return kind in CANCELLATIONS


@register.filter
def classed(field: Any, name: str) -> str:
    """A Django form field rendered with a CSS class and without the placeholder that repeats its label."""
    attrs = {"class": name}
    if "placeholder" in field.field.widget.attrs:
        attrs["placeholder"] = ""
    return field.as_widget(attrs=attrs)


@dataclass(frozen=True)
class Entry:
    """An entry of the main menu."""

    label: str | Promise
    url: str
    current: bool
    count: int = 0


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> list[Entry]:
    """The main menu of whoever is logged in."""
    request, user = context.get("request"), context.get("user")
    if request is None or user is None or not user.is_authenticated:
        return []
    organizer = [(_("我的小程序"), "portal:home", (
                     "home", "mini_program", "order", "form", "act", "transfer", "claims")),
                 (_("消息"), "portal:messages", ("messages",))]
    staff = [(_("审核队列"), "desk:queue", ("queue", "order")), (_("认领审核"), "desk:claims", ("claims", "claim_page")),
             (_("上架管理"), "desk:shelf", ("shelf",)),
             (_("管局链路"), "desk:link", (
                 "link", "inbox", "inbox_file", "assignments", "assignment", "reconciliations", "codes", "overdue"))]
    match = request.resolver_match
    here = match.view_name if match else ""
    counts = {"portal:messages": lambda: unread_count(user), "desk:claims": lambda: waiting_claims().count()}
    return [
        Entry(words, reverse(view), here in {f"{view.split(':')[0]}:{name}" for name in names},
              counts.get(view, int)())
        for words, view, names in (organizer if user.role == UserRole.ORGANIZER else staff)
    ]
