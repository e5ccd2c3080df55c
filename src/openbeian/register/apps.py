from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "openbeian.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.authority.signals import (
            access_id_told,
            cancelled_by_administration,
            register_asked,
        )
        from openbeian.filings.signals import order_moved
        from openbeian.ledger.signals import calendar_published
        from openbeian.register import link, receivers

        order_moved.connect(receivers.take_effect, dispatch_uid="register.take_effect")
        register_asked.connect(link.held, dispatch_uid="register.held")
        cancelled_by_administration.connect(link.follow_cancellation, dispatch_uid="register.follow_cancellation")
        access_id_told.connect(link.complete_access_id, dispatch_uid="register.complete_access_id")
        calendar_published.connect(receivers.settle, dispatch_uid="register.settle")
