"""People who log in, and third-party platforms (第三方平台) that call the API for others."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from openbeian.regime.actors import Actor, Role


class UserRole(models.TextChoices):
    """What a person who logs in is here for."""

    ORGANIZER = "organizer", "主办者"
    REVIEWER = "reviewer", "审核员"
    OPERATOR = "operator", "运营"
    AUDITOR = "auditor", "审计"


class User(AbstractUser):
    """A person who logs in. One role each; rights follow from the role alone."""

    role = models.CharField(max_length=16, choices=UserRole, default=UserRole.ORGANIZER)

    @property
    def actor(self) -> Actor:
        """This person as the actor of a change. An auditor only reads and has none."""
        return Actor(Role(self.role), f"user:{self.pk}")


class MiniProgramAdministrator(models.Model):
    """That a person administers (管理员) a mini program and may file for it on the screens."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mini_programs")
    appid = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "appid"], name="accounts_administrator_once")]
        indexes = [models.Index(fields=["appid"])]


class CertifiedMiniProgram(models.Model):
    """That a mini program's account has passed its certification (认证) on this platform."""

    appid = models.CharField(max_length=32, primary_key=True)
    certified_at = models.DateTimeField()


class OfferState(models.TextChoices):
    """Where the offer of a transfer stands. All but the first are final."""

    OPEN = "open", "等待对方接受"
    ACCEPTED = "accepted", "已接受"
    DECLINED = "declined", "已拒绝"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "已过期"


#: Purpose under which the name an offer was addressed to is sealed; it may be an e-mail address.
ADDRESSEE = "accounts.addressee"


class TransferOffer(models.Model):
    """That an administrator offers a mini program to another account (转移).

    ``addressee_sealed`` is the name as it was typed. ``recipient`` is whose account that is: empty for a name that
    is nobody's, which the offerer is not told.
    """

    appid = models.CharField(max_length=32)
    offered_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="offers_made")
    recipient = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="offers_received")
    addressee_sealed = models.BinaryField()
    state = models.CharField(max_length=9, choices=OfferState, default=OfferState.OPEN)
    offered_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offered_by", "appid"], condition=models.Q(state=OfferState.OPEN), name="accounts_one_open_offer"),
            models.CheckConstraint(
                condition=models.Q(state=OfferState.OPEN) ^ models.Q(ended_at__isnull=False), name="accounts_offer_ended"),
        ]
        indexes = [
            models.Index(fields=["recipient"], condition=models.Q(state=OfferState.OPEN), name="accounts_offer_received"),
            models.Index(fields=["lapses_at"], condition=models.Q(state=OfferState.OPEN), name="accounts_offer_lapses"),
        ]


class ApiClient(models.Model):
    """A third-party platform: its credentials for the open API and the addresses it is told things at.

    The secret is stored as a keyed digest only; message token and message key are sealed.
    """

    component_appid = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=80)
    secret_digest = models.BinaryField(max_length=32)
    message_token_sealed = models.BinaryField()
    encoding_aes_key_sealed = models.BinaryField()
    event_url = models.URLField(max_length=500, blank=True)
    message_url = models.URLField(max_length=500, blank=True)
    message_format = models.CharField(
        max_length=4, choices=[("xml", "XML"), ("json", "JSON")], default="xml",
        help_text="XML goes to the authorization-event URL, JSON to the message URL.",
    )
    permission_sets = models.JSONField(default=list)
    online_applets_shape = models.CharField(
        max_length=6, choices=[("array", "array"), ("object", "object")], default="array",
        help_text="Shape of icp_applets in get_online_icp_order; published clients disagree.",
    )
    comment_length = models.CharField(
        max_length=7, choices=[("strict", "strict"), ("lenient", "lenient")], default="strict",
        help_text="Whether a service description outside 20 to 200 characters is refused; older documents had no limit.",
    )
    allowed_addresses = models.JSONField(
        default=list, blank=True, help_text="IP addresses and networks that calls may come from; empty: any.")
    redirect_hosts = models.JSONField(
        default=list, blank=True, help_text="Hosts, with or without port, that the authorization page may return to.")
    created_at = models.DateTimeField()


class AppSecret(models.Model):
    """The AppSecret of a mini program that calls for itself. Only its digest is stored.

    A new secret is a new row: what was handed out for the former one goes with it.
    """

    appid = models.CharField(max_length=32, primary_key=True)
    digest = models.BinaryField(max_length=32)
    allowed_addresses = models.JSONField(
        default=list, blank=True, help_text="IP addresses and networks that tokens may be asked for from; empty: any.")
    created_at = models.DateTimeField()
