"""Authorizations (授权) of mini programs to third-party platforms, and the short-lived secrets around them."""

from django.db import models

from openbeian.accounts.models import ApiClient, AppSecret

#: Purpose under which refresh tokens are sealed: they are read back to the client that owns them.
REFRESH_TOKEN = "wechat.refresh_token"
#: Purpose of the digests of mini programs' own tokens.
APP_TOKEN = "wechat.app_token"
#: Purpose under which stable tokens are sealed: the same one is handed out until it is about to expire.
STABLE_TOKEN = "wechat.stable_token"


class Authorization(models.Model):
    """That the administrator of a mini program lets a third-party platform act for it."""

    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="authorizations")
    appid = models.CharField(max_length=32)
    permission_sets = models.JSONField(default=list)
    refresh_token_sealed = models.BinaryField()
    authorized_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "appid"], name="wechat_one_authorization")]
        indexes = [models.Index(fields=["appid"])]

    def __str__(self) -> str:
        return f"{self.appid} to {self.client_id}"


class CredentialKind(models.TextChoices):
    """The short-lived secrets of the open API."""

    TICKET = "ticket", "component_verify_ticket"
    COMPONENT_TOKEN = "component_token", "component_access_token"
    PREAUTH_CODE = "preauth_code", "pre_auth_code"
    AUTHORIZATION_CODE = "authorization_code", "authorization_code"
    AUTHORIZER_TOKEN = "authorizer_token", "authorizer_access_token"


class Credential(models.Model):
    """One secret that was handed out. Only a keyed digest of it is stored, made for its kind alone."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    kind = models.CharField(max_length=20, choices=CredentialKind)
    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="credentials")
    authorization = models.ForeignKey(Authorization, null=True, on_delete=models.CASCADE, related_name="credentials")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.client_id}"


class AppToken(models.Model):
    """An access token of a mini program that calls for itself, known by a keyed digest.

    A stable one is kept sealed besides, to be handed out again. Goes with the secret it was given for.
    """

    digest = models.BinaryField(max_length=32, primary_key=True)
    secret = models.ForeignKey(AppSecret, on_delete=models.CASCADE, related_name="tokens")
    stable_sealed = models.BinaryField(null=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="wechat_appt_expires_idx")]


class DailyCount(models.Model):
    """How often a call was made for a mini program on one day in Beijing."""

    appid = models.CharField(max_length=32)
    call = models.CharField(max_length=40)
    day = models.DateField()
    used = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["appid", "call", "day"], name="wechat_one_daily_count")]
        indexes = [models.Index(fields=["day"], name="wechat_daily_day_idx")]

    def __str__(self) -> str:
        return f"{self.call} of {self.appid} on {self.day}"
