from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "openbeian.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.filings.signals import order_moved
        from openbeian.register import receivers

        order_moved.connect(receivers.take_effect, dispatch_uid="register.take_effect")
