from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "openbeian.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.ledger.signals import calendar_published
        from openbeian.register.claims import settle_after_publication

        calendar_published.connect(settle_after_publication, dispatch_uid="register.settle")
