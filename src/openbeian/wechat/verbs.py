"""Handing out and taking back what lets a third-party platform act for a mini program."""

import hmac
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.crypto import get_random_string

from openbeian import vault
from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.notices import verbs as notices
from openbeian.notices.verbs import push
from openbeian.regime.actors import Actor
from openbeian.wechat import codes
from openbeian.wechat.errors import Refused
from openbeian.wechat.models import REFRESH_TOKEN, AppToken, Authorization, Credential, CredentialKind
from openbeian.wechat.queries import digest_of, find_credential, refresh_token

LIFETIMES: dict[CredentialKind, timedelta] = {
    CredentialKind.TICKET: timedelta(hours=12),
    CredentialKind.COMPONENT_TOKEN: timedelta(hours=2),
    CredentialKind.PREAUTH_CODE: timedelta(minutes=30),
    CredentialKind.AUTHORIZATION_CODE: timedelta(hours=1),
    CredentialKind.AUTHORIZER_TOKEN: timedelta(hours=2),
}
#: WeChat's secrets begin with their kind; tokens do not.
_PREFIXES: dict[CredentialKind, str] = {
    CredentialKind.TICKET: "ticket@@@",
    CredentialKind.PREAUTH_CODE: "preauthcode@@@",
    CredentialKind.AUTHORIZATION_CODE: "queryauthcode@@@",
}


def issue(*, kind: CredentialKind, client: ApiClient, authorization: Authorization | None = None) -> str:
    """Hand out a new secret of a kind; only its digest stays here."""
    secret = _PREFIXES.get(kind, "") + get_random_string(64)
    at = clock.now()
    Credential.objects.create(
        digest=digest_of(kind, secret), kind=kind, client=client, authorization=authorization,
        issued_at=at, expires_at=at + LIFETIMES[kind])
    return secret


def lifetime_seconds(kind: CredentialKind) -> int:
    """``expires_in`` of a kind."""
    return int(LIFETIMES[kind].total_seconds())


def component_token(*, client: ApiClient, ticket: str) -> str:
    """A component_access_token for a platform that shows its ticket. Raises :class:`Refused` (61005, 61006)."""
    credential = find_credential(CredentialKind.TICKET, ticket)
    if credential is None or credential.client_id != client.pk:
        raise Refused(codes.TICKET_INVALID)
    if credential.expires_at <= clock.now():
        raise Refused(codes.TICKET_EXPIRED)
    return issue(kind=CredentialKind.COMPONENT_TOKEN, client=client)


@transaction.atomic
def push_ticket(*, client: ApiClient) -> None:
    """Make a new ticket and push it to the platform, if it has named an address."""
    if client.event_url:
        notices.push_ticket(client=client, ticket=issue(kind=CredentialKind.TICKET, client=client), at=clock.now())


@transaction.atomic
def authorize(
    *, client: ApiClient, appid: str, actor: Actor, permission_sets: Sequence[int] | None = None,
    preauth_code: str = "",
) -> str:
    """Let a platform act for a mini program; returns the authorization code (授权码).

    Writes ``app:authorized`` and pushes ``authorized``, or ``updateauthorized`` if the authorization stood already.
    ``permission_sets`` defaults to all the platform asks for.
    """
    at = clock.now()
    granted = sorted(set(client.permission_sets if permission_sets is None else permission_sets))
    fresh = vault.seal(f"refreshtoken@@@{get_random_string(43)}".encode(), purpose=REFRESH_TOKEN)
    row, created = Authorization.objects.get_or_create(
        client=client, appid=appid,
        defaults={"permission_sets": granted, "refresh_token_sealed": fresh, "authorized_at": at})
    renewed = not created and row.revoked_at is None
    if not created:
        row = Authorization.objects.select_for_update().get(pk=row.pk)
        if row.revoked_at is not None:
            row.credentials.all().delete()  # nothing from before comes alive again
            row.refresh_token_sealed, row.authorized_at, row.revoked_at = fresh, at, None
        row.permission_sets = granted
        row.save()
    code = issue(kind=CredentialKind.AUTHORIZATION_CODE, client=client, authorization=row)
    record(tag="app:authorized", actor=actor, subject=f"app:{appid}", at=at,
           data={"client": client.pk, "permission_sets": granted})
    push(client=client, appid=appid, at=at, info_type="updateauthorized" if renewed else "authorized", elements={
        "AuthorizerAppid": appid, "AuthorizationCode": code,
        "AuthorizationCodeExpiredTime": int((at + LIFETIMES[CredentialKind.AUTHORIZATION_CODE]).timestamp()),
        "PreAuthCode": preauth_code,
    })
    return code


@transaction.atomic
def authorize_with_preauth_code(*, client: ApiClient, appid: str, preauth_code: str, actor: Actor) -> str:
    """:func:`authorize` by the administrator on the authorization page; the pre_auth_code is used up with it.

    Raises :class:`PreauthCodeSpent` if it is unknown, expired, another platform's, or used by now.
    """
    spend_preauth_code(client=client, preauth_code=preauth_code)
    return authorize(client=client, appid=appid, actor=actor, preauth_code=preauth_code)


class PreauthCodeSpent(Exception):
    """The pre_auth_code opens nothing any more."""


def spend_preauth_code(*, client: ApiClient, preauth_code: str) -> None:
    """Use a pre_auth_code up; of two at the same moment one succeeds. Raises :class:`PreauthCodeSpent`."""
    if not Credential.objects.filter(
            pk=digest_of(CredentialKind.PREAUTH_CODE, preauth_code), client=client, expires_at__gt=clock.now()).delete()[0]:
        raise PreauthCodeSpent


@transaction.atomic
def revoke(*, client: ApiClient, appid: str, actor: Actor) -> bool:
    """Take an authorization back: its tokens and codes die at once. Writes ``app:unauthorized`` and pushes it.

    Returns False when there was none.
    """
    at = clock.now()
    row = Authorization.objects.select_for_update().filter(client=client, appid=appid, revoked_at=None).first()
    if row is None:
        return False
    Authorization.objects.filter(pk=row.pk).update(revoked_at=at)
    # Tokens stay known, so that their holder is told why (61003).
    row.credentials.exclude(kind=CredentialKind.AUTHORIZER_TOKEN).delete()
    record(tag="app:unauthorized", actor=actor, subject=f"app:{appid}", at=at, data={"client": client.pk})
    push(client=client, appid=appid, info_type="unauthorized", elements={"AuthorizerAppid": appid}, at=at)
    return True


def redeem_authorization_code(*, client: ApiClient, code: str) -> tuple[Authorization, str]:
    """The authorization behind a code, and an access token for it.

    A code may be redeemed until it expires: the same one travels by push and by redirect, and clients use both.
    Raises :class:`Refused` (61009, 61010).
    """
    credential = find_credential(CredentialKind.AUTHORIZATION_CODE, code)
    if credential is None or credential.client_id != client.pk or credential.authorization is None:
        raise Refused(codes.AUTHORIZATION_CODE_INVALID)
    if credential.expires_at <= clock.now():
        raise Refused(codes.AUTHORIZATION_CODE_EXPIRED)
    return credential.authorization, _authorizer_token(credential.authorization)


def refresh_authorizer_token(*, authorization: Authorization, token: str) -> str:
    """A new access token for a refresh token, which stays the same. Raises :class:`Refused` (61023)."""
    if not hmac.compare_digest(refresh_token(authorization).encode(), token.encode()):
        raise Refused(codes.REFRESH_TOKEN_INVALID)
    return _authorizer_token(authorization)


def forget_expired() -> int:
    """Remove secrets that expired more than a day ago. Returns how many."""
    before = clock.now() - timedelta(days=1)
    AppToken.objects.filter(expires_at__lt=before).delete()
    return Credential.objects.filter(expires_at__lt=before).delete()[0]


def _authorizer_token(authorization: Authorization) -> str:
    return issue(kind=CredentialKind.AUTHORIZER_TOKEN, client=authorization.client, authorization=authorization)
