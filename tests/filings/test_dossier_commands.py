"""``openbeian dossier``: a dossier that is a file is checked, and filed with the pictures beside it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from openbeian.cli import app
from openbeian.filings.errors import SubmissionRefused
from openbeian.filings.evidence import finish_face_check
from openbeian.filings.models import FaceCheck, Material, Order, Organizer
from openbeian.filings.queries import submitted_dossier
from openbeian.ledger.models import Event
from openbeian.regime import paths
from openbeian.regime.dossier import parse
from openbeian.shelf.errors import NotFound
from tests import samples
from tests.conformance.documents import block
from tests.orders import ORGANIZER
from tests.wechat.platform import APPID, catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(at: Callable[[str], Any]) -> dict[str, Any]:
    """The sample, whose pictures are files, with a face check that the command asked for and that was passed."""
    at("2023-09-05T10:00:00+08:00")
    catalogue((APPID, "青禾文具", "杭州青禾示例科技有限公司", "330000"))
    dossier = samples.enterprise_dossier()
    for path, _ in parse(dossier)[0].media:
        paths.put(dossier, path, "file:page.png")
    task = openbeian("face-check", APPID).stdout.strip()
    finish_face_check(task_id=task, passed=True, actor=ORGANIZER)
    paths.put(dossier, "service.principal.face_check", task)
    return dossier


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., str]:
    """Saves a dossier beside its picture and gives the file's name."""
    def save(dossier: Any, encoding: str = "utf-8") -> str:
        (tmp_path / "page.png").write_bytes(samples.png())
        file = tmp_path / "mine.json"
        file.write_text(json.dumps(dossier, ensure_ascii=False), encoding=encoding)
        return str(file)
    return save


def openbeian(*words: str) -> Result:
    said = CliRunner().invoke(app, ["dossier", *words], prog_name="openbeian")
    if said.exception and not isinstance(said.exception, SystemExit):
        raise said.exception
    return said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_filed_with_the_pictures_beside_it(dossier: Any, saved: Callable[..., str], encoding: str) -> None:
    said = openbeian("file", saved(dossier, encoding), "--appid", APPID, "--json")
    order = Order.objects.get()
    assert json.loads(said.stdout) == {
        "order": order.pk, "kind": "first_filing", "state": "platform_review", "dossier": 1}
    picture, = set(Material.objects.values_list("blob_id", flat=True).distinct())
    assert {name for _, name in submitted_dossier(order).media} == {bytes(picture).hex()}


def test_one_picture_need_not_be_a_list(dossier: Any, saved: Callable[..., str]) -> None:
    paths.put(dossier, "materials.commitment_letter", "file:page.png")
    assert openbeian("check", saved(dossier), "--appid", APPID).exit_code == 0
    openbeian("file", saved(dossier), "--appid", APPID)
    letter, = submitted_dossier(Order.objects.get()).materials.commitment_letter
    assert letter == Material.objects.first().digest


@pytest.mark.parametrize("odd", [
    "file:page.png", ["file:page.png"], {"organizer": "file:page.png"}, {"service": {"prior_approvals": "file:page.png"}},
    {"materials": {"promise_video": {"0": "file:page.png"}}}, {"materials": ["file:page.png"]},
])
def test_what_is_no_dossier_is_found_wrong(dossier: Any, saved: Callable[..., str], odd: Any) -> None:
    said = openbeian("check", saved(odd), "--appid", APPID)
    assert (said.exit_code, "OB-SHP-001" in said.stdout) == (1, True)


def test_a_check_says_what_would_be_found_and_keeps_nothing(dossier: Any, saved: Callable[..., str]) -> None:
    paths.put(dossier, "organizer.principal.mobile", "１３９ 0000-0001")
    events = Event.objects.count()
    good = openbeian("check", saved(dossier), "--appid", APPID, "--json")
    found = json.loads(good.stdout)
    assert (good.exit_code, found["kind"], found["blocked"], found["findings"]) == (0, "first_filing", False, [])
    assert paths.read(found["dossier"], "organizer.principal.mobile") == "13900000001"
    paths.put(dossier, "organizer.principal.mobile", "1390000")
    paths.put(dossier, "service.contents", [9999])
    bad = openbeian("check", saved(dossier), "--appid", APPID)
    assert bad.exit_code == 1
    assert bad.stdout.splitlines()[0] == "首次备案 First filing: 不能提交 cannot be filed"
    assert [line.split()[:2] for line in bad.stdout.splitlines()[1:]] == [
        ["blocks", "organizer.principal.mobile:"], ["blocks", "service.contents:"]]
    assert (Material.objects.count(), Order.objects.count(), Organizer.objects.count()) == (0, 0, 0)
    assert Event.objects.count() == events


def test_what_is_refused_leaves_no_order(dossier: Any, saved: Callable[..., str]) -> None:
    paths.put(dossier, "organizer.principal.mobile", "1390000")
    with pytest.raises(SubmissionRefused) as refused:
        openbeian("file", saved(dossier), "--appid", APPID)
    assert [finding.field for finding in refused.value.findings] == ["organizer.principal.mobile"]
    assert Order.objects.count() == 0


def test_a_file_that_cannot_be_read_is_named(dossier: Any, saved: Callable[..., str], tmp_path: Path) -> None:
    paths.put(dossier, "organizer.certificate.photo", "file:licence.png")
    said = openbeian("file", saved(dossier), "--appid", APPID)
    assert said.exit_code == 2
    assert "organizer.certificate.photo" in said.stderr and "No such file" in said.stderr
    (tmp_path / "mine.json").write_text("{")
    assert "is not JSON" in openbeian("check", str(tmp_path / "mine.json"), "--appid", APPID).stderr
    assert openbeian("check", str(tmp_path / "none.json"), "--appid", APPID).exit_code == 2


def test_a_mini_program_that_is_not_in_the_catalogue_is_refused(dossier: Any, saved: Callable[..., str]) -> None:
    for words in (("check", saved(dossier), "--appid", "wx0"), ("face-check", "wx0")):
        with pytest.raises(NotFound):
            openbeian(*words)
    assert FaceCheck.objects.count() == 1


def test_the_dossier_of_the_documents_can_be_filed(dossier: Any, saved: Callable[..., str], tmp_path: Path) -> None:
    written = json.loads(block("docs/how-to/file-from-the-command-line.md", "{").text)
    for _, name in parse(written)[0].media:
        (tmp_path / name.removeprefix("file:")).write_bytes(samples.png())
    paths.put(written, "service.principal.face_check", paths.read(dossier, "service.principal.face_check"))
    said = openbeian("check", saved(written), "--appid", APPID)
    assert (said.exit_code, said.stdout) == (0, "首次备案 First filing: 可以提交 can be filed\n")
