from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "openbeian.register"

    def ready(self) -> None:
        from openbeian.ledger.signals import calendar_published
        from openbeian.register.claims import settle_due_instants

        calendar_published.connect(settle_due_instants, dispatch_uid="register.settle")
