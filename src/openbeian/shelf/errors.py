"""What can be wrong with a request to the shelf. Texts are in both languages and free of personal data."""

from openbeian.regime.errors import BilingualError
from openbeian.regime.shelf_policy import Decision


class ShelfError(BilingualError):
    """Base."""

    code = "shelf_error"


class NotFound(ShelfError):
    """The catalogue has no such mini program."""

    code = "unknown_app"
    zh = "目录中没有这个小程序。"
    en = "The catalogue has no such mini program."


class GateClosed(ShelfError):
    """The gate says no; ``decision`` says why."""

    code = "gate_closed"

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason_zh, decision.reason_en)
        self.decision = decision


class VersionRefused(ShelfError):
    """What was asked of a version cannot be done; ``code`` says why.

    ``audit_running``, ``nothing_committed``, ``no_audit_running``, ``withdrawals_used_up``, ``unknown_audit``,
    ``never_audited``, ``not_passed``, ``already_released``.
    """


class NeverListed(ShelfError):
    """An app that was never on the shelf can be neither closed nor opened."""

    code = "never_listed"
    zh = "小程序从未上架。"
    en = "The mini program was never on the shelf."


class InTheFuture(ShelfError):
    """A production instance does not take apps offline ahead of time."""

    code = "in_the_future"
    zh = "下架时刻在未来；提前查看请用 --dry-run。"
    en = "The instant lies in the future; to look ahead, use --dry-run."


class AlreadyRunning(ShelfError):
    """Another sweep is running; it does the same work."""

    code = "already_running"
    zh = "另一个下架任务正在运行。"
    en = "Another sweep is already running."


class ImportRefused(ShelfError):
    """A file of which nothing can be imported; ``code`` says why."""
