"""Reading secrets and authorizations."""

from django.db.models import QuerySet

from openbeian import vault
from openbeian.accounts.models import ApiClient
from openbeian.wechat.models import (
    APP_TOKEN,
    REFRESH_TOKEN,
    AppToken,
    Authorization,
    Credential,
    CredentialKind,
)


def digest_of(kind: CredentialKind, secret: str) -> bytes:
    """The stored form of a secret; the kind is part of it."""
    return vault.digest(secret, purpose=f"wechat.{kind}")


def find_credential(kind: CredentialKind, secret: str) -> Credential | None:
    """The credential with this secret, expired or not."""
    return (Credential.objects.filter(pk=digest_of(kind, secret))
            .select_related("client", "authorization__client").first())


def find_app_token(token: str) -> AppToken | None:
    """A mini program's own token, expired or not."""
    return AppToken.objects.filter(pk=vault.digest(token, purpose=APP_TOKEN)).first()


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
    return vault.unseal(authorization.refresh_token_sealed, purpose=REFRESH_TOKEN).decode()
