from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_migrate


class LedgerConfig(AppConfig):
    name = "openbeian.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.ledger import instance
        from openbeian.ledger.working_days import take_up_on_connection

        connection_created.connect(instance.compare, dispatch_uid="ledger.instance")
        pre_migrate.connect(instance.claim, sender=self, dispatch_uid="ledger.instance")
        connection_created.connect(take_up_on_connection, dispatch_uid="ledger.calendar")
