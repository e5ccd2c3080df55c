from django.apps import AppConfig


class CertificationConfig(AppConfig):
    name = "openbeian.certification"

    def ready(self) -> None:
        from openbeian.certification import receivers

        receivers.connect()
