from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "openbeian.sandbox"

    def ready(self) -> None:
        from openbeian.sandbox import receivers

        receivers.connect()
