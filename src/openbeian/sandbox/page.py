"""The test values as a page of the documentation. ``python -m openbeian.sandbox.page`` prints it."""

import json
from pathlib import Path

from openbeian.sandbox.programs import FAILING_VALUES, PROGRAMS, FailingValue, Program, Stage


def as_markdown() -> str:
    """The whole page: page.md with its tables."""
    tables = {
        stage or "special": "\n".join(_row(program) for program in PROGRAMS if program.stage == stage)
        for stage in (*Stage, None)}
    text = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    return text.format(**tables, failing="\n".join(map(_failing, FAILING_VALUES)))


def _row(program: Program) -> str:
    return (f"| `{program.marker or program.character.organizer_name}` | `{program.appid}` `{program.key}` | "
            f"{program.zh}。{program.en} | {program.seen} |")


def _failing(row: FailingValue) -> str:
    elsewhere = f" at `{row.err_field}`" if row.err_field else ""
    return (f"| `{row.path}` | `{json.dumps(row.value, ensure_ascii=False)}` | {row.errcode}{elsewhere} | "
            f"{row.zh} {row.en} |")


if __name__ == "__main__":
    print(as_markdown(), end="")
