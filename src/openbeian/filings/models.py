"""Orders, the dossiers submitted with them, their materials, face checks and findings."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField
from django.db import models

from openbeian.regime.lifecycle import OPEN_STATES, OrderKind, State

#: Purposes under which this room seals and digests.
DRAFT, DOSSIER, FILED, ACCOUNT, BLOB, BLACKLIST = (
    "filings.draft", "filings.dossier", "filings.filed", "filings.account", "filings.blob", "filings.blacklist")


class Organizer(models.Model):
    """One organizer (主办者), known by a keyed digest of its certificate number and by nothing else here."""

    certificate_digest = models.BinaryField(max_length=32, unique=True)


class Order(models.Model):
    """One request to the administration and where it stands.

    ``state`` changes only through :func:`openbeian.filings.transitions.transition`; a trigger made from the lifecycle table
    refuses every other change. ``lane`` is computed by the same trigger: orders that must stand alone cover their
    organizer's whole range, others a single point of it, and an exclusion constraint keeps ranges apart.
    """

    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in OrderKind])
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in State], default=State.DRAFT.value)
    version = models.IntegerField(default=1)
    appid = models.CharField(max_length=32)
    province = models.CharField(max_length=6, blank=True)
    organizer = models.ForeignKey(Organizer, null=True, on_delete=models.PROTECT)
    lane = BigIntegerRangeField(null=True, editable=False)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=80)
    state_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    due_provisional = models.BooleanField(default=False)
    dossier_number = models.IntegerField(default=0)
    draft_sealed = models.BinaryField(null=True)
    other_draft_sealed = models.BinaryField(
        null=True, help_text="What was typed in the portal and not submitted, when the order was submitted another way.")
    account_sealed = models.BinaryField(null=True)
    filed_sealed = models.BinaryField(null=True, help_text="What the register held of it when the order began.")
    subject_number = models.CharField(max_length=40, blank=True)
    service_number = models.CharField(max_length=48, blank=True)
    province_subject_id = models.CharField(max_length=40, blank=True)
    province_service_id = models.CharField(max_length=40, blank=True)
    province_access_id = models.CharField(max_length=40, blank=True)
    claimed_by = models.CharField(max_length=80, blank=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appid"], condition=models.Q(state__in=sorted(state.value for state in OPEN_STATES)),
                name="filings_one_open_order"),
            ExclusionConstraint(name="filings_stand_alone", expressions=[("lane", "&&")]),
        ]
        indexes = [
            models.Index(fields=["state", "state_since", "id"]),
            models.Index(fields=["appid", "id"]),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="filings_due"),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"

    @property
    def subject(self) -> str:
        """The ledger's name for this order."""
        return f"order:{self.pk}"


class Dossier(models.Model):
    """A dossier (备案信息) as it was submitted: numbered, sealed, never changed.

    A trigger refuses delete and every update but that of ``sealed``, which key rotation rewrites; ``digest`` is
    over the plaintext and shows that the content is still the one submitted.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="dossiers")
    number = models.IntegerField()
    sealed = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    ruleset_version = models.CharField(max_length=20)
    submitted_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="filings_dossier_number")]


class Finding(models.Model):
    """Something wrong with a submitted dossier: which field, why, and what to do about it (审核意见)."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="findings")
    dossier_number = models.IntegerField()
    source = models.CharField(max_length=10, choices=[(s, s) for s in ("rule", "reviewer", "authority")])
    rule = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=10)
    field = models.CharField(max_length=120)
    reason_zh = models.TextField()
    reason_en = models.TextField()
    remedy_zh = models.TextField()
    remedy_en = models.TextField()
    clause = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["order", "dossier_number"])]


class Blob(models.Model):
    """The bytes of an uploaded file, sealed, once per content. A dossier names its pictures by this digest."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    sealed = models.BinaryField()


class Material(models.Model):
    """An uploaded picture or video (素材) and what it was uploaded for."""

    media_id = models.CharField(max_length=80, primary_key=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT)
    kind = models.CharField(max_length=5, choices=[("image", "image"), ("video", "video")])
    content_type = models.CharField(max_length=20)
    size_bytes = models.IntegerField()
    certificate_type = models.IntegerField(null=True)
    field = models.CharField(max_length=120)
    appid = models.CharField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["appid", "created_at"])]

    @property
    def digest(self) -> str:
        """The digest of the content, as a dossier names it."""
        return bytes(self.blob_id).hex()


class FaceCheckState(models.IntegerChoices):
    """The states of a face check, with WeChat's numbers."""

    NOT_STARTED = 0
    WAITING = 1
    FAILED = 2
    PASSED = 3


class FaceCheck(models.Model):
    """A face check (人脸核身) of the mini program's administrator.

    ``usable_until`` is the end of the time to answer it, and once it is finished the end of the time it counts.
    """

    task_id = models.CharField(max_length=40, primary_key=True)
    appid = models.CharField(max_length=32)
    state = models.SmallIntegerField(choices=FaceCheckState, default=FaceCheckState.NOT_STARTED)
    created_at = models.DateTimeField()
    usable_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    with_certification = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["appid", "created_at"])]


class Blacklisted(models.Model):
    """One line of an administration's blacklist (黑名单), known by keyed digests only.

    A line that the administration takes back stays, with the instant it was removed.
    """

    province = models.CharField(max_length=6)
    list = models.CharField(max_length=7, choices=[(n, n) for n in ("subject", "service")])
    record_id = models.CharField(max_length=64)
    certificate_digest = models.BinaryField(max_length=32, null=True)
    name_digest = models.BinaryField(max_length=32, null=True)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["province", "list", "record_id"], name="filings_blacklisted_once")]
        indexes = [
            models.Index(fields=["certificate_digest"], condition=models.Q(removed_at=None), name="filings_black_cert"),
            models.Index(fields=["name_digest"], condition=models.Q(removed_at=None), name="filings_black_name"),
        ]
