"""Bringing a catalogue in: ``appid,name,organizer_name,province,first_listed_at`` as CSV.

The file is read line by line, so its size does not matter. Good rows go into a temporary table by COPY and from
there into the catalogue by one statement; bad rows are reported by line and column and left out. All of it is one
transaction: an import that is killed has not happened, and can simply be run again.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, BinaryIO

from django.db import connection, transaction

from openbeian import vault
from openbeian.ledger import clock
from openbeian.ledger.verbs import record
from openbeian.regime.actors import Actor
from openbeian.regime.code_tables import provinces
from openbeian.regime.csv_files import read_labels
from openbeian.shelf import models, verbs
from openbeian.shelf.errors import ImportRefused
from openbeian.web.machines import Refused, is_appid, read_instant

COLUMNS = ("appid", "name", "organizer_name", "province", "first_listed_at")
LENGTH_MAX = {"name": 200, "organizer_name": 255}
LINE_BYTES_MAX = 16 * 1024
#: Bad rows kept in the report; all of them are counted.
REPORTED_MAX = 100_000
PROGRESS_ROWS = 50_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

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


@dataclass
class Report:
    """What an import did, or with ``dry_run`` would have done. ``rows`` = good rows + ``bad_rows``."""

    dry_run: bool
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    bad_rows: int = 0
    bad: list[BadRow] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, line: int, problems: list[tuple[str, str]]) -> None:
        """Count a bad row and keep what is wrong with it."""
        self.bad_rows += 1
        if len(self.bad) < REPORTED_MAX:
            self.bad.extend(BadRow(line, column, code) for column, code in problems)


def import_catalogue(
    *, source: BinaryIO, actor: Actor, dry_run: bool = False, progress: Callable[[int], None] | None = None
) -> Report:
    """Add the apps in ``source`` to the catalogue, and bring those already there up to date.

    The columns may stand in any order, further ones are passed over. ``province`` is a code, a name or a short
    name; ``first_listed_at`` a date (00:00 in Shanghai), an instant with its offset, or empty. An empty one never
    erases a known first listing. ``progress`` is called with the number of lines read, now and then.

    Side effects: one event ``shelf:catalogue:imported``; apps that are offline and by the new facts may stand on
    the shelf are put back. A dry run changes nothing. Raises :class:`ImportRefused` if nothing can be read at all.
    """
    report = Report(dry_run=dry_run)
    lines = _Lines(source)
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
                  "changed": report.changed, "unchanged": report.unchanged, "bad_rows": report.bad_rows},
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
# In the order of appid, as the sweep goes, so that the two never wait for each other in a ring. Rows that say
# nothing new are left alone: sealing the same name twice gives different bytes, so its digest is compared.
UPSERT = """
WITH written AS (
    INSERT INTO shelf_miniprogram AS m (
        appid, name, organizer_name_sealed, organizer_name_digest, province, first_listed_at,
        offline_code, offline_clause, imported_at)
    SELECT appid, name, organizer_name_sealed, organizer_name_digest, province, first_listed_at, '', '', %(now)s
    FROM shelf_incoming i
    WHERE NOT EXISTS (
        SELECT FROM shelf_miniprogram k
        WHERE k.appid = i.appid AND k.name = i.name AND k.organizer_name_digest = i.organizer_name_digest
          AND k.province = i.province
          AND k.first_listed_at IS NOT DISTINCT FROM coalesce(i.first_listed_at, k.first_listed_at))
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


class _Lines:
    """Lines of a file with their numbers, none longer than the limit, and the digest of all of it."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source
        self.number = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes | None]:
        """Each line without its end; None in place of one that is too long."""
        while raw := self.source.readline(LINE_BYTES_MAX):
            self.number += 1
            self.digest.update(raw)
            if len(raw) == LINE_BYTES_MAX and not raw.endswith(b"\n"):
                while (rest := self.source.readline(LINE_BYTES_MAX)) and not rest.endswith(b"\n"):
                    self.digest.update(rest)
                self.digest.update(rest)
                yield None
            else:
                yield raw.rstrip(b"\r\n")


def _read_header(lines: _Lines, report: Report) -> list[str]:
    raw = next(iter(lines), b"")
    if not raw:
        raise ImportRefused(code="empty_file", zh="文件为空或首行不是表头。", en="The file is empty, or has no header.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ImportRefused(code="utf16", zh="文件是 UTF-16 编码，请另存为 UTF-8。",
                            en="The file is UTF-16: save it as UTF-8.")
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
        report.notes.append(("文件以 BOM 开头，已忽略。", "The file begins with a byte order mark, which was ignored."))
    try:
        names = [name.strip().lower() for name in next(csv.reader([raw.decode()], strict=True))]
    except (UnicodeDecodeError, csv.Error):
        names = []
    missing = [name for name in COLUMNS if name not in names]
    if missing or len(set(names)) != len(names):
        named = "、".join(missing), ", ".join(missing)
        raise ImportRefused(
            code="header",
            zh=f"首行应为表头 {','.join(COLUMNS)}（逗号分隔），"
               + (f"缺少 {named[0]}。" if missing else "列名重复。"),
            en=f"The first line must be the header {','.join(COLUMNS)}, comma-separated; "
               + (f"missing: {named[1]}." if missing else "a column appears twice."))
    if len(names) > len(COLUMNS):
        report.notes.append(("多余的列已忽略。", "Further columns were ignored."))
    return names


def _good_rows(
    lines: _Lines, header: list[str], now: datetime, report: Report
) -> Iterator[tuple[int, str, str, bytes, bytes, str, datetime | None]]:
    positions = [header.index(name) for name in COLUMNS]
    for raw in lines:
        if raw == b"":
            continue
        report.rows += 1
        cells = _cells(raw, len(header))
        if isinstance(cells, str):
            report.refuse(lines.number, [("", cells)])
            continue
        appid, name, organizer_name, province, listed = (cells[p].strip() for p in positions)
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


def _cells(raw: bytes | None, expected: int) -> list[str] | str:
    """The cells of a line, or the code of what is wrong with it. A cell holds no line break."""
    if raw is None:
        return "line_too_long"
    try:
        text = raw.decode()
        cells = next(csv.reader((text,), strict=True)) if '"' in text else text.split(",")
    except UnicodeDecodeError:
        return "encoding"
    except csv.Error:
        return "quotes"
    return cells if len(cells) == expected else "columns"


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
        return read_instant(text)
    except Refused:
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
