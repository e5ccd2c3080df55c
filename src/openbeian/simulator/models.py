"""Tables of the simulated administration. Personal data is sealed; look-ups go by keyed digests."""

from typing import Any, ClassVar

from django.db import models
from lxml import etree

from openbeian import vault
from openbeian.simulator.files import xml
from openbeian.v3.wire.documents import parse


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
    """Operation types (Czlx) of V3.0."""

    NEW_FILING = 1, "新增备案"
    NEW_SERVICE = 2, "新增服务"
    NEW_ACCESS = 3, "新增接入"
    CHANGE = 4, "变更备案"
    CANCEL_ACCESS = 5, "取消接入"
    CANCEL_SUBJECT = 6, "注销主体"
    CANCEL_SERVICE = 7, "注销服务"


MATERIAL = 35
"""Czlx of a separate verification material (XZHYD); it opens no request."""


class Settings(models.Model):
    """How the administration behaves; one row, also the lock that puts all writers in a queue."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    automatic_decision_after = models.FloatField(null=True)  # seconds after verification; null: a person decides
    refuse_calls_with = models.IntegerField(null=True)  # call-level code answered to every call (15, 20, 901 …)
    faults = models.JSONField(default=dict)  # see faults.read_faults
    script = models.JSONField(default=list)  # see script.read_script

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="simulator_one_settings")]


class Province(models.Model):
    """Counters of one province's system, and how it differs from the usual."""

    code = models.CharField(primary_key=True, max_length=6)
    last_sequence = models.BigIntegerField(default=0)  # of accepted uploads
    last_file = models.BigIntegerField(default=0)  # of outgoing files
    last_record = models.BigIntegerField(default=0)  # of ids made by the province (Ztid, Wzid, Jrid)
    calls = models.BigIntegerField(default=0)  # counted while faults are set
    off = models.BooleanField(default=False)
    changes = models.JSONField(default=dict)  # see provinces.changed


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
    due_at = models.DateTimeField(null=True)  # when it will be processed; null: it has been

    class Meta:
        constraints = [models.UniqueConstraint(fields=["province", "sequence"], name="simulator_sequence_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="simulator_upload_due")
        ]


class Outgoing(models.Model):
    """A file waiting for, or fetched by, the platform; delivered again until acknowledged."""

    province = models.ForeignKey(Province, models.PROTECT)
    number = models.BigIntegerField()
    file_name = models.CharField(max_length=128, unique=True)
    sealed = models.BinaryField()  # the XML
    created_at = models.DateTimeField()
    available_at = models.DateTimeField(null=True)  # late: it and all behind it wait until then
    passed_over = models.BooleanField(default=False)  # its successor was delivered first
    deliveries = models.IntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["province", "number"], name="simulator_file_once")]
        indexes = [
            models.Index(
                fields=["province", "number"], condition=models.Q(acknowledged_at=None), name="simulator_waiting"
            )
        ]


class Registered(models.Model):
    """What is on file under a number, which stays taken after cancellation; `TAG` is its element."""

    TAG: ClassVar[str]

    number = models.CharField(max_length=64, unique=True)
    filed_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    sealed: Any  # a column of each: JSON, the element as on file

    class Meta:
        abstract = True

    @property
    def element(self) -> etree._Element:
        """The element as it is on file."""
        stored = vault.unseal_json(self.sealed, purpose=f"simulator.{self._meta.model_name}")
        return parse(stored[self.TAG].encode())

    @classmethod
    def seal(cls, element: etree._Element) -> bytes:
        """The content for the column `sealed`."""
        return vault.seal_json({cls.TAG: xml(element)}, purpose=f"simulator.{cls._meta.model_name}")


class Subject(Registered):
    """An organizer on file (主体)."""

    TAG = "zt_xx"

    id = models.BigIntegerField(primary_key=True)  # Ztid
    province = models.ForeignKey(Province, models.PROTECT)
    certificate_digest = models.BinaryField(db_index=True)
    sealed = models.BinaryField(default=bytes)
    provider = models.CharField(max_length=64, default="")  # who filed it; "": the platform
    last_suffix = models.IntegerField(default=0)


class Service(Registered):
    """A service on file."""

    TAG = "wz_xx"

    id = models.BigIntegerField(primary_key=True)  # Wzid
    subject = models.ForeignKey(Subject, models.PROTECT)
    kind = models.IntegerField(default=7)  # 1 website, 6 APP, 7 mini program, 8 quick app
    appid = models.CharField(max_length=64, db_index=True, blank=True)  # "": not known to this province
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appid"],
                condition=models.Q(cancelled_at=None) & ~models.Q(appid=""),
                name="simulator_service_in_force_once",
            )
        ]


class Access(models.Model):
    """A provider's access record of a service (接入)."""

    id = models.BigIntegerField(primary_key=True)  # Jrid
    service = models.ForeignKey(Service, models.PROTECT, related_name="accesses")
    provider = models.CharField(max_length=64, default="")  # "": the platform
    enterprise_id = models.BigIntegerField(null=True)  # IspJrid
    filed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "provider"],
                condition=models.Q(cancelled_at=None),
                name="simulator_access_in_force_once",
            )
        ]


class Record(models.Model):
    """One request under examination, and what became of it."""

    province = models.ForeignKey(Province, models.PROTECT)
    operation = models.IntegerField(choices=Operation)
    key = models.BigIntegerField()  # Jlid: see verbs/requests/
    enterprise_id = models.BigIntegerField(null=True)  # the platform's own id, where the request carries one
    appid = models.CharField(max_length=64, blank=True)
    scope = models.CharField(max_length=8, blank=True, default="")  # of a change: subject, service, both
    state = models.CharField(max_length=16, choices=State)
    received_at = models.DateTimeField()
    state_since = models.DateTimeField()
    sms_deadline = models.DateTimeField(null=True)  # null: nobody verifies
    due_at = models.DateTimeField(null=True)  # when something will happen by itself
    plan = models.JSONField(default=dict)  # the rule of the script it follows
    certificate_digest = models.BinaryField(db_index=True)
    name_digest = models.BinaryField(default=bytes)  # of the organizer's name
    sealed = models.BinaryField()  # JSON: zt_xx, wz_xx as XML text, remarks of attachments, reason
    upload = models.ForeignKey(Upload, models.PROTECT, null=True)
    subject = models.ForeignKey(Subject, models.PROTECT, null=True)  # concerned or, once approved, filed
    service = models.ForeignKey(Service, models.PROTECT, null=True)
    access = models.ForeignKey(Access, models.PROTECT, null=True)
    opinion = models.TextField(blank=True, default="")

    @property
    def data(self) -> dict[str, Any]:
        """What is kept of the request, see `sealed`."""
        return vault.unseal_json(self.sealed, purpose="simulator.record")

    @property
    def elements(self) -> dict[str, etree._Element]:
        """The reported subject (zt_xx) and service (wz_xx), those that there are."""
        return {name: parse(text.encode()) for name, text in self.data.items() if name in ("zt_xx", "wz_xx")}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["province", "operation", "key"],
                condition=models.Q(state__in=["sms", "review"]),
                name="simulator_record_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["state", "state_since"], name="simulator_record_state"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="simulator_record_due"),
            models.Index(fields=["name_digest"], name="simulator_record_name"),
        ]


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
    """An SMS on the simulated phone: one for each distinct mobile of a request, and one more for each resending."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="messages")
    mobile_digest = models.BinaryField(db_index=True)
    sealed = models.BinaryField()  # JSON: mobile, code, text
    code_digest = models.BinaryField()
    wrong = models.IntegerField(default=0)  # consecutive wrong inputs
    sent_at = models.DateTimeField()
    superseded = models.BooleanField(default=False)  # a newer code was sent

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "mobile_digest"],
                condition=models.Q(superseded=False),
                name="simulator_one_code_a_mobile",
            )
        ]


class Report(models.Model):
    """What the platform reported beside requests: material (XZHYD), verification results (HSJG), handling of unfiled
    sites (WBACLJG)."""

    province = models.ForeignKey(Province, models.PROTECT)
    kind = models.CharField(max_length=8)
    key = models.BigIntegerField(null=True)  # the province's id of what it concerns
    upload = models.ForeignKey(Upload, models.PROTECT)
    sealed = models.BinaryField()  # JSON: (path, text) pairs, pictures left out
    received_at = models.DateTimeField()


class Blacklisted(models.Model):
    """An organizer on the blacklist (黑名单) this administration has sent out."""

    certificate_digest = models.BinaryField(unique=True)
    since = models.DateTimeField()


class PasswordCheck(models.Model):
    """A wrong filing password (备案密码): five in an hour are answered, then code 22."""

    province = models.ForeignKey(Province, models.PROTECT)
    number_digest = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["province", "number_digest", "at"], name="simulator_password_checks")]
