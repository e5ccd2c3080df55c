from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "openbeian.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.notices import receivers

        receivers.connect()
