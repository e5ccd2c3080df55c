from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "openbeian.notices"

    def ready(self) -> None:
        from openbeian.notices import receivers

        receivers.connect()
