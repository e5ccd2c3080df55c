"""The catalogue of mini programs and the waivers granted to some of them."""

from django.db import models

from openbeian.shelf.versions.models import Version

__all__ = ["FormerEntry", "MiniProgram", "Version", "Waiver"]

#: Purpose under which this room seals and digests the name of an app's organizer.
ORGANIZER = "shelf.organizer"


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


class FormerEntry(models.Model):
    """What the catalogue said of a mini program until an import changed it."""

    appid = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    organizer_name_sealed = models.BinaryField()
    province = models.CharField(max_length=6)
    first_listed_at = models.DateTimeField(null=True)
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["appid", "until"], name="shelf_formerentry_appid")]


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
