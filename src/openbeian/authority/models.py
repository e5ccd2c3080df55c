"""What the link to the administration keeps: lanes, uploads, downloaded files, SMS challenges, what fits nowhere."""

from django.db import models

from openbeian.filings.models import Order
from openbeian.regime.lifecycle import Principal

#: Purposes under which this room seals and digests.
UPLOAD, INBOX = "authority.upload", "authority.inbox"


class Lane(models.Model):
    """The link to one province. Its row is the lock under which sequence numbers are given out.

    ``drained_at``: instant up to which everything the province had for us has been taken over.
    ``synchronised_at``: when ``last_sequence`` was first compared with the province's own count.
    """

    province = models.CharField(max_length=6, primary_key=True)
    last_sequence = models.BigIntegerField(default=0)
    synchronised_at = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    drained_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    last_error_code = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return f"lane {self.province}"

    @property
    def subject(self) -> str:
        """The ledger's name for this lane."""
        return f"lane:{self.province}"


class UploadState(models.TextChoices):
    """How far an upload file has come. ``delivered``: the province has it; the rest is its processing result."""

    PREPARED = "prepared"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REFUSED = "refused"


OUTSTANDING = (UploadState.PREPARED, UploadState.DELIVERED)


class Upload(models.Model):
    """One upload file: one order handed over once. Stored with its sequence number before it is sent.

    ``sealed`` is the XML; packing it gives the same bytes each time. ``attempts`` counts sends begun, so that a
    prepared upload with attempts may or may not have arrived. ``decision`` is the province's latest word.
    """

    province = models.CharField(max_length=6)
    sequence = models.BigIntegerField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="uploads")
    operation = models.SmallIntegerField(help_text="Czlx")
    record_key = models.CharField(max_length=40, help_text="Bs and Jlid of the answers")
    sealed = models.BinaryField()
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.PREPARED)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    message_code = models.IntegerField(null=True)
    decision = models.CharField(max_length=8, blank=True, choices=[("passed", "passed"), ("refused", "refused")])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["province", "sequence"], name="authority_sequence_once"),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state__in=OUTSTANDING), name="authority_one_upload_outstanding"),
        ]
        indexes = [
            models.Index(fields=["province", "operation", "record_key", "-sequence"], name="authority_upload_key"),
            models.Index(
                fields=["province", "sequence"], condition=models.Q(state="prepared"), name="authority_to_send"),
        ]

    def __str__(self) -> str:
        return f"upload {self.province}/{self.sequence}"

    @property
    def entry_name(self) -> str:
        """Name of the file in its ZIP archive; answers to unreadable files repeat it."""
        return f"{self.province}{self.sequence:010d}.xml"


class InboxFile(models.Model):
    """A file downloaded from a province, stored before it takes effect and kept afterwards.

    ``sealed`` is the XML or, where ``packed``, what could not be unpacked. ``problem`` says what of it had no
    effect and why, without personal data.
    """

    province = models.CharField(max_length=6)
    file_name = models.CharField(max_length=160)
    digest = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    packed = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True, help_text="When a person dealt with the problem")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["province", "file_name"], name="authority_file_once"),
            models.CheckConstraint(
                condition=models.Q(acknowledged_at__isnull=True) | models.Q(applied_at__isnull=False),
                name="authority_acknowledged_after_applied"),
        ]
        indexes = [
            models.Index(
                fields=["province"], condition=models.Q(acknowledged_at=None), name="authority_to_acknowledge"),
            models.Index(fields=["id"], condition=~models.Q(problem=""), name="authority_file_problem"),
        ]

    def __str__(self) -> str:
        return f"inbox file {self.pk}"


class ChallengeState(models.TextChoices):
    """What became of one principal's SMS verification. ``refused``: the sixth wrong code."""

    PENDING = "pending"
    VERIFIED = "verified"
    LAPSED = "lapsed"
    REFUSED = "refused"


class Challenge(models.Model):
    """One principal's SMS verification (短信核验) for one upload, due within 24 hours."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="challenges")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="challenges")
    principal = models.CharField(max_length=8, choices=[(p.value, p.value) for p in Principal])
    state = models.CharField(max_length=8, choices=ChallengeState, default=ChallengeState.PENDING)
    due_at = models.DateTimeField()
    at = models.DateTimeField(help_text="When the state was entered")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "principal"], name="authority_one_challenge")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="pending"), name="authority_challenge_due")]

    def __str__(self) -> str:
        return f"challenge {self.pk}"


class Unmatched(models.Model):
    """An answer of a province that fits no order of ours, or one that is past it. A person looks at these."""

    province = models.CharField(max_length=6)
    file = models.ForeignKey(InboxFile, on_delete=models.PROTECT)
    record = models.CharField(max_length=20, help_text="Kind of answer, such as Decision")
    operation = models.SmallIntegerField(null=True)
    record_key = models.CharField(max_length=128, blank=True)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=80)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="When a person dealt with it")

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(seen_at=None), name="authority_unmatched_new")]

    def __str__(self) -> str:
        return f"unmatched {self.pk}"
