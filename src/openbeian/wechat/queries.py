"""Finding who calls, and what their mini program's filing looks like from outside."""

import json
import re
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from openbeian import vault
from openbeian.accounts.clients import FILING_PERMISSION_SETS
from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.regime.facts import Account, Standing
from openbeian.shelf.errors import NotFound
from openbeian.shelf.queries import account_of, filing_facts
from openbeian.wechat import codes
from openbeian.wechat.errors import Refused
from openbeian.wechat.models import (
    APP_TOKEN,
    REFRESH_TOKEN,
    AppToken,
    Authorization,
    Credential,
    CredentialKind,
)

# Every call begins with this statement, so it is written by hand, brings the clock along, and names what calls need.
_WHO_CALLS = """
SELECT client.component_appid, granted.appid, client.online_applets_shape, client.comment_length,
       client.allowed_addresses, app.name, app.organizer_name_sealed, granted.permission_sets, granted.revoked_at,
       credential.expires_at, clock.instant, clock.set_at, clock.running
FROM wechat_credential AS credential
JOIN accounts_apiclient AS client ON client.component_appid = credential.client_id
JOIN wechat_authorization AS granted ON granted.id = credential.authorization_id
LEFT JOIN shelf_miniprogram AS app ON app.appid = granted.appid
LEFT JOIN ledger_clocksetting AS clock ON clock.id = 1
WHERE credential.digest = %s AND credential.kind = 'authorizer_token'
"""
#: What a token may look like; anything else was damaged on its way.
_TOKEN = re.compile(r"[A-Za-z0-9_\-@.]+")


class Caller(NamedTuple):
    """A third-party platform acting for one mini program, and what the platform's settings say; ``at`` is when."""

    component_appid: str
    appid: str
    online_applets_shape: str
    comment_length: str
    allowed_addresses: list[str]
    app_name: str | None
    organizer_name_sealed: bytes | None
    at: datetime

    @property
    def actor(self) -> Actor:
        """The platform as the actor of a change: it stands in for the organizer."""
        return Actor(Role.ORGANIZER, f"client:{self.component_appid}")

    @property
    def is_catalogued(self) -> bool:
        """Whether the catalogue knows the mini program."""
        return self.app_name is not None

    @property
    def account(self) -> Account:
        """The mini program's account on the platform. Raises :class:`Refused` if the catalogue does not know it."""
        if self.app_name is None or self.organizer_name_sealed is None:
            raise Refused(codes.UNKNOWN_APP)
        return account_of(self.appid, self.app_name, self.organizer_name_sealed)


def digest_of(kind: CredentialKind, secret: str) -> bytes:
    """The stored form of a secret; the kind is part of it."""
    return vault.digest(secret, purpose=f"wechat.{kind}")


def find_credential(kind: CredentialKind, secret: str) -> Credential | None:
    """The credential with this secret, expired or not."""
    return (Credential.objects.filter(pk=digest_of(kind, secret))
            .select_related("client", "authorization__client").first())


def component_caller(token: str) -> ApiClient:
    """The platform that owns a component_access_token. Raises :class:`Refused`."""
    _check_form(token)
    credential = find_credential(CredentialKind.COMPONENT_TOKEN, token)
    if credential is None:
        foreign = find_credential(CredentialKind.AUTHORIZER_TOKEN, token) or find_app_token(token)
        raise Refused(codes.NEED_COMPONENT_TOKEN if foreign else codes.INVALID_CREDENTIAL)
    if credential.expires_at <= clock.now():
        raise Refused(codes.EXPIRED_TOKEN)
    return credential.client


def authorizer_caller(token: str, permission_sets: Collection[int] = FILING_PERMISSION_SETS) -> Caller:
    """Who acts for which mini program with an authorizer_access_token, one of ``permission_sets`` having been granted.

    One statement. Raises :class:`Refused`.
    """
    _check_form(token)
    with connection.cursor() as cursor:
        cursor.execute(_WHO_CALLS, [digest_of(CredentialKind.AUTHORIZER_TOKEN, token)])
        row = cursor.fetchone()
    if row is None:
        raise Refused(_why_unknown(token))
    (component_appid, appid, online_applets_shape, comment_length, allowed_addresses, app_name, organizer_name_sealed,
     granted, revoked_at, expires_at, *clock_setting) = row
    at = clock.present(*clock_setting)
    if expires_at <= at:
        raise Refused(codes.EXPIRED_TOKEN)
    if revoked_at is not None:
        raise Refused(codes.NOT_AUTHORIZED)
    if set(permission_sets).isdisjoint(json.loads(granted)):
        raise Refused(codes.MISSING_PERMISSION)
    return Caller(
        component_appid, appid, online_applets_shape, comment_length, json.loads(allowed_addresses), app_name,
        organizer_name_sealed, at)


def find_app_token(token: str) -> AppToken | None:
    """A mini program's own token, expired or not."""
    return AppToken.objects.filter(pk=vault.digest(token, purpose=APP_TOKEN)).first()


def _check_form(token: str) -> None:
    if not token:
        raise Refused(codes.MISSING_TOKEN)
    if not _TOKEN.fullmatch(token):
        raise Refused(codes.MALFORMED_TOKEN)


def _why_unknown(token: str) -> int:
    """What to say of a token that is no authorizer_access_token."""
    if find_credential(CredentialKind.COMPONENT_TOKEN, token):
        return codes.NEED_AUTHORIZER_TOKEN
    return codes.API_UNAUTHORIZED if find_app_token(token) else codes.INVALID_CREDENTIAL


def authorization_of(client: ApiClient, appid: str) -> Authorization | None:
    """The authorization of a mini program to a platform, if it stands."""
    return Authorization.objects.filter(client=client, appid=appid, revoked_at=None).first()


def authorizations_of_app(appid: str) -> QuerySet[Authorization]:
    """Every platform that may hear of a mini program, in a fixed order."""
    return Authorization.objects.filter(
        appid=appid, revoked_at=None).select_related("client").order_by("client_id")


def authorizations_of_client(client: ApiClient) -> QuerySet[Authorization]:
    """Every mini program that lets a platform act for it, oldest first."""
    return Authorization.objects.filter(client=client, revoked_at=None).order_by("authorized_at", "pk")


def refresh_token(authorization: Authorization) -> str:
    """The refresh token of an authorization, in clear."""
    return vault.unseal(bytes(authorization.refresh_token_sealed), purpose=REFRESH_TOKEN).decode()


def facts_of(appid: str) -> tuple[Account, Standing] | None:
    """The mini program's account and what the register says of it; None if the catalogue does not know it."""
    try:
        return filing_facts(appid)
    except NotFound:
        return None
