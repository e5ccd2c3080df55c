"""The fenced blocks of the documents, and how what a document shows is compared with what came out."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

PROJECT = Path(__file__).parents[2]
_FENCED = re.compile(r"^(?P<indent> *)(?P<fence>```+|~~~+)(?P<info>.*)\n(?P<text>(?:.*\n)*?)(?P=indent)(?P=fence) *$", re.M)


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, its line there, and what stands behind the fence: a language and, for a file, its name."""

    page: str
    line: int
    language: str
    file: str
    text: str
    is_output: bool
    """Whether it follows on a block with nothing between: then it shows what that one prints."""

    @property
    def begins(self) -> str:
        """Its first line, by which tests name it."""
        return self.text.partition("\n")[0]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def blocks(page: str) -> tuple[Block, ...]:
    """The blocks of a page, from top to bottom."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    found: list[Block] = []
    end = 0
    for match in _FENCED.finditer(text):
        language, _, file = match["info"].strip().partition(" ")
        found.append(Block(
            page, text.count("\n", 0, match.start()) + 1, language, file, dedent(match["text"]),
            is_output=bool(found) and not text[end:match.start()].strip()))
        end = match.end()
    return tuple(found)


def block(page: str, begins: str) -> Block:
    """The one block of a page that begins so."""
    found, = (block for block in blocks(page) if block.begins.startswith(begins))
    return found


def pages() -> list[str]:
    """Every document of the project."""
    found = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
    return sorted(page.relative_to(PROJECT).as_posix() for page in found)


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]


def commands_in_sentences(page: str) -> list[list[str]]:
    """What a page has between backticks that begins with our command, word by word, without the command."""
    text = re.sub(_FENCED, "", (PROJECT / page).read_text(encoding="utf-8"))
    return [spoken.split()[1:] for spoken in re.findall(r"(?<!`)`((?:openbeian|\./run)\s[^`]+)`", text)]


def unlike(shown: Any, found: Any, where: str = "") -> list[str]:
    """Where a JSON value is not what the document shows. ``…`` stands for any text, part of a text, or further keys."""
    if isinstance(shown, dict) and isinstance(found, dict):
        named = shown.keys() - {"…"}
        keys = [f"{where}.{key}" for key in named - found.keys() | (found.keys() - named if "…" not in shown else set())]
        return keys + [line for key in named & found.keys() for line in unlike(shown[key], found[key], f"{where}.{key}")]
    if isinstance(shown, list) and isinstance(found, list) and len(shown) == len(found):
        return [line for n, pair in enumerate(zip(shown, found, strict=True)) for line in unlike(*pair, f"{where}[{n}]")]
    if isinstance(shown, str) and isinstance(found, str):
        pattern = ".*".join(map(re.escape, shown.split("…")))
        return [] if re.fullmatch(pattern, found, re.DOTALL) else [f"{where}: {found!r}"]
    return [] if shown == found else [f"{where}: {found!r}"]
