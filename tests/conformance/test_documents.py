"""Every fenced block of the documents is run: a shell's here, page by page, every other by a test that is named here."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from openbeian.regime import calendar
from openbeian.v3.wire import documents, validation
from tests.cli.commands import all_commands
from tests.conformance.documents import (
    PROJECT,
    Block,
    all_blocks,
    blocks,
    commands_in_sentences,
    pages,
    unlike,
)
from tests.conformance.scenes import SCENES, SETTINGS
from tests.conformance.terminal import RUN_ELSEWHERE, Terminal

_HERE = "tests/conformance/test_documents.py"
_SNIPPETS = "tests/conformance/test_snippets.py"
_LIFECYCLE = "tests/regime/test_lifecycle.py"
_GATE = "tests/conformance/test_gate_snippets.py"
_SANDBOX = "tests/conformance/test_sandbox.py"
#: Blocks that need more than a shell and prepared tables, by page and how they begin, and the tests that run them.
RUN_BY = {
    ("README.md", "./run gate check"): RUN_ELSEWHERE["demo"],
    ("docs/how-to/sandbox.md", "pip install"): f"{_SANDBOX}::test_the_snippets_of_the_how_to_run_on_the_files_of_the_sandbox",
    ("docs/how-to/sandbox.md", "npm install"): f"{_SANDBOX}::test_the_snippets_of_the_how_to_run_on_the_files_of_the_sandbox",
    ("docs/how-to/sandbox.md", "./run sandbox --json"): f"{_SANDBOX}::test_the_calls_by_hand_lead_to_an_answer",
    ("docs/how-to/gate.md", "location /mini-programs/"): f"{_GATE}::test_nginx_asks_the_gate_as_the_how_to_has_it",
    ("docs/how-to/gate.md", "location = /gate"): (
        f"{_GATE}::test_an_nginx_that_lets_pass_while_the_gate_is_away_denies_what_the_gate_denies"),
    ("docs/how-to/gate.md", "http_filters:"): f"{_GATE}::test_the_gate_takes_what_envoy_asks",
    ("docs/how-to/file-through-the-api.md", "server {"): f"{_GATE}::test_nginx_leads_a_client_here_by_name",
    ("docs/how-to/file-through-the-api.md", '"""File'): f"{_SNIPPETS}::test_the_snippet_files",
    ("docs/how-to/file-through-the-api.md", "// File"): f"{_SNIPPETS}::test_the_snippet_files",
    ("docs/reference/lifecycle.md", "stateDiagram-v2"): f"{_LIFECYCLE}::test_the_page_of_the_documentation_is_the_table",
    ("docs/reference/v3-mini-program-extension.md", "<?xml"): f"{_HERE}::test_the_files_of_the_extension_fit_its_schema",
}


def run_elsewhere(block: Block) -> str | None:
    """The test that runs this block, if it is none of this file's pages."""
    return next((test for (page, begins), test in RUN_BY.items()
                 if page == block.page and block.begins.startswith(begins)), None)


def run_here(block: Block) -> bool:
    return block.language == "sh" and run_elsewhere(block) is None


@pytest.fixture
def published_calendar() -> Iterator[None]:
    """A page loads a year of its own."""
    yield
    calendar.use(calendar.published())


API_ERROR = re.compile(r'"errcode": ?-?[1-9]')
PAGES = sorted({block.page for block in all_blocks() if run_here(block)})


@pytest.mark.django_db
@pytest.mark.usefixtures("published_calendar")
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_run(page: str, at: Callable[[str], Any], settings: Any) -> None:
    at("2023-09-05T10:00:00+08:00")
    for name, value in SETTINGS.get(page, {}).items():
        setattr(settings, name, value)
    with tempfile.TemporaryDirectory(prefix="page-") as directory, Terminal(Path(directory)).open() as terminal:
        for block in blocks(page):
            if block.file:
                (terminal.directory / block.file).write_text(block.text)
        after = SCENES[page](terminal) if page in SCENES else None
        for block, following in pairwise([*blocks(page), None]):
            if run_here(block):
                printed = terminal.run(block.text)
                if following and following.language == "json" and following.is_output:
                    assert unlike(json.loads(following.text), json.loads(printed)) == [], following
                else:
                    assert API_ERROR.findall(printed) == [], printed
                if after:
                    after(block, printed)


def test_nobody_forgets_a_block() -> None:
    """A new block is run, is named above, shows what the one before prints, is a file that is used, or says it is text."""
    forgotten = [
        str(block) for block in all_blocks()
        if block.language != "text" and not run_here(block) and run_elsewhere(block) is None and not shown(block)]
    assert forgotten == []


def shown(block: Block) -> bool:
    """Whether running the page compares this block, or uses it."""
    used = any(block.file in other.text for other in blocks(block.page) if run_here(other))
    return block.language == "json" and used if block.file else block.is_output and block.language == "json"


def test_the_tests_that_run_the_others_are_there_and_every_block_they_run() -> None:
    for test in {*RUN_BY.values(), *RUN_ELSEWHERE.values()} - {""}:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (PROJECT / file).read_text(), test
    named = {key for key in RUN_BY if any((b.page, True) == (key[0], b.begins.startswith(key[1])) for b in all_blocks())}
    assert named == RUN_BY.keys()


@pytest.mark.django_db
def test_the_commands_in_the_sentences_exist_with_their_options() -> None:
    said = [(page, words) for page in pages() if page != "CHANGELOG.md"  # which also speaks of commands that are no more
            for words in commands_in_sentences(page) if words != ["ANYTHING"]]
    assert len(said) > 60
    assert [(page, " ".join(words)) for page, words in said if not exists(words)] == []


def exists(words: list[str]) -> bool:
    """Whether there is such a command with these options, or a group of commands."""
    commands = all_commands()
    options = {word for word in words if word.startswith("--")}
    for n in (3, 2, 1):
        if command := commands.get(" ".join(words[:n])):
            return options <= {name for parameter in command.params for name in parameter.opts}
    return any(name.startswith(" ".join(words) + " ") for name in commands)


def test_the_files_of_the_extension_fit_its_schema() -> None:
    for block in blocks("docs/reference/v3-mini-program-extension.md"):
        root = documents.parse(block.text.encode("gbk"))
        kind = "upload" if root.tag == "UploadData" else "download"
        assert validation.validate_root(root, kind) == [], block
