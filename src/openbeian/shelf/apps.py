from django.apps import AppConfig


class ShelfConfig(AppConfig):
    name = "openbeian.shelf"
    label = "shelf"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.register.signals import service_changed
        from openbeian.shelf import receivers
        from openbeian.shelf.signals import version_moved

        service_changed.connect(receivers.follow_register, dispatch_uid="shelf.follow_register")
        version_moved.connect(receivers.pass_by_itself, dispatch_uid="shelf.pass_by_itself")
