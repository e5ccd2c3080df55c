"""``openbeian shelf …`` and ``openbeian gate …``: what they print and how they exit."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from openbeian.shelf.commands import gate_app, shelf_app
from openbeian.shelf.models import MiniProgram
from tests.shelf.catalogue import HEADER, filed, stock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(at):
    return at("2024-04-02T12:00:00+08:00")


def gate(*arguments: str) -> Result:
    return CliRunner().invoke(gate_app, arguments)


def shelf(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(shelf_app, arguments, input=stdin)


@pytest.mark.parametrize(("instant", "exit_code", "code"), [
    ("2024-03-31T23:59:59+08:00", 0, "listed_before_start_until_deadline"),
    ("2024-04-01T00:00:00+08:00", 3, "unfiled_after_deadline"),
    ("2024-04-01", 3, "unfiled_after_deadline"),
])
def test_gate_check(instant: str, exit_code: int, code: str) -> None:
    stock(("wx01", "2022-05-01"))
    printed = gate("check", "wx01", "--at", instant)
    assert (printed.exit_code, code in printed.stdout) == (exit_code, True)
    answered = gate("check", "wx01", "--at", instant, "--json")
    assert (answered.exit_code, json.loads(answered.stdout)["code"]) == (exit_code, code)


@pytest.mark.parametrize("arguments", [("w x",), ("wx01", "--at", "tomorrow"), ("wx01", "--at", "2024-04-01T00:00:00"), ()])
def test_a_wrong_question_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert gate("check", *arguments).exit_code == 2


def test_an_unknown_app_is_denied() -> None:
    assert gate("check", "wx99").exit_code == 3
    assert shelf("show", "wx99").exit_code == 1


def test_import_reports_bad_rows_and_keeps_good_ones(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.csv"
    file.write_text(f"{HEADER}\nwx01,青禾文具,林示范,浙江,2022-05-01\nwx02,a,b,火星,\n")
    rehearsed = shelf("import", str(file), "--dry-run")
    assert (rehearsed.exit_code, MiniProgram.objects.count()) == (0, 0)
    done = shelf("import", str(file))
    assert done.exit_code == 0
    assert "第 3 行 line 3  province" in done.stdout
    assert "林示范" not in done.output
    assert list(MiniProgram.objects.values_list("appid", flat=True)) == ["wx01"]
    told = json.loads(shelf("import", str(file), "--json").stdout)
    assert {key: told[key] for key in ("rows", "added", "changed", "unchanged", "bad_rows")} == {
        "rows": 2, "added": 0, "changed": 0, "unchanged": 1, "bad_rows": 1}
    assert [(bad["line"], bad["column"], bad["code"]) for bad in told["bad"]] == [(3, "province", "province")]
    assert shelf("import", str(file), "--strict").exit_code == 1
    assert shelf("import", "-", stdin=file.read_bytes()).exit_code == 0
    assert shelf("import", str(tmp_path / "none.csv")).exit_code == 2
    file.write_text("x")
    assert shelf("import", str(file)).exit_code == 1


@pytest.mark.parametrize("rows", ["", ",,,,", "wx01,a,b,火星,"])
def test_a_file_of_which_no_row_can_be_read_ends_with_exit_code_1(tmp_path: Path, rows: str) -> None:
    file = tmp_path / "catalogue.csv"
    file.write_text(f"{HEADER}\n{rows}\n")
    printed = shelf("import", str(file))
    assert (printed.exit_code, "没有可导入的行。No row could be read." in printed.stderr) == (1, True)


def test_import_says_what_it_read_and_what_it_changes(tmp_path: Path, now) -> None:
    stock(("wx01", None))
    number = filed("wx01", now).number
    file = tmp_path / "catalogue.csv"
    file.write_bytes(f"{HEADER}\nwx01,改名,杭州青禾示例科技有限公司,浙江,".replace(",", ";").encode("gbk"))
    refused = shelf("import", str(file))
    assert (refused.exit_code, refused.stderr) == (1, f"wx01  {number}  name: 青禾文具 → 改名\n")
    assert "--change-filed" in refused.exception.en
    told = json.loads(shelf("import", str(file), "--json").stdout)
    assert (told["code"], told["changes"][0]["number"]) == ("filed_would_change", number)
    assert MiniProgram.objects.get().name == "青禾文具"
    rehearsed = shelf("import", str(file), "--dry-run")
    assert (rehearsed.exit_code, MiniProgram.objects.get().name) == (0, "青禾文具")
    done = shelf("import", str(file), "--change-filed")
    assert (done.exit_code, MiniProgram.objects.get().name) == (0, "改名")
    assert done.stdout.splitlines()[:2] == [
        "读作 read as: GB18030 (GBK)，分号分隔, with semicolons", f"wx01  {number}  name: 青禾文具 → 改名"]
    assert "目录原记录 catalogue until 2024-04-02T12:00:00+08:00: 青禾文具  330000  –" in shelf("show", "wx01").stdout


@pytest.mark.parametrize(("organizer", "printed"), [
    ("林示范", "**范"), ("杭州青禾示例科技 有限公司", "杭州青禾示例科技 有限公司")])
def test_of_a_new_organizer_only_the_filed_units_name_is_printed(
    tmp_path: Path, now, organizer: str, printed: str
) -> None:
    stock(("wx01", None))
    number = filed("wx01", now).number
    file = tmp_path / "catalogue.csv"
    file.write_text(f"{HEADER}\nwx01,青禾文具,{organizer},浙江,")
    refused = shelf("import", str(file))
    assert refused.stderr == f"wx01  {number}  organizer_name: 杭州青禾示例科技有限公司 → {printed}\n"
    told = json.loads(shelf("import", str(file), "--json").stdout)
    assert told["changes"][0]["fields"] == {"organizer_name": ["杭州青禾示例科技有限公司", printed]}


def test_sweep() -> None:
    stock(("wx01", "2022-05-01"), ("wx02", "2022-05-01"))
    runs = [json.loads(shelf("sweep", "--at", "2024-04-01T00:00:00+08:00", "--json", *more).stdout)
            for more in (["--dry-run"], [], [])]
    assert runs == [
        {"at": "2024-04-01T00:00:00+08:00", "dry_run": dry_run, "examined": examined, "taken_offline": taken,
         "batches": batches}
        for dry_run, examined, taken, batches in ((True, 2, 2, 0), (False, 2, 2, 1), (False, 0, 0, 0))]
    assert shelf("sweep").exit_code == 0
    assert shelf("sweep", "--at", "soon").exit_code == 2


def test_show_says_why_an_app_is_off() -> None:
    stock(("wx01", "2022-05-01"))
    shelf("sweep")
    printed = shelf("show", "wx01")
    assert (printed.exit_code, "unfiled_after_deadline" in printed.stdout) == (0, True)
    shown = json.loads(shelf("show", "wx01", "--json").stdout)
    assert (shown["standing"], shown["offline_code"], [event["tag"] for event in shown["events"]]) == (
        False, "unfiled_after_deadline", ["shelf:app:taken_offline"])


def test_put_on_and_waive(now) -> None:
    stock(("wx01", None), ("wx02", "2022-05-01"))
    assert shelf("put-on", "wx01").exit_code == 3
    filed("wx01", now)
    assert shelf("put-on", "wx01").exit_code == 0
    shelf("sweep")
    assert gate("check", "wx02").exit_code == 3
    assert shelf("waive", "wx02", "--until", "2024-04-15", "--reason", "法院裁定").exit_code == 0
    assert gate("check", "wx02").exit_code == 0
    assert MiniProgram.objects.get(appid="wx02").is_standing
    assert shelf("waive", "wx02", "--until", "2024-04-01", "--reason", "x").exit_code == 2


@pytest.mark.parametrize("app", [shelf_app, gate_app])
def test_every_command_has_help_and_an_example(app) -> None:
    for command in app.registered_commands:
        printed = CliRunner().invoke(app, [command.name, "--help"])
        assert (printed.exit_code, "Example: openbeian" in printed.stdout) == (0, True)
