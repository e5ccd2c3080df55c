from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "openbeian.desk"
    label = "desk"
