from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FilingsConfig(AppConfig):
    name = "openbeian.filings"
    label = "filings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.filings import guard
        from openbeian.filings.receivers import settle
        from openbeian.ledger.signals import calendar_published

        calendar_published.connect(settle, dispatch_uid="filings.settle")
        post_migrate.connect(guard.install_after_migrate, sender=self)
