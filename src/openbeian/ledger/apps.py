from django.apps import AppConfig
from django.db.backends.signals import connection_created


class LedgerConfig(AppConfig):
    name = "openbeian.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.ledger.working_days import take_up_on_connection

        connection_created.connect(take_up_on_connection, dispatch_uid="ledger.calendar")
