"""Chinese first, English beside it, neither with a hole. Nothing is fetched from anywhere else."""

import hashlib
import re
import struct

from tests.browser.messages import PACKAGE, ROOTS, texts

CATALOGUE = PACKAGE / "locale/en/LC_MESSAGES/django.mo"
VENDOR = PACKAGE / "static/vendor"
CHINESE = re.compile("[\u4e00-\u9fff]")


def compiled() -> dict[str, str]:
    """The catalogue the running system reads."""
    data = CATALOGUE.read_bytes()
    _magic, _revision, count, originals, translations = struct.unpack("<5I", data[:20])

    def text(table: int, row: int) -> str:
        length, offset = struct.unpack("<2I", data[table + 8 * row : table + 8 * row + 8])
        return data[offset : offset + length].decode()

    pairs = {text(originals, row): text(translations, row) for row in range(count)}
    pairs.pop("")
    return pairs


def test_every_text_has_its_english_and_the_catalogue_holds_nothing_else() -> None:
    pairs = compiled()
    assert set(pairs) == texts()
    assert [zh for zh, en in pairs.items() if not en.strip() or CHINESE.search(en)] == []


def test_translations_keep_the_placeholders() -> None:
    places = re.compile(r"%\((\w+)\)s")
    assert [zh for zh, en in compiled().items() if set(places.findall(zh)) != set(places.findall(en))] == []


def test_no_template_says_something_untranslated() -> None:
    """Chinese outside of a translation mark would show on English pages. The page for a broken server says both."""
    marked = re.compile(r"{%-?\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}", re.DOTALL)
    found = {
        str(path.relative_to(PACKAGE)) for root in ROOTS for path in root.rglob("*.html")
        if CHINESE.search(marked.sub("", path.read_text()))
    }
    assert found == {"templates/500.html", "templates/base.html"}  # base: the switch to Chinese is in Chinese


def test_vendored_files_are_the_ones_the_list_names() -> None:
    listed = dict(re.findall(r"\| `(\S+)` \|.*\| `([0-9a-f]{64})` \|", (VENDOR / "README.md").read_text()))
    files = {str(path.relative_to(VENDOR)): path for path in VENDOR.rglob("*") if path.suffix in (".css", ".js")}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()} == listed
    assert all((path.parent / "LICENSE").is_file() and path.stat().st_size < 1024 * 1024 for path in files.values())


def test_pages_carry_no_inline_script_or_style_and_name_no_other_host() -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|https?://|hx-on|js:", re.I)
    templates = [path for root in ROOTS for path in root.rglob("*.html")]
    assert {str(path): inline.findall(path.read_text()) for path in templates if inline.search(path.read_text())} == {}
