"""Organizers (主体) and services (服务) with the numbers the administration gave them.

Triggers refuse delete, truncate, and any change of what a number stands for: a number appears once and is never
used again, whatever writes to the tables.
"""

from django.conf import settings
from django.db import models

from openbeian.regime.filing_number import ServiceKind

#: Purposes under which this room seals and digests. Orders know an organizer by the same digest of its certificate.
SUBJECT, SERVICE, NAME, CERTIFICATE = (
    "register.subject", "register.service", "register.name", "organizer.certificate")
REMARK, REASON = "register.claim.remark", "register.claim.reason"


class Subject(models.Model):
    """An organizer (主办者) with its subject number (主体备案号), which it keeps until the subject is cancelled.

    One that is filed again after that gets another number, and another row.
    """

    number = models.CharField(max_length=40, unique=True)
    province = models.CharField(max_length=6)
    organizer_type = models.SmallIntegerField()
    certificate_digest = models.BinaryField(max_length=32)
    name_digest = models.BinaryField(
        max_length=32, null=True,
        help_text="For look-up by name. Empty for individuals, who cannot be looked up.")
    sealed = models.BinaryField(help_text="The organizer's part of the dossier last approved.")
    province_subject_id = models.CharField(max_length=40)
    filed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certificate_digest"], condition=models.Q(cancelled_at__isnull=True),
                name="register_one_subject"),
        ]
        indexes = [models.Index(fields=["name_digest"], name="register_subject_name")]

    def __str__(self) -> str:
        return self.number


class Service(models.Model):
    """A service with its service number (服务备案号), from the approval until the number is cancelled.

    Whether it is provided through this platform, its accesses tell.
    """

    number = models.CharField(max_length=48, unique=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="services")
    appid = models.CharField(max_length=32)
    kind = models.SmallIntegerField(choices=[(k.value, k.name.lower()) for k in ServiceKind])
    name = models.CharField(max_length=200, help_text="The mini program's name as filed, public.")
    name_digest = models.BinaryField(max_length=32, help_text="For look-up by the mini program's name.")
    sealed = models.BinaryField(help_text="The whole dossier as approved.")
    province_service_id = models.CharField(max_length=40)
    filed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    order_id = models.BigIntegerField(unique=True, help_text="The order that was approved.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appid"], condition=models.Q(cancelled_at__isnull=True), name="register_one_in_force"),
            models.CheckConstraint(
                condition=models.Q(cancelled_at__isnull=True) | models.Q(cancelled_at__gte=models.F("filed_at")),
                name="register_cancelled_after_filed"),
        ]
        indexes = [
            models.Index(fields=["appid", "filed_at"], name="register_service_appid"),
            models.Index(fields=["name_digest"], name="register_service_name"),
        ]

    def __str__(self) -> str:
        return self.number


class Access(models.Model):
    """A time in which a service is provided through this platform (接入).

    It begins with a filing, or with a new access for a number that was issued through another provider, and ends
    when the access or the number is cancelled.
    """

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="accesses")
    appid = models.CharField(max_length=32, help_text="The service's, for the gate.")
    number = models.CharField(max_length=48, help_text="The service's, for the gate.")
    province_access_id = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    order_id = models.BigIntegerField(unique=True, help_text="The order that was approved.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appid"], condition=models.Q(until__isnull=True), name="register_one_access"),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="register_access_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["appid", "since"], name="register_access_appid")]

    def __str__(self) -> str:
        return f"{self.number} since {self.since}"


class FormerContent(models.Model):
    """What was on file before a change (变更). Append-only."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="former")
    sealed = models.BinaryField(help_text="The whole dossier as it was on file.")
    until = models.DateTimeField()
    order_id = models.BigIntegerField(unique=True, help_text="The change that replaced it.")


class ClaimState(models.TextChoices):
    """Where a claim stands. All but the first are final."""

    WAITING = "waiting", "等待平台审核"
    APPROVED = "approved", "已通过"
    REFUSED = "refused", "未通过"
    WITHDRAWN = "withdrawn", "已撤回"


class Claim(models.Model):
    """That an account asks to administer the mini program of a number in force (认领), because the filing is its own.

    The certificate number it showed was compared and is not kept.
    """

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="claims")
    claimant = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="claims")
    state = models.CharField(max_length=9, choices=ClaimState, default=ClaimState.WAITING)
    remark_sealed = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    due_provisional = models.BooleanField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)
    reason_sealed = models.BinaryField(null=True, help_text="Why it was refused.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claimant", "service"], condition=models.Q(state=ClaimState.WAITING),
                name="register_one_open_claim"),
            models.CheckConstraint(
                condition=models.Q(state=ClaimState.WAITING) ^ models.Q(ended_at__isnull=False),
                name="register_claim_ended"),
            models.CheckConstraint(
                condition=models.Q(state=ClaimState.REFUSED) ^ models.Q(reason_sealed__isnull=True),
                name="register_claim_refused_for_a_reason"),
        ]
        indexes = [models.Index(
            fields=["due_at"], condition=models.Q(state=ClaimState.WAITING), name="register_claim_due")]

    def __str__(self) -> str:
        return f"claim {self.pk} of {self.service_id}"


class WrongTries(models.Model):
    """How often an account has claimed wrongly on the last day (in Beijing) it did so."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    day = models.DateField()
    used = models.PositiveIntegerField()
