from django.apps import AppConfig


class AuthorityConfig(AppConfig):
    name = "openbeian.authority"

    def ready(self) -> None:
        from openbeian.authority.receivers import ask_status
        from openbeian.authority.verbs.assignments import settle_limits
        from openbeian.filings.signals import order_moved
        from openbeian.ledger.signals import calendar_published

        order_moved.connect(ask_status, dispatch_uid="authority.ask_status")
        calendar_published.connect(settle_limits, dispatch_uid="authority.settle")
