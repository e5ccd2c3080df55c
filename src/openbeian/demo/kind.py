"""Which kinds of instances may run the demonstration. Without Django, so that it is asked before settings are read."""

from openbeian.regime.errors import BilingualError


class NotADemonstration(BilingualError):
    """This instance is of another kind, or its settings stop the story."""

    zh = "只有演示实例可以运行演示；请设置 OPENBEIAN_INSTANCE=demo。"
    en = "Only a demonstration instance can run the demonstration; set OPENBEIAN_INSTANCE=demo."


def check_kind(kind: str) -> None:
    """Raise :class:`NotADemonstration` for an instance of another kind."""
    if kind not in ("demo", "test"):
        raise NotADemonstration()
