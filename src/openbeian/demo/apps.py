from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "openbeian.demo"
    label = "demo"

    def ready(self) -> None:
        from openbeian.demo.receivers import pass_face_check
        from openbeian.filings.signals import face_check_created

        face_check_created.connect(pass_face_check, dispatch_uid="demo.face_check_created")
