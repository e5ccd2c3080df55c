"""Every Chinese text the screens mark for translation: read from the templates' nodes and the Python sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.template import Engine, engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

import openbeian

PACKAGE = Path(openbeian.__file__).parent
ROOTS = (PACKAGE / "templates", PACKAGE / "portal/templates", PACKAGE / "desk/templates",
         PACKAGE / "certification/templates", PACKAGE / "wechat/templates", PACKAGE / "register/templates")
#: A text handed to another template: ``label=_("…")``.
_GIVEN = re.compile(r'=_\("([^"]+)"\)')
MARKS = {"_", "gettext", "gettext_lazy"}


def texts() -> set[str]:
    """All msgids."""
    return {text for root in ROOTS for path in root.rglob("*.html") for text in _of_template(root, path)} | {
        text for room in ("portal", "desk", "wechat") for path in (PACKAGE / room).rglob("*.py") for text in _of_source(path)}


def _of_template(root: Path, path: Path) -> Iterator[str]:
    engine: Engine = engines["django"].engine  # type: ignore[attr-defined]
    template = engine.get_template(str(path.relative_to(root)))
    for node in template.nodelist.get_nodes_by_type(TranslateNode):
        yield str(node.filter_expression.var.literal)
    yield from _GIVEN.findall(path.read_text())
    for block in template.nodelist.get_nodes_by_type(BlockTranslateNode):
        yield block.render_token_list(block.singular)[0]


def _of_source(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            yield ast.literal_eval(node.args[0])
