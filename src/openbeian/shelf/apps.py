from django.apps import AppConfig


class ShelfConfig(AppConfig):
    name = "openbeian.shelf"
    label = "shelf"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.register.signals import service_changed
        from openbeian.shelf import receivers

        service_changed.connect(receivers.follow_register, dispatch_uid="shelf.follow_register")
