"""What the administration's files say, as lines for the desk. Personal data is left out unless allowed."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from openbeian import vault
from openbeian.authority.lines import Line, lines_of
from openbeian.authority.models import INBOX, InboxFile
from openbeian.desk.link_words import value
from openbeian.v3 import codec
from openbeian.web.pages import in_english

HIDDEN = "＊＊＊"
Shown = tuple[str, str]


def shown(lines: Iterable[Line], *, in_clear: bool) -> list[Shown]:
    """(path, text) of each line, codes with what they stand for."""
    return [(line.path, _text(line) if in_clear or not line.personal else HIDDEN) for line in lines]


def _text(line: Line) -> str:
    if line.text in ("True", "False"):
        return _("是") if line.text == "True" else _("否")
    zh, en = value(line.path, line.text)
    return en if in_english() else zh


def shown_file(file: InboxFile, *, in_clear: bool) -> list[tuple[str, list[Shown]]]:
    """Each record of a file: the name of its kind, and its lines. Empty for a file that cannot be read."""
    if file.packed or file.purged_at is not None:
        return []
    try:
        records = codec.read(vault.unseal(file.sealed, purpose=INBOX))
    except codec.Unreadable:
        return []
    return [(type(entry).__name__, shown(lines_of(entry), in_clear=in_clear)) for entry in records]
