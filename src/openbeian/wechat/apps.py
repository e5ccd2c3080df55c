from django.apps import AppConfig


class WechatConfig(AppConfig):
    name = "openbeian.wechat"
    label = "wechat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from openbeian.wechat import receivers

        receivers.connect()
