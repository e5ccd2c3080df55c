"""What the commands of the rooms have in common: who acts, ``--json``, how rows are printed and how a command ends."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from openbeian.regime.actors import Actor, Role
from openbeian.regime.calendar import SHANGHAI

Row = TypeVar("Row")

COMMAND_LINE = Actor(Role.OPERATOR, "command-line")
#: Who files and gives up orders from the command line: only an organizer may, and whoever types acts for it.
FOR_ORGANIZER = Actor(Role.ORGANIZER, "command-line")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON, instants in Chinese time."""

    def instant(part: Any) -> str:
        if isinstance(part, datetime):
            return part.astimezone(SHANGHAI).isoformat()
        raise TypeError(type(part).__name__)

    typer.echo(json.dumps(value, ensure_ascii=False, default=instant, indent=indent))


def print_row(row: Row, *, as_json: bool, fields: Callable[[Row], Any], line: Callable[[Row], str]) -> None:
    """Print the ``fields`` of one row as JSON, or its line."""
    if as_json:
        print_json(fields(row))
    else:
        typer.echo(line(row))


def print_rows(
    rows: Iterable[Row], *, as_json: bool, fields: Callable[[Row], Any], line: Callable[[Row], str], key: str = "",
    none: str = "",
) -> None:
    """Print the ``fields`` of each row as JSON (a list, or an object with the list as ``key``), or a line for each row.

    ``none`` is printed where there is no row, unless as JSON.
    """
    rows = list(rows)
    if as_json:
        listed = [fields(row) for row in rows]
        print_json({key: listed} if key else listed)
        return
    for row in rows:
        typer.echo(line(row).rstrip())
    if not rows and none:
        typer.echo(none)


def end(done: object, *, yes: str, no: str) -> NoReturn:
    """Print what came of a command and end it: exit code 0 if something was done, else 1."""
    typer.echo(yes if done else no)
    raise typer.Exit(0 if done else 1)
