"""Procedures: a certification and the filing that follows it."""

from django.db import models
from django.utils.crypto import get_random_string

from openbeian.accounts.models import ApiClient
from openbeian.certification.lifecycle import FILING_STATES, OPEN_STATES, ProcedureState
from openbeian.filings.models import Order

#: Purposes under which this room seals.
DATA, DOSSIER, REASON = "certification.data", "certification.dossier", "certification.reason"


def new_procedure_id() -> str:
    """The public name of a procedure: 32 characters that nobody guesses."""
    return get_random_string(32)


class Procedure(models.Model):
    """One certification with the filing after it.

    ``id`` is the number of the certification order (认证订单号), which exists from ``ordered_at`` on;
    ``procedure_id`` is what clients call it by. ``state`` changes only through
    :func:`openbeian.certification.transitions.transition`. ``client`` is the platform that submitted last and is notified.
    ``findings`` say why there is no filing order; they hold no values of the dossier.
    """

    procedure_id = models.CharField(max_length=32, unique=True, default=new_procedure_id)
    appid = models.CharField(max_length=32)
    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="+")
    state = models.SmallIntegerField(choices=[(s.value, s.name.lower()) for s in ProcedureState])
    pay_type = models.SmallIntegerField()
    data_sealed = models.BinaryField()
    dossier_sealed = models.BinaryField()
    waived_rules = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    reason_sealed = models.BinaryField(null=True)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    state_since = models.DateTimeField()
    ordered_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    certified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appid"], condition=models.Q(state__in=sorted(int(state) for state in OPEN_STATES)),
                name="certification_one_procedure"),
            models.CheckConstraint(
                condition=models.Q(certified_at__isnull=False) | ~models.Q(
                    state__in=sorted(int(state) for state in FILING_STATES - {ProcedureState.NO_ORDER})),
                name="certification_before_filing"),
            models.CheckConstraint(
                condition=models.Q(paid_at__isnull=False) | models.Q(certified_at__isnull=True),
                name="certification_paid_for"),
        ]
        indexes = [
            models.Index(fields=["appid", "id"], name="certification_appid"),
            models.Index(fields=["state", "state_since", "id"], name="certification_state"),
        ]

    @property
    def subject(self) -> str:
        """The ledger's name for this procedure."""
        return f"certification:{self.pk}"
