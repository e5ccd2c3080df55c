from django.apps import AppConfig


class CertificationConfig(AppConfig):
    name = "openbeian.certification"
    label = "certification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.certification import receivers

        receivers.connect()
