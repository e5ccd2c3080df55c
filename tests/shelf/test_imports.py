"""A catalogue comes in: good rows are kept, bad ones are named by line, column and reason."""

import codecs
from datetime import datetime

import pytest
from django.db import connection

from openbeian import vault
from openbeian.ledger.models import Event
from openbeian.shelf import imports, queries
from openbeian.shelf.errors import ImportRefused
from openbeian.shelf.models import ORGANIZER, FormerEntry, MiniProgram
from openbeian.shelf.verbs import sweep
from tests.shelf.catalogue import HEADER, OPERATOR, filed, load, stock

pytestmark = pytest.mark.django_db
ROW = "wx{:02d},青禾文具,杭州青禾示例科技有限公司,浙江,2022-05-01"


def bad(report: imports.Report) -> list[tuple[int, str, str]]:
    return [(row.line, row.column, row.code) for row in report.bad]


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def test_rows_become_apps(at) -> None:
    now = at("2023-08-20T10:00:00+08:00")
    report = load(f'{HEADER}\r\nwx01,青禾文具,杭州青禾示例科技有限公司,330000,2022-05-01\r\nwx02,"青禾,花店",林示范,浙,\r\n\r\n')
    assert (report.rows, report.added, report.bad_rows) == (2, 2, 0)
    assert list(MiniProgram.objects.order_by("appid").values_list(
        "appid", "name", "province", "first_listed_at", "offline_since", "imported_at")) == [
        ("wx01", "青禾文具", "330000", shanghai("2022-05-01T00:00:00"), None, now),
        ("wx02", "青禾,花店", "330000", None, None, now),
    ]
    assert queries.account("wx02").organizer_name == "林示范"


def test_the_organizers_name_is_not_stored_in_clear(at) -> None:
    at("2023-08-20T10:00:00+08:00")
    load(f"{HEADER}\nwx01,青禾文具,林示范,浙江,")
    with connection.cursor() as cursor:
        cursor.execute("SELECT m::text FROM shelf_miniprogram m")
        assert "林示范" not in cursor.fetchone()[0]


@pytest.mark.parametrize("province", ["330000", "浙江省", "浙江", "浙"])
def test_a_province_by_code_name_or_short_name(at, province: str) -> None:
    at("2023-08-20T10:00:00+08:00")
    load(f"{HEADER}\nwx01,a,b,{province},")
    assert MiniProgram.objects.get().province == "330000"


def test_every_province_has_its_names() -> None:
    known = imports.province_codes()
    assert {known[text] for text in ("北京", "内蒙古", "广西", "西藏", "宁夏", "新疆", "川", "云")} == {
        "110000", "150000", "450000", "540000", "640000", "650000", "510000", "530000"}
    assert len(set(known.values())) == 31


@pytest.mark.parametrize(("text", "instant"), [
    ("2022-05-01", "2022-05-01T00:00:00+08:00"), ("2022-05-01T08:30:00+08:00", "2022-05-01T08:30:00+08:00"),
    ("2022-05-01T00:30:00Z", "2022-05-01T08:30:00+08:00"), ("2022-05-01 08:30+0800", "2022-05-01T08:30:00+08:00"),
])
def test_a_first_listing_is_a_date_in_shanghai_or_an_instant(at, text: str, instant: str) -> None:
    at("2023-08-20T10:00:00+08:00")
    stock(("wx01", text))
    assert MiniProgram.objects.get().first_listed_at == datetime.fromisoformat(instant)


def test_bad_rows_are_named_and_good_rows_kept(at) -> None:
    at("2023-08-20T10:00:00+08:00")
    lines = [
        HEADER.encode(), ROW.format(1).encode(),
        "wx03,青禾文具,杭州青禾示例科技有限公司,浙江,2022-05-01".encode("gbk"),
        "wx04,青禾文具,b,浙江".encode(), "wx05,青禾文具,b,浙江,,x".encode(),
        "w x,,b,火星,2022-02-30".encode(), 'wx06,"青禾,b,浙江,'.encode(), b"wx07,a\x00,b\x1b,330000,",
        "wx08,a,b,浙江,2022-05-01T08:00:00".encode(), "wx09,a,b,浙江,2202-05-01".encode(),
        b"wx10," + b"x" * 40_000 + b",b,330000,", f"wx11,{'名' * 201},b,浙江,".encode(),
        ROW.format(1).encode(), "wx01,另一个,b,浙江,".encode(), ROW.format(2).encode(),
    ]
    report = load(b"\n".join(lines))
    assert bad(report) == [
        (3, "", "encoding"), (4, "", "columns"), (5, "", "columns"),
        (6, "appid", "appid"), (6, "name", "empty"), (6, "province", "province"), (6, "first_listed_at", "date"),
        (7, "", "quotes"), (8, "name", "control"), (8, "organizer_name", "control"),
        (9, "first_listed_at", "date"), (10, "first_listed_at", "future"), (11, "", "line_too_long"),
        (12, "name", "too_long"), (13, "appid", "duplicate"), (14, "appid", "duplicate"),
    ]
    assert (report.rows, report.added, report.bad_rows) == (14, 2, 12)
    assert list(MiniProgram.objects.order_by("appid").values_list("appid", "name")) == [
        ("wx01", "青禾文具"), ("wx02", "青禾文具")]
    assert {row.code for row in report.bad} == set(imports.REASONS)


def test_columns_in_any_order_and_a_byte_order_mark(at) -> None:
    at("2023-08-20T10:00:00+08:00")
    report = load(codecs.BOM_UTF8 + "Province, AppID,remark,name,organizer_name,first_listed_at\n浙江,wx01,x,a,b,".encode())
    assert (report.added, len(report.notes)) == (1, 1)
    assert MiniProgram.objects.get().appid == "wx01"


@pytest.mark.parametrize(("content", "code"), [
    (b"", "empty_file"), (b"\n\n", "empty_file"), (f"{HEADER}\nx".encode("utf-16-le"), "header"),
    (b"appid,name\nwx01,a", "header"), (HEADER.replace(",", "|").encode(), "header"),
    (f"{HEADER},name".encode(), "header"), (ROW.format(1).encode(), "header"), ("小程序".encode("gbk"), "header"),
    (b'"', "header"), (b"x" * 50_000, "empty_file"),
])
def test_a_file_without_a_header_is_refused_whole(at, content: bytes, code: str) -> None:
    at("2023-08-20T10:00:00+08:00")
    with pytest.raises(ImportRefused) as refused:
        load(content)
    assert refused.value.code == code
    assert (MiniProgram.objects.count(), Event.objects.count()) == (0, 0)


WRITTEN_BY_EXCEL = f"{HEADER},,\nwx01,䶮示例店,杭州青禾示例有限公司,浙江,2022/5/1,,\n,,,,,,\nwx02,青禾花店,b,浙江,,,\n,,,,,,\n"


@pytest.mark.parametrize(("charset", "codec"), [
    ("UTF-8", "utf-8"), ("UTF-8", "utf-8-sig"), ("GB18030 (GBK)", "gb18030"), ("UTF-16", "utf-16")])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_as_excel_writes_it(at, charset: str, codec: str, delimiter: str, end: str) -> None:
    at("2023-08-20T10:00:00+08:00")
    report = load(WRITTEN_BY_EXCEL.replace(",", delimiter).replace("\n", end).encode(codec))
    assert (report.charset, report.delimiter, report.rows, report.added, report.bad) == (charset, delimiter, 2, 2, [])
    assert list(MiniProgram.objects.order_by("appid").values_list("appid", "name", "first_listed_at")) == [
        ("wx01", "䶮示例店", shanghai("2022-05-01T00:00:00")), ("wx02", "青禾花店", None)]


@pytest.mark.parametrize("text", ["2022/5/1", "2022/05/01", "2022-5-1", "2022.5.1", "2022年5月1日", "2022/5/1 0:00"])
def test_dates_as_spreadsheets_write_them(at, text: str) -> None:
    at("2023-08-20T10:00:00+08:00")
    stock(("wx01", text))
    assert MiniProgram.objects.get().first_listed_at == shanghai("2022-05-01T00:00:00")


@pytest.mark.parametrize("text", ["2022/13/1", "2022/5", "5/1/2022", "2022/5/1 8:30", "44682"])
def test_dates_that_could_be_others_are_bad(at, text: str) -> None:
    at("2023-08-20T10:00:00+08:00")
    assert bad(stock(("wx01", text))) == [(2, "first_listed_at", "date")]


def test_what_an_entry_was_before_is_kept(at) -> None:
    at("2023-08-20T10:00:00+08:00")
    stock(("wx01", None), ("wx02", None))
    now = at("2023-08-21T10:00:00+08:00")
    report = load(f"{HEADER}\nwx01,改名,林示范,广东,2022-05-01\nwx02,青禾文具,杭州青禾示例科技有限公司,浙江,")
    assert report.changes == [imports.Change("wx01", "", {
        "name": ("青禾文具", "改名"), "province": ("330000", "440000"),
        "first_listed_at": ("", "2022-05-01T00:00:00+08:00"), "organizer_name": ("***********司", "**范")})]
    former = FormerEntry.objects.get()
    assert (former.appid, former.name, former.province, former.first_listed_at, former.until) == (
        "wx01", "青禾文具", "330000", None, now)
    assert vault.unseal(former.organizer_name_sealed, purpose=ORGANIZER).decode() == "杭州青禾示例科技有限公司"


def test_a_filed_mini_program_is_changed_only_where_that_is_meant(at) -> None:
    now = at("2023-09-20T10:00:00+08:00")
    stock(("wx01", None), ("wx02", None))
    number = filed("wx01", now).number
    renamed = f"{HEADER}\nwx01,改名,杭州青禾示例有限公司,浙江,\nwx02,改名,杭州青禾示例科技有限公司,浙江,"
    with pytest.raises(imports.FiledWouldChange) as refused:
        load(renamed, change_filed=False)
    assert refused.value.report.filed_changed == 1
    assert refused.value.report.changes[0] == imports.Change("wx01", number, {
        "name": ("青禾文具", "改名"), "organizer_name": ("杭州青禾示例科技有限公司", "*********司")})
    assert set(MiniProgram.objects.values_list("name", flat=True)) == {"青禾文具"}
    assert load(f"{HEADER}\nwx01,青禾文具,杭州青禾示例科技有限公司,浙江,2022-05-01", change_filed=False).changed == 1
    assert load(renamed).filed_changed == 1
    assert Event.objects.last().data["filed_changed"] == 1
    assert [entry.first_listed_at for entry in FormerEntry.objects.filter(appid="wx01").order_by("until", "id")] == [
        None, shanghai("2022-05-01T00:00:00")]


def test_importing_again_changes_only_what_is_new(at) -> None:
    first = at("2023-08-20T10:00:00+08:00")
    stock(("wx01", "2022-05-01"), ("wx02", None))
    second = at("2023-08-21T10:00:00+08:00")
    report = load(f"{HEADER}\nwx01,青禾文具,杭州青禾示例科技有限公司,浙江,\nwx02,改名,杭州青禾示例科技有限公司,浙江,2023-08-01\n"
                  "wx03,a,b,浙江,")
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert list(MiniProgram.objects.order_by("appid").values_list(
        "appid", "name", "first_listed_at", "imported_at")) == [
        ("wx01", "青禾文具", shanghai("2022-05-01T00:00:00"), first),  # an empty cell erases no first listing
        ("wx02", "改名", shanghai("2023-08-01T00:00:00"), second),
        ("wx03", "a", None, second),
    ]


def test_a_dry_run_says_the_same_and_writes_nothing(at) -> None:
    at("2023-08-20T10:00:00+08:00")
    text = f"{HEADER}\n{ROW.format(1)}\n{ROW.format(1)}\nwx02,a,b,火星,"
    rehearsed = load(text, dry_run=True)
    assert (MiniProgram.objects.count(), Event.objects.count()) == (0, 0)
    done = load(text)
    assert (rehearsed.rows, rehearsed.added, rehearsed.bad) == (done.rows, done.added, done.bad) == (3, 1, done.bad)


def test_an_import_is_one_event(at) -> None:
    at("2023-08-20T10:00:00+08:00")
    load(f"{HEADER}\n{ROW.format(1)}")
    event = Event.objects.get()
    assert (event.tag, event.actor_id, event.data["added"], len(event.data["sha256"])) == (
        "shelf:catalogue:imported", "user:1", 1, 64)


def test_a_corrected_first_listing_puts_an_app_back(at) -> None:
    at("2023-11-01T00:00:00+08:00")
    stock(("wx01", "2023-10-01"))
    assert sweep(at=shanghai("2023-11-01T00:00:00"), actor=OPERATOR).taken_offline == 1
    stock(("wx01", "2022-10-01"))
    assert MiniProgram.objects.get().is_standing
    assert list(Event.objects.order_by("id").values_list("tag", flat=True)) == [
        "shelf:catalogue:imported", "shelf:app:taken_offline", "shelf:app:put_back", "shelf:catalogue:imported"]
