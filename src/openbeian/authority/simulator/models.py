"""Tables of the simulated administration. Personal data is sealed; look-ups go by keyed digests."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """Where a request stands at the administration."""

    SMS = "sms", "短信核验"
    REVIEW = "review", "管局审核"
    APPROVED = "approved", "通过"
    REFUSED = "refused", "退回"
    LAPSED = "lapsed", "核验超时"
    RETURNED = "returned", "核验失败退回"


OPEN_STATES = (State.SMS, State.REVIEW)


class Operation(models.IntegerChoices):
    """Operation types (Czlx) that the simulator handles."""

    NEW_FILING = 1, "新增备案"
    CANCEL_SERVICE = 7, "注销服务"


class Settings(models.Model):
    """How the administration behaves; one row, also the lock that puts all writers in a queue."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    automatic_decision_after = models.FloatField(null=True)  # seconds after verification; null: a person decides
    refuse_calls_with = models.IntegerField(null=True)  # call-level code answered to every call (15, 20, 901 …)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="simulator_one_settings")]


class Province(models.Model):
    """Counters of one province's system."""

    code = models.CharField(primary_key=True, max_length=6)
    last_sequence = models.BigIntegerField(default=0)  # of accepted uploads
    last_file = models.BigIntegerField(default=0)  # of outgoing files
    last_record = models.BigIntegerField(default=0)  # of ids made by the province (Ztid, Wzid)


class Serial(models.Model):
    """The running serial of filing numbers, per province and year."""

    province = models.ForeignKey(Province, models.PROTECT)
    year = models.IntegerField()
    last = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["province", "year"], name="simulator_serial_once")]


class Upload(models.Model):
    """A file accepted from the platform, as it came."""

    province = models.ForeignKey(Province, models.PROTECT)
    sequence = models.BigIntegerField()
    entry_name = models.CharField(max_length=128)
    sealed = models.BinaryField()  # JSON: beianInfo, beianInfoHash, encryptAlgorithm
    digest = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["province", "sequence"], name="simulator_sequence_once")]


class Outgoing(models.Model):
    """A file waiting for, or fetched by, the platform; delivered again until acknowledged."""

    province = models.ForeignKey(Province, models.PROTECT)
    number = models.BigIntegerField()
    file_name = models.CharField(max_length=128, unique=True)
    sealed = models.BinaryField()  # the XML
    created_at = models.DateTimeField()
    deliveries = models.IntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["province", "number"], name="simulator_file_once")]
        indexes = [
            models.Index(
                fields=["province", "number"], condition=models.Q(acknowledged_at=None), name="simulator_waiting"
            )
        ]


class Subject(models.Model):
    """An organizer on file (主体)."""

    id = models.BigIntegerField(primary_key=True)  # Ztid
    province = models.ForeignKey(Province, models.PROTECT)
    number = models.CharField(max_length=64, unique=True)
    certificate_digest = models.BinaryField(db_index=True)
    filed_at = models.DateTimeField()
    last_suffix = models.IntegerField(default=0)
    cancelled_at = models.DateTimeField(null=True)


class Service(models.Model):
    """A mini program on file; its number stays taken after cancellation."""

    id = models.BigIntegerField(primary_key=True)  # Wzid
    subject = models.ForeignKey(Subject, models.PROTECT)
    number = models.CharField(max_length=64, unique=True)
    appid = models.CharField(max_length=64, db_index=True)
    sealed = models.BinaryField()  # JSON: the service as it was reported
    filed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appid"], condition=models.Q(cancelled_at=None), name="simulator_service_in_force_once"
            )
        ]


class Record(models.Model):
    """One request under examination, and what became of it."""

    province = models.ForeignKey(Province, models.PROTECT)
    operation = models.IntegerField(choices=Operation)
    key = models.BigIntegerField()  # new filing: IspZtid; cancellation: Wzid
    appid = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State)
    received_at = models.DateTimeField()
    state_since = models.DateTimeField()
    sms_deadline = models.DateTimeField()
    certificate_digest = models.BinaryField(db_index=True)
    sealed = models.BinaryField()  # JSON: zt_xx, wz_xx as XML text, reason
    service = models.ForeignKey(Service, models.PROTECT, null=True)  # cancelled or, once approved, filed
    opinion = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["province", "operation", "key"],
                condition=models.Q(state__in=["sms", "review"]),
                name="simulator_record_open_once",
            )
        ]
        indexes = [models.Index(fields=["state", "state_since"], name="simulator_record_state")]


class Principal(models.Model):
    """A principal who must verify by SMS (负责人)."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="principals")
    role = models.CharField(max_length=8)  # subject | service
    mobile_digest = models.BinaryField()
    certificate_digest = models.BinaryField()  # of the last six characters
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "role"], name="simulator_principal_once")]


class ShortMessage(models.Model):
    """An SMS on the simulated phone: one for each distinct mobile of a request."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="messages")
    mobile_digest = models.BinaryField(db_index=True)
    sealed = models.BinaryField()  # JSON: mobile, code, text
    code_digest = models.BinaryField()
    wrong = models.IntegerField(default=0)  # consecutive wrong inputs
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "mobile_digest"], name="simulator_one_sms_a_mobile")]
