"""The catalogue of mini programs, the waivers granted to some of them, and the versions of their code."""

from django.db import models

from openbeian.shelf.versions import SINGLE_STATES, VersionState

#: Purpose under which this room seals and digests the name of an app's organizer.
ORGANIZER = "shelf.organizer"
#: Purposes under which a version's configuration and what was sent along for its audit are sealed: service
#: providers put keys into the one and test accounts into the other.
EXT_JSON, AUDIT_REQUEST = "shelf.version.ext_json", "shelf.version.audit_request"


class MiniProgram(models.Model):
    """A mini program (小程序) as the platform knows it.

    It stands on the shelf when it was ever listed and is not offline. Whether it *may* stand there is never stored:
    :func:`openbeian.shelf.queries.gate` decides it from the facts each time. ``offline_*`` is what a sweep, or a
    cancelled filing, wrote down of such a decision. ``closed_since`` is the organizer's own doing (暂停服务): neither
    sweep nor filing touches it.
    """

    appid = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=200)
    organizer_name_sealed = models.BinaryField()
    organizer_name_digest = models.BinaryField(max_length=32)
    province = models.CharField(max_length=6)
    first_listed_at = models.DateTimeField(null=True)
    offline_since = models.DateTimeField(null=True)
    offline_code = models.CharField(max_length=40, blank=True)
    offline_clause = models.CharField(max_length=400, blank=True)
    closed_since = models.DateTimeField(null=True)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offline_since__isnull=True) | models.Q(first_listed_at__isnull=False),
                name="shelf_offline_was_listed"),
            models.CheckConstraint(
                condition=models.Q(closed_since__isnull=True) | models.Q(first_listed_at__isnull=False),
                name="shelf_closed_was_listed"),
        ]
        # No index on offline_*: a sweep changes these columns only, and leaves all indexes alone.

    def __str__(self) -> str:
        return self.appid

    @property
    def is_standing(self) -> bool:
        """Whether it is on the shelf now (在架), rightly or not."""
        return self.first_listed_at is not None and self.offline_since is None


class Waiver(models.Model):
    """An exception (豁免): this app may stay on the shelf for a time although it is not filed."""

    appid = models.CharField(max_length=32)
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    granted_by = models.CharField(max_length=80)
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gt=models.F("since")), name="shelf_waiver_has_a_span"),
        ]
        indexes = [models.Index(fields=["appid", "until"], name="shelf_waiver_appid")]


class Version(models.Model):
    """A version of a mini program's code, as far as its shelving goes: what it is called and where it stands.

    The code itself is not kept here. A version is sent to the audit once; ``id`` is then the number of the audit
    (审核单). ``submitted_at`` tells whether it ever was, ``reason`` why it was rejected.
    """

    appid = models.CharField(max_length=32)
    state = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in VersionState], default=VersionState.DEVELOPMENT.value)
    template_id = models.BigIntegerField()
    user_version = models.CharField(max_length=64)
    user_desc = models.CharField(max_length=1000, blank=True)
    ext_json_sealed = models.BinaryField()
    audit_request_sealed = models.BinaryField(null=True)
    committed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appid", "state"], condition=models.Q(state__in=[s.value for s in SINGLE_STATES]),
                name="shelf_one_version_each"),
        ]
        indexes = [
            models.Index(fields=["appid", "id"], name="shelf_version_appid"),
            models.Index(
                fields=["submitted_at"], condition=models.Q(state=VersionState.AUDITING.value), name="shelf_auditing"),
        ]

    def __str__(self) -> str:
        return f"version {self.pk} of {self.appid}"
