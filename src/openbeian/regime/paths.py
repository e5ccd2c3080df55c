"""Dotted paths, by which fields of a dossier are called."""

from typing import Any


def read(tree: Any, path: str) -> Any:
    """The value at a path of nested objects and lists, or None.

    >>> read({"service": {"prior_approvals": [{"number": "京示字1号"}]}}, "service.prior_approvals.0.number")
    '京示字1号'
    """
    for part in path.split("."):
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and part.isdecimal() and int(part) < len(tree):
            tree = tree[int(part)]
        else:
            return None
    return tree
