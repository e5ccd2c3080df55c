"""The ledger (流水): what happened, when, by whom. Rows are added, never changed or removed."""

from django.db import models


class Event(models.Model):
    """One thing that happened, written in the same transaction as the change it tells.

    ``data`` holds codes and numbers only; personal data never enters the ledger. A database trigger refuses
    update, delete and truncate.
    """

    at = models.DateTimeField()
    tag = models.CharField(max_length=64)
    actor_role = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "id"]), models.Index(fields=["tag", "id"])]

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.tag} {self.subject}"


class ClockSetting(models.Model):
    """The instance clock of a demonstration or sandbox; at most one row, none in production."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    instant = models.DateTimeField()
    set_at = models.DateTimeField()
    running = models.BooleanField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_one_clock")]


class CalendarYear(models.Model):
    """A year's holidays (放假安排) that an operator has published or corrected here, as the CSV it came in."""

    year = models.SmallIntegerField(primary_key=True)
    text = models.TextField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=80)

    def __str__(self) -> str:
        return str(self.year)
