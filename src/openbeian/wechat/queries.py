"""Finding who calls, and what their mini program's filing looks like from outside."""

from dataclasses import dataclass

from django.db.models import QuerySet

from openbeian import vault
from openbeian.accounts.clients import FILING_PERMISSION_SETS
from openbeian.accounts.models import ApiClient
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.regime.facts import Account, Standing
from openbeian.shelf.errors import NotFound
from openbeian.shelf.queries import filing_facts
from openbeian.wechat import codes
from openbeian.wechat.errors import Refused
from openbeian.wechat.models import REFRESH_TOKEN, Authorization, Credential, CredentialKind


@dataclass(frozen=True)
class Caller:
    """A third-party platform acting for one mini program."""

    client: ApiClient
    authorization: Authorization

    @property
    def appid(self) -> str:
        """The mini program acted for."""
        return self.authorization.appid

    @property
    def actor(self) -> Actor:
        """The platform as the actor of a change: it stands in for the organizer."""
        return Actor(Role.ORGANIZER, f"client:{self.client.pk}")


def digest_of(kind: CredentialKind, secret: str) -> bytes:
    """The stored form of a secret; the kind is part of it."""
    return vault.digest(secret, purpose=f"wechat.{kind}")


def find_credential(kind: CredentialKind, secret: str) -> Credential | None:
    """The credential with this secret, expired or not."""
    return (Credential.objects.filter(pk=digest_of(kind, secret))
            .select_related("client", "authorization__client").first())


def component_caller(token: str) -> ApiClient:
    """The platform that owns a component_access_token. Raises :class:`Refused`."""
    credential = _valid(CredentialKind.COMPONENT_TOKEN, token, instead=codes.NEED_COMPONENT_TOKEN)
    return credential.client


def authorizer_caller(token: str) -> Caller:
    """Who acts for which mini program with an authorizer_access_token. Raises :class:`Refused`."""
    credential = _valid(CredentialKind.AUTHORIZER_TOKEN, token, instead=codes.NEED_AUTHORIZER_TOKEN)
    authorization = credential.authorization
    assert authorization is not None
    if authorization.revoked_at is not None:
        raise Refused(codes.NOT_AUTHORIZED)
    if not set(FILING_PERMISSION_SETS) & set(authorization.permission_sets):
        raise Refused(codes.MISSING_PERMISSION)
    return Caller(credential.client, authorization)


def _valid(kind: CredentialKind, token: str, *, instead: int) -> Credential:
    if not token:
        raise Refused(codes.MISSING_TOKEN)
    credential = find_credential(kind, token)
    if credential is None:
        other = {CredentialKind.COMPONENT_TOKEN, CredentialKind.AUTHORIZER_TOKEN} - {kind}
        raise Refused(instead if find_credential(other.pop(), token) else codes.INVALID_CREDENTIAL)
    if credential.expires_at <= clock.now():
        raise Refused(codes.EXPIRED_TOKEN)
    return credential


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
