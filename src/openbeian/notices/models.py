"""In-site notices (站内信), and pushes (推送) to third-party platforms."""

from django.conf import settings
from django.db import models

from openbeian.accounts.models import ApiClient

#: Purpose under which a push's elements are sealed: tickets and authorization codes are secrets.
ELEMENTS = "notices.push"
#: What a platform gets every ten minutes; a new one replaces all before it.
TICKET = "component_verify_ticket"


class Notice(models.Model):
    """One thing told to one person, or to whoever administers a mini program.

    A notice to a mini program is one row however many administrators it has, and is read once one of them has
    read it. ``context`` fills the placeholders of the text in :mod:`openbeian.notices.texts`; it never holds
    personal data.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="notices")
    appid = models.CharField(max_length=32, blank=True)
    code = models.CharField(max_length=40)
    context = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(
            condition=models.Q(recipient__isnull=False) ^ ~models.Q(appid=""), name="notices_one_addressee")]
        indexes = [models.Index(fields=["appid", "id"])]


class Callback(models.TextChoices):
    """Which of a client's two URLs a push is posted to."""

    EVENT = "event", "authorization-event URL"
    MESSAGE = "message", "message URL"


class Lane(models.Model):
    """The order in which one client is told about one mini program.

    Counting ``last_sequence`` up locks the row until commit, so sequence numbers are committed in order and
    without a gap. Tickets, which concern no mini program, have a lane of their own with an empty ``appid``.
    """

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="lanes")
    appid = models.CharField(max_length=32, blank=True)
    last_sequence = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "appid"], name="notices_one_lane")]


class Push(models.Model):
    """One message to a client: written with the change it reports, delivered after commit, at least once.

    ``due`` says whether it may be attempted now. It is false while the push is in back-off: the last attempt failed,
    and the next one is planned for ``next_attempt_at``. A push that is due although ``next_attempt_at`` is set was
    released before that instant; such an attempt does not count among ``attempts``.
    """

    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="pushes")
    sequence = models.BigIntegerField()
    info_type = models.CharField(max_length=64)
    callback = models.CharField(max_length=7, choices=Callback, default=Callback.EVENT)
    format = models.CharField(max_length=4, choices=[("xml", "XML"), ("json", "JSON")])
    elements_sealed = models.BinaryField()
    created_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    due = models.BooleanField(default=True)
    next_attempt_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    last_problem = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lane", "sequence"], name="notices_push_sequence")]
        indexes = [
            models.Index(
                fields=["lane", "sequence"], name="notices_waiting",
                condition=models.Q(delivered_at__isnull=True, dead_at__isnull=True)),
            models.Index(fields=["dead_at"], name="notices_dead", condition=models.Q(dead_at__isnull=False)),
            models.Index(fields=["delivered_at"], name="notices_delivered"),
        ]
