"""The versions of a mini program's code."""

from django.db import models

from openbeian.shelf.versions.lifecycle import SINGLE_STATES, VersionState

#: Purposes under which a version's configuration and what was sent along for its audit are sealed: service
#: providers put keys into the one and test accounts into the other.
EXT_JSON, AUDIT_REQUEST = "shelf.version.ext_json", "shelf.version.audit_request"


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
