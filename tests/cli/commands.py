"""All commands of the command line, also those that are yet to be written."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import typer.main
from typer.core import TyperGroup

from openbeian.cli import app

#: These work on no instance's database, or on one that they make.
WITHOUT_DATABASE = (
    "test", "version", "soak", *(f"bench {path}" for path in ("wechat", "gate", "authority", "unfriendly", "commands")))


@cache
def all_commands() -> dict[str, Any]:
    """Every command by its words: ``shelf import``."""
    return dict(_below(typer.main.get_group(app), ()))


def _below(group: TyperGroup, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(None):  # type: ignore[arg-type]
        command = group.get_command(None, name)  # type: ignore[arg-type]
        if isinstance(command, TyperGroup):
            yield from _below(command, (*words, name))
        else:
            yield " ".join((*words, name)), command
