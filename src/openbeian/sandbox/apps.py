from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "openbeian.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.sandbox import receivers

        receivers.connect()
