"""The filing form as a browser posts it."""

from collections.abc import Iterator
from typing import Any

from openbeian.portal.form import bind
from openbeian.regime.dossier import as_typed
from openbeian.regime.lifecycle import OrderKind


def as_posted(
    dossier: dict[str, Any], kind: OrderKind = OrderKind.FIRST_FILING, version: int = 1
) -> Iterator[tuple[str, Any]]:
    """The names and values that a browser would send of the form that shows ``version`` of an order, filled in."""
    yield "version", version
    for _part, inputs in bind(kind, as_typed(dossier)):
        for one in inputs:
            for part in [cell for row in one.rows for cell in row.rows] or [one]:
                if part.value not in (None, [], ""):
                    yield part.input.path, part.iso_date or part.value
                elif part.input.widget not in ("tree", "upload", "uploads"):
                    yield part.input.path, ""
                if part.is_long_term:
                    yield f"{part.input.path}.long_term", "1"
