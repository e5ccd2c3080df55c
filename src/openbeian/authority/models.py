"""What the link to the administration keeps: lanes, uploads, downloaded files, SMS challenges, what needs a person."""

from django.db import models

from openbeian.filings.models import Order
from openbeian.regime.lifecycle import Principal

#: Purposes under which this room seals and digests.
UPLOAD, INBOX, ASSIGNMENT, MIRROR = (
    "authority.upload", "authority.inbox", "authority.assignment", "authority.mirror")


class Lane(models.Model):
    """The link to one province. Its row is the lock under which sequence numbers are given out.

    The two ways, ``send`` and ``poll``, fail and rest by themselves: no call before ``…_after`` nor outside
    ``…_hours`` (``08:00-20:00``, Chinese time, as the province named them), and ``…_failures`` calls in a row went
    wrong. ``halted_at``: no call at all until a person resumes the lane.

    ``drained_at``: instant up to which everything the province had for us has been taken over.
    ``synchronised_at``: when ``last_sequence`` was first compared with the province's own count.
    ``resynchronised_at``: when the province last began to send all its records (SJTB).
    """

    province = models.CharField(max_length=6, primary_key=True)
    last_sequence = models.BigIntegerField(default=0)
    synchronised_at = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    drained_at = models.DateTimeField(null=True)
    resynchronised_at = models.DateTimeField(null=True)
    halted_at = models.DateTimeField(null=True)
    send_after = models.DateTimeField(null=True)
    send_failures = models.IntegerField(default=0)
    send_error = models.CharField(max_length=20, blank=True)
    send_hours = models.CharField(max_length=11, blank=True)
    poll_after = models.DateTimeField(null=True)
    poll_failures = models.IntegerField(default=0)
    poll_error = models.CharField(max_length=20, blank=True)
    poll_hours = models.CharField(max_length=11, blank=True)

    @property
    def subject(self) -> str:
        """The ledger's name for this lane."""
        return f"lane:{self.province}"


class UploadState(models.TextChoices):
    """How far an upload file has come. ``delivered``: the province has it; the next two are its processing result.

    ``given_up``: no result ever came, and a person had the order sent once more.
    """

    PREPARED = "prepared"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


OUTSTANDING = (UploadState.PREPARED, UploadState.DELIVERED)


class Upload(models.Model):
    """One upload file: one order handed over once, or one task answered. Stored with its number before it is sent.

    ``sealed`` is the XML; packing it gives the same bytes each time; it is emptied at ``purged_at``. ``attempts``
    counts sends begun, so that a prepared upload with attempts may or may not have arrived. ``decision`` is the
    province's latest word.
    """

    province = models.CharField(max_length=6)
    sequence = models.BigIntegerField()
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="uploads")
    assignment = models.ForeignKey("Assignment", null=True, on_delete=models.PROTECT, related_name="uploads")
    operation = models.SmallIntegerField(help_text="Czlx, 0 for the answer to a task")
    record_key = models.CharField(max_length=40, help_text="Bs and Jlid of the answers")
    sealed = models.BinaryField()
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.PREPARED)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    message_code = models.IntegerField(null=True)
    decision = models.CharField(max_length=8, blank=True, choices=[("passed", "passed"), ("refused", "refused")])
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["province", "sequence"], name="authority_sequence_once"),
            models.CheckConstraint(
                condition=models.Q(order__isnull=True) ^ models.Q(assignment__isnull=True),
                name="authority_upload_of_one"),
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
    def subject(self) -> str:
        """The ledger's name for what this upload is about."""
        return f"order:{self.order_id}" if self.order_id else f"assignment:{self.assignment_id}"

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
    purged_at = models.DateTimeField(null=True)

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
    """One principal's SMS verification (短信核验) for one upload, due within 24 hours.

    Principals with one mobile get one SMS between them; each still has a challenge, and the province reports each.
    ``reminders`` counts those the organizer has had.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="challenges")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="challenges")
    principal = models.CharField(max_length=8, choices=[(p.value, p.value) for p in Principal])
    state = models.CharField(max_length=8, choices=ChallengeState, default=ChallengeState.PENDING)
    due_at = models.DateTimeField()
    at = models.DateTimeField(help_text="When the state was entered")
    reminders = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "principal"], name="authority_one_challenge")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="pending"), name="authority_challenge_due")]


class Unmatched(models.Model):
    """An answer of a province that fits no order of ours, or one that is past it. A person looks at these.

    ``category`` (Zxlb) is set for a record that the administration cancelled by itself; ``applied_at`` then says
    when a person had our register follow.
    """

    province = models.CharField(max_length=6)
    file = models.ForeignKey(InboxFile, on_delete=models.PROTECT)
    record = models.CharField(max_length=20, help_text="Kind of answer, such as Decision")
    operation = models.SmallIntegerField(null=True)
    record_key = models.CharField(max_length=128, blank=True)
    category = models.SmallIntegerField(null=True)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=80)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="When a person dealt with it")
    applied_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(seen_at=None), name="authority_unmatched_new")]


class AssignmentKind(models.TextChoices):
    """What the administration gives the platform to do or to know (V3.0, download file)."""

    VERIFY = "verify", "核实任务"  # HSRW
    UNFILED = "unfiled", "未备案服务"  # WBAWZLB
    ILLEGAL_ACCESS = "illegal_access", "非法接入黑名单"  # FFJRHMD
    CHECK = "check", "核查结果"  # HCJG
    RECTIFY = "rectify", "整改通知"  # XGTZ


#: Those that are answered by a file of ours (HSJG, WBACLJG); the others a person marks as done.
ANSWERED_BY_UPLOAD = (AssignmentKind.VERIFY, AssignmentKind.UNFILED)


class Assignment(models.Model):
    """A task or notice of the administration for the platform's people. ``sealed`` is the record as it came.

    ``key`` is the province's id of it: one that comes again is the same one. ``appid`` is the mini program
    concerned, "" where it is none of ours. ``answer_sealed``: what a person answered, until the province takes it.
    """

    province = models.CharField(max_length=6)
    kind = models.CharField(max_length=16, choices=AssignmentKind)
    key = models.CharField(max_length=160)
    file = models.ForeignKey(InboxFile, on_delete=models.PROTECT)
    appid = models.CharField(max_length=32, blank=True)
    sealed = models.BinaryField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    due_provisional = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=80, blank=True)
    answer_sealed = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["province", "kind", "key"], name="authority_assignment_once")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(done_at=None), name="authority_to_do")]

    @property
    def subject(self) -> str:
        """The ledger's name for this task."""
        return f"assignment:{self.pk}"

    @property
    def answer_refused(self) -> bool:
        """Whether the province has refused an answer."""
        return self.uploads.filter(state=UploadState.REFUSED).exists()


class CodeDifference(models.Model):
    """A row of the administration's code tables (基础代码, JCDM) that is not as in ours, for a person to judge.

    ``ours`` and ``theirs`` are the row's name, None where there is no such row or it is no longer valid.
    """

    table = models.CharField(max_length=40, help_text="Our table, such as subject_types")
    code = models.CharField(max_length=20)
    ours = models.CharField(max_length=400, null=True)
    theirs = models.CharField(max_length=400, null=True)
    province = models.CharField(max_length=6)
    file = models.ForeignKey(InboxFile, on_delete=models.PROTECT)
    at = models.DateTimeField()
    verdict = models.CharField(
        max_length=8, blank=True, choices=[("accepted", "accepted"), ("rejected", "rejected")])
    judged_at = models.DateTimeField(null=True)
    judged_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["table", "code", "theirs"], nulls_distinct=False, name="authority_code_difference_once"),
        ]


class ProvinceRecord(models.Model):
    """A service as the province has it on file, from the last file that told of it.

    ``sealed`` holds what is compared with the register; ``confirmed_at`` is when the province last told of the
    record, ``cancelled_at`` when it said that it is no longer on file.
    """

    province = models.CharField(max_length=6)
    service_id = models.CharField(max_length=40, help_text="Wzid")
    subject_id = models.CharField(max_length=40, help_text="Ztid")
    access_id = models.CharField(max_length=40, blank=True, help_text="Jrid of our access")
    subject_number = models.CharField(max_length=40, blank=True)
    service_number = models.CharField(max_length=48)
    appid = models.CharField(max_length=64, blank=True)
    sealed = models.BinaryField()
    confirmed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["province", "service_id"], name="authority_mirror_once")]
        indexes = [
            models.Index(fields=["province", "subject_id"], name="authority_mirror_subject"),
            models.Index(fields=["province", "access_id"], name="authority_mirror_access"),
        ]


class Reconciliation(models.Model):
    """One comparison of the register with what a province has on file.

    ``differences`` are objects of numbers, ids and names of fields, never of what stands in them.
    """

    province = models.CharField(max_length=6)
    at = models.DateTimeField()
    held = models.IntegerField(help_text="Services in force in our register")
    told = models.IntegerField(help_text="Services in force by the province's word")
    resynchronised_at = models.DateTimeField(null=True)
    differences = models.JSONField(default=list)
    repaired = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["province", "-id"], name="authority_reconciled")]
