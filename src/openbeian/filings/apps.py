from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FilingsConfig(AppConfig):
    name = "openbeian.filings"

    def ready(self) -> None:
        from openbeian.filings import guard
        from openbeian.filings.orders import settle_due_instants
        from openbeian.ledger.signals import calendar_published

        calendar_published.connect(settle_due_instants, dispatch_uid="filings.settle")
        post_migrate.connect(guard.install_after_migrate, sender=self)
