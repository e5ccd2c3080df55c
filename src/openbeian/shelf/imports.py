"""Bringing a catalogue in: ``appid,name,organizer_name,province,first_listed_at`` as CSV, also as Excel writes it in China.

The file is read line by line, so its size does not matter. Good rows go into a temporary table by COPY and from
there into the catalogue by one statement; bad rows are reported by line and column and left out. What an entry was before
is kept. All of it is one transaction: an import that is killed has not happened, and can simply be run again.
"""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, BinaryIO

from django.db import connection, transaction

from openbeian import vault
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.code_tables import provinces
from openbeian.regime.csv_files import read_labels
from openbeian.register.queries import name_digest
from openbeian.shelf import models, verbs
from openbeian.shelf.errors import ImportRefused
from openbeian.web.machines import Refused, instant, is_appid, read_instant

COLUMNS = ("appid", "name", "organizer_name", "province", "first_listed_at")
LENGTH_MAX = {"name": 200, "organizer_name": 255}
#: Between two cells, as people call it.
DELIMITERS = {",": ("逗号", "commas"), ";": ("分号", "semicolons"), "\t": ("制表符", "tabs")}
LINE_MAX = 16 * 1024
#: Of the beginning, by which the charset is found.
SAMPLE_BYTES = 1 << 20
#: Changed entries that are listed in the report, filed ones first; all of them are counted.
LISTED_MAX = 1_000
#: Bad rows kept in the report; all of them are counted.
REPORTED_MAX = 100_000
PROGRESS_ROWS = 50_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0?0:00(?::00)?)?")

#: Why a row is bad: code → Chinese, English.
REASONS = read_labels(__file__)["bad_rows"]


@dataclass(frozen=True)
class BadRow:
    """One thing wrong with one line (counted from 1). Repeats no value of the file."""

    line: int
    column: str
    code: str

    @property
    def reason_zh(self) -> str:
        """Why, in Chinese."""
        return REASONS[self.code][0]

    @property
    def reason_en(self) -> str:
        """Why, in English."""
        return REASONS[self.code][1]


@dataclass(frozen=True)
class Change:
    """An entry that differs: by field what it was and what it is now. ``number`` is that of a filing in force, or empty.

    An organizer's name is masked, unless it is the name of the unit that the mini program is filed for.
    """

    appid: str
    number: str
    fields: Mapping[str, tuple[str, str]]


@dataclass
class Report:
    """What an import did, or with ``dry_run`` would have done. ``rows`` = good rows + ``bad_rows``.

    ``charset`` and ``delimiter`` are what the file was read as. ``filed_changed`` counts the entries with a filing in force
    whose name, organizer or province changes.
    """

    dry_run: bool
    charset: str = ""
    delimiter: str = ""
    rows: int = 0
    added: int = 0
    changed: int = 0
    filed_changed: int = 0
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    bad_rows: int = 0
    bad: list[BadRow] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, line: int, problems: list[tuple[str, str]]) -> None:
        """Count a bad row and keep what is wrong with it."""
        self.bad_rows += 1
        if len(self.bad) < REPORTED_MAX:
            self.bad.extend(BadRow(line, column, code) for column, code in problems)


class FiledWouldChange(ImportRefused):
    """The file has another name, organizer or province for mini programs that are filed; ``report`` lists them."""

    def __init__(self, report: Report) -> None:
        super().__init__(
            f"文件会更改 {report.filed_changed} 个已备案小程序的名称、主办者或省份，未写入；确认更改请加 --change-filed。",
            f"The file changes name, organizer or province of {report.filed_changed} filed mini programs. Nothing was "
            "written; to change them, add --change-filed.", code="filed_would_change")
        self.report = report


def import_catalogue(
    *, source: BinaryIO, actor: Actor, dry_run: bool = False, change_filed: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Add the apps in ``source`` to the catalogue, and bring those already there up to date.

    The columns may stand in any order, further ones are passed over. ``province`` is a code, a name or a short
    name; ``first_listed_at`` a date (00:00 in Shanghai), an instant with its offset, or empty. An empty one never
    erases a known first listing. ``progress`` is called with the number of lines read, now and then.

    Side effects: one event ``shelf:catalogue:imported``; a :class:`~openbeian.shelf.models.FormerEntry` for each entry that
    changes; apps that are offline and by the new facts may stand on the shelf are put back. A dry run changes nothing.
    Raises :class:`ImportRefused` if nothing can be read at all, and :class:`FiledWouldChange` without ``change_filed``.
    """
    lines = _Lines(source)
    report = Report(dry_run=dry_run, charset=lines.charset)
    header = _read_header(lines, report)
    with transaction.atomic():
        now = clock.now()
        with connection.cursor() as cursor:
            cursor.execute(STAGE)
            with cursor.copy(COPY) as copy:
                for row in _good_rows(lines, header, now, report):
                    copy.write_row(row)
                    if progress and report.rows % PROGRESS_ROWS == 0:
                        progress(report.rows)
            if progress:
                progress(report.rows)
            cursor.execute("ANALYZE shelf_incoming")
            _refuse_duplicates(cursor, report)
            _list_changes(cursor, report)
            if report.filed_changed and not (change_filed or dry_run):
                raise FiledWouldChange(report)
            cursor.execute(KEEP, {"now": now})
            cursor.execute(UPSERT, {"now": now})
            report.added, report.changed, good, reopened = cursor.fetchone()
            report.unchanged = good - report.added - report.changed
            cursor.execute("ANALYZE shelf_miniprogram")
        if dry_run:
            transaction.set_rollback(True)
            return report
        if reopened:
            verbs.put_back(appids=reopened, at=now, actor=actor)
        record(
            tag="shelf:catalogue:imported", actor=actor, subject="shelf:catalogue", at=now,
            data={"sha256": lines.digest.hexdigest(), "rows": report.rows, "added": report.added,
                  "changed": report.changed, "filed_changed": report.filed_changed, "unchanged": report.unchanged,
                  "bad_rows": report.bad_rows},
        )
    return report


STAGE = """
DROP TABLE IF EXISTS pg_temp.shelf_incoming;
CREATE TEMPORARY TABLE shelf_incoming (
    line bigint NOT NULL, appid text NOT NULL, name text NOT NULL, organizer_name_sealed bytea NOT NULL,
    organizer_name_digest bytea NOT NULL, province text NOT NULL, first_listed_at timestamptz
) ON COMMIT DROP
"""
COPY = """
COPY shelf_incoming (line, appid, name, organizer_name_sealed, organizer_name_digest, province, first_listed_at)
FROM STDIN
"""
DUPLICATES = """
WITH later AS (
    SELECT line, row_number() OVER (PARTITION BY appid ORDER BY line) AS nth FROM shelf_incoming
)
DELETE FROM shelf_incoming USING later WHERE shelf_incoming.line = later.line AND later.nth > 1
RETURNING shelf_incoming.line
"""
_OTHER_ACCOUNT = """(m.name, m.organizer_name_digest, m.province)
    IS DISTINCT FROM (i.name, i.organizer_name_digest, i.province)"""
_DIFFERS = f"({_OTHER_ACCOUNT} OR m.first_listed_at IS DISTINCT FROM coalesce(i.first_listed_at, m.first_listed_at))"
CHANGES = f"""
SELECT count(*) FILTER (WHERE s.number IS NOT NULL AND {_OTHER_ACCOUNT}) OVER (), m.appid, coalesce(s.number, ''),
       o.name_digest, m.name, i.name, m.organizer_name_sealed, i.organizer_name_sealed,
       m.organizer_name_digest <> i.organizer_name_digest, m.province, i.province, m.first_listed_at,
       coalesce(i.first_listed_at, m.first_listed_at)
FROM shelf_miniprogram m JOIN shelf_incoming i USING (appid)
LEFT JOIN register_service s ON s.appid = m.appid AND s.cancelled_at IS NULL
LEFT JOIN register_subject o ON o.id = s.subject_id
WHERE {_DIFFERS}
ORDER BY s.number IS NULL, m.appid LIMIT {LISTED_MAX}
"""
KEEP = f"""
INSERT INTO shelf_formerentry (appid, name, organizer_name_sealed, province, first_listed_at, until)
SELECT m.appid, m.name, m.organizer_name_sealed, m.province, m.first_listed_at, %(now)s
FROM shelf_miniprogram m JOIN shelf_incoming i USING (appid)
WHERE {_DIFFERS}
ORDER BY m.appid FOR UPDATE OF m
"""
# In the order of appid, as the sweep goes, so that the two never wait for each other in a ring. Rows that say
# nothing new are left alone: sealing the same name twice gives different bytes, so its digest is compared.
UPSERT = f"""
WITH written AS (
    INSERT INTO shelf_miniprogram AS m (
        appid, name, organizer_name_sealed, organizer_name_digest, province, first_listed_at,
        offline_code, offline_clause, imported_at)
    SELECT appid, name, organizer_name_sealed, organizer_name_digest, province, first_listed_at, '', '', %(now)s
    FROM shelf_incoming i
    WHERE NOT EXISTS (
        SELECT FROM shelf_miniprogram m WHERE m.appid = i.appid AND NOT {_DIFFERS})
    ORDER BY appid
    ON CONFLICT (appid) DO UPDATE SET
        name = excluded.name,
        organizer_name_sealed = excluded.organizer_name_sealed,
        organizer_name_digest = excluded.organizer_name_digest,
        province = excluded.province,
        first_listed_at = coalesce(excluded.first_listed_at, m.first_listed_at),
        imported_at = excluded.imported_at
    RETURNING m.appid, m.xmax = 0 AS is_new, m.offline_since IS NOT NULL AS is_offline
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new), (SELECT count(*) FROM shelf_incoming),
       array_agg(appid ORDER BY appid) FILTER (WHERE is_offline)
FROM written
"""


class _Digested(io.RawIOBase):
    """A file whose bytes are digested as they are read."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.digest = source, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.source.read(len(buffer))
        self.digest.update(piece)
        buffer[:len(piece)] = piece
        return len(piece)


class _Lines:
    """Lines of a file with their numbers, none longer than the limit, and the digest of all of it."""

    def __init__(self, source: BinaryIO) -> None:
        digested = _Digested(source)
        buffered = io.BufferedReader(digested, SAMPLE_BYTES)
        self.digest, self.number = digested.digest, 0
        self.charset, codec = _charset(buffered.peek())
        self.text = io.TextIOWrapper(buffered, codec, errors="replace")

    def __iter__(self) -> Iterator[str | None]:
        """Each line without its end; None in place of one that is too long."""
        while line := self.text.readline(LINE_MAX):
            self.number += 1
            if len(line) == LINE_MAX and not line.endswith("\n"):
                while (rest := self.text.readline(LINE_MAX)) and not rest.endswith("\n"):
                    pass
                yield None
            else:
                yield line.removesuffix("\n")


def _charset(beginning: bytes) -> tuple[str, str]:
    """The charset's name for people, and its codec: by the byte order mark, else by what most lines can be."""
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16", "utf-16"
    lines = [line for line in beginning.splitlines() if not line.isascii()]
    broken = sum("\ufffd" in line.decode(errors="replace") for line in lines)
    return ("GB18030 (GBK)", "gb18030") if 2 * broken > len(lines) else ("UTF-8", "utf-8-sig")


def _read_header(lines: _Lines, report: Report) -> list[str]:
    line = next(iter(lines), None)
    if not line:
        raise ImportRefused(code="empty_file", zh="文件为空或首行不是表头。", en="The file is empty, or has no header.")
    headers = {delimiter: _split(line.lower(), delimiter) or [] for delimiter in DELIMITERS}
    report.delimiter, names = next(
        (found for found in headers.items() if set(COLUMNS) <= set(found[1])), (",", headers[","]))
    missing = [name for name in COLUMNS if name not in names]
    named = [name for name in names if name]
    if missing or len(set(named)) != len(named):
        raise ImportRefused(
            code="header",
            zh=f"首行应为表头 {','.join(COLUMNS)}（以逗号、分号或制表符分隔），"
               + (f"缺少 {'、'.join(missing)}。" if missing else "列名重复。"),
            en=f"The first line must be the header {','.join(COLUMNS)}, with commas, semicolons or tabs; "
               + (f"missing: {', '.join(missing)}." if missing else "a column appears twice."))
    if len(named) > len(COLUMNS):
        report.notes.append(("多余的列已忽略。", "Further columns were ignored."))
    return names


def _good_rows(
    lines: _Lines, header: list[str], now: datetime, report: Report
) -> Iterator[tuple[int, str, str, bytes, bytes, str, datetime | None]]:
    positions = [header.index(name) for name in COLUMNS]
    for line in lines:
        if line is not None and not line.strip(' \u3000"' + report.delimiter):
            continue
        report.rows += 1
        cells = _cells(line, report.delimiter, len(header))
        if isinstance(cells, str):
            report.refuse(lines.number, [("", cells)])
            continue
        appid, name, organizer_name, province, listed = (cells[p] for p in positions)
        code = province_codes().get(province)
        problems = [*_text_problems(appid, name, organizer_name), *([] if code else [("province", "province")])]
        first_listed_at = _read_date(listed) if listed else None
        if isinstance(first_listed_at, str):
            problems.append(("first_listed_at", first_listed_at))
        elif first_listed_at is not None and first_listed_at > now:
            problems.append(("first_listed_at", "future"))
        if problems or isinstance(first_listed_at, str) or code is None:
            report.refuse(lines.number, problems)
            continue
        yield (
            lines.number, appid, name, vault.seal(organizer_name.encode(), purpose=models.ORGANIZER),
            vault.digest(organizer_name, purpose=models.ORGANIZER), code, first_listed_at,
        )


def _cells(line: str | None, delimiter: str, expected: int) -> list[str] | str:
    """The cells of a line, or the code of what is wrong with it. A cell holds no line break."""
    if line is None:
        return "line_too_long"
    if "\ufffd" in line:
        return "encoding"
    cells = _split(line, delimiter)
    if cells is None:
        return "quotes"
    return cells[:expected] if len(cells) >= expected and not any(cells[expected:]) else "columns"


def _split(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line without the spaces around them, or None where the quotes do not match."""
    try:
        cells = next(csv.reader((line,), delimiter=delimiter, strict=True)) if '"' in line else line.split(delimiter)
    except csv.Error:
        return None
    return [cell.strip() for cell in cells]


def _text_problems(appid: str, name: str, organizer_name: str) -> Iterator[tuple[str, str]]:
    if not is_appid(appid):
        yield "appid", "appid" if appid else "empty"
    for column, text in (("name", name), ("organizer_name", organizer_name)):
        if not text:
            yield column, "empty"
        elif len(text) > LENGTH_MAX[column]:
            yield column, "too_long"
        elif _CONTROL.search(text):
            yield column, "control"


@lru_cache(maxsize=65536)
def _read_date(text: str) -> datetime | str:
    try:
        parts = _DATE.fullmatch(text)
        return read_instant(date(*map(int, parts.groups())).isoformat() if parts else text)
    except (Refused, ValueError):
        return "date"


@cache
def province_codes() -> Mapping[str, str]:
    """What may stand in the column ``province`` → its code: 330000, 浙江省, 浙江, 浙."""
    known: dict[str, str] = {}
    for province in provinces().values():
        bare = province.name
        for ending in ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"):
            bare = bare.removesuffix(ending)
        for text in (province.code, province.name, bare, province.short, province.short_alias):
            if text:
                known[text] = province.code
    return known


def _refuse_duplicates(cursor: Any, report: Report) -> None:
    cursor.execute(DUPLICATES)
    for (line,) in sorted(cursor.fetchall()):
        report.refuse(line, [("appid", "duplicate")])
    report.bad.sort(key=lambda bad: bad.line)


def _list_changes(cursor: Any, report: Report) -> None:
    cursor.execute(CHANGES)
    for (report.filed_changed, appid, number, filed_unit, old_name, name, old_organizer, organizer, other_organizer,
         old_province, province, old_listing, listing) in cursor.fetchall():
        fields = {"name": (old_name, name), "province": (old_province, province),
                  "first_listed_at": (instant(old_listing) or "", instant(listing) or "")}
        if other_organizer:
            fields["organizer_name"] = (_shown(old_organizer, filed_unit), _shown(organizer, filed_unit))
        report.changes.append(Change(appid, number, {
            name: values for name, values in fields.items() if values[0] != values[1] or name == "organizer_name"}))


def _shown(sealed: bytes, filed_unit: bytes | None) -> str:
    """An organizer's name; masked unless it is the filed unit's, for any other may be a person's."""
    name = vault.unseal(sealed, purpose=models.ORGANIZER).decode()
    return name if name_digest(name) == filed_unit else vault.mask_name(name)
