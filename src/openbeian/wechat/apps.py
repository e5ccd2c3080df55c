from django.apps import AppConfig


class WechatConfig(AppConfig):
    name = "openbeian.wechat"

    def ready(self) -> None:
        from openbeian.wechat import receivers

        receivers.connect()
