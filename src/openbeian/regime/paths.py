"""Dotted paths, by which fields of a dossier are called."""

from typing import Any

from openbeian.regime.numbers import is_digits


def read(tree: Any, path: str) -> Any:
    """The value at a path of nested objects and lists, or None.

    >>> read({"service": {"prior_approvals": [{"number": "京示字1号"}]}}, "service.prior_approvals.0.number")
    '京示字1号'
    """
    for part in path.split("."):
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and is_digits(part) and int(part) < len(tree):
            tree = tree[int(part)]
        else:
            return None
    return tree


def put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path; objects that are not there are made, items of lists must be there.

    >>> dossier = {"materials": {"promise_video": ["a"]}}
    >>> put(dossier, "materials.promise_video.0", "b")
    >>> put(dossier, "service.description", "…")
    >>> dossier
    {'materials': {'promise_video': ['b']}, 'service': {'description': '…'}}
    """
    *parents, last = path.split(".")
    record: Any = tree
    for part in parents:
        record = record[int(part)] if isinstance(record, list) else record.setdefault(part, {})
    record[int(last) if isinstance(record, list) else last] = value
