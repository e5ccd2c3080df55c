from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "openbeian.portal"
    label = "portal"
