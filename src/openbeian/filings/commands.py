"""``openbeian dossier``: check or file a dossier that is a JSON file, for scripts and support."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from django.db import transaction

from openbeian.filings import submission
from openbeian.filings.evidence import create_face_check, upload_material
from openbeian.filings.materials import VIDEO_BYTES_MAX
from openbeian.ledger.command_line import FOR_ORGANIZER, AsJson, print_json
from openbeian.regime import paths
from openbeian.regime.dossier import as_typed, document, parse
from openbeian.regime.findings import Finding
from openbeian.regime.lifecycle import KIND_LABELS, OrderKind
from openbeian.regime.pictures import certificate_type_at, is_video
from openbeian.shelf import queries as shelf

dossier_app = typer.Typer(help="备案资料 Checks and files dossiers that are files.", no_args_is_help=True)

#: Before the name of a picture or video beside the dossier, in place of the handle of an upload.
FILE = "file:"
File = Annotated[Path, typer.Argument(
    exists=True, dir_okay=False, readable=True,
    help=f"The dossier as JSON. A picture is the handle or digest of an upload, or {FILE}NAME, which is uploaded.")]
AppId = Annotated[str, typer.Option("--appid", help="The mini program it is filed for, which is in the catalogue.")]


@dossier_app.command("check", epilog="Example: openbeian dossier check mine.json --appid wx0000000000000001")
def check(file: File, appid: AppId, as_json: AsJson = False) -> None:
    """Say what would be found if the dossier were filed now. Nothing is kept, its pictures included.

    Exit code 1 if a finding would keep it from being filed.
    """
    account = shelf.account(appid)
    with transaction.atomic():
        judged = submission.judge(appid=appid, document=_read(file, appid), account=account)
        transaction.set_rollback(True)
    if as_json:
        print_json({
            "kind": judged.kind, "ruleset": judged.ruleset_version, "blocked": bool(judged.blocking),
            "findings": [vars(finding) for finding in judged.findings], "dossier": document(judged.dossier)}, indent=2)
    else:
        typer.echo(f"{KIND_LABELS[judged.kind][0]} {KIND_LABELS[judged.kind][1]}: "
                   + ("不能提交 cannot be filed" if judged.blocking else "可以提交 can be filed"))
        for finding in judged.findings:
            typer.echo(_line(finding))
    raise typer.Exit(1 if judged.blocking else 0)


@dossier_app.command("file", epilog="Example: openbeian dossier file mine.json --appid wx0000000000000001")
def file(file: File, appid: AppId, as_json: AsJson = False) -> None:
    """File the dossier on its organizer's behalf: as a filing, or as a change of what is filed.

    Goes on with the order that waits for its organizer, if there is one. Exit code 1, and nothing is kept but the
    pictures, if a finding keeps it from being filed.
    """
    account = shelf.account(appid)
    order = submission.file(appid=appid, document=_read(file, appid), account=account, actor=FOR_ORGANIZER)
    if as_json:
        print_json({"order": order.pk, "kind": order.kind, "state": order.state, "dossier": order.dossier_number})
    else:
        typer.echo(f"#{order.pk}  {appid}  {KIND_LABELS[OrderKind(order.kind)][0]}  {order.state}")


@dossier_app.command("face-check", epilog="Example: openbeian dossier face-check wx0000000000000001")
def face_check(appid: Annotated[str, typer.Argument(help="The mini program whose administrator is asked.")]) -> None:
    """Ask the administrator for a face check, and print what the dossier's service.principal.face_check must be."""
    shelf.account(appid)
    typer.echo(create_face_check(appid=appid, actor=FOR_ORGANIZER).task_id)


def _line(finding: Finding) -> str:
    return (f"  {finding.severity} {finding.field}: {finding.reason_zh} {finding.remedy_zh} / {finding.reason_en} "
            f"{finding.remedy_en} [{finding.rule}, {finding.clause}]")


def _read(file: Path, appid: str) -> Any:
    """The dossier of a file, after its pictures have been uploaded."""
    try:
        typed = as_typed(json.loads(file.read_bytes()))
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{file.name} is not JSON: {error}") from None
    dossier, _ = parse(typed)
    for path, name in dossier.media:
        if name.startswith(FILE):
            paths.put(typed, path, _upload(file.parent / name.removeprefix(FILE), path, appid, dossier=typed))
    return typed


def _upload(picture: Path, path: str, appid: str, *, dossier: Any) -> str:
    try:
        with picture.open("rb") as opened:
            content = opened.read(VIDEO_BYTES_MAX + 1)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {picture} cannot be read: {error.strerror}") from None
    return upload_material(
        appid=appid, content=content, kind="video" if is_video(path) else "image", field=path,
        certificate_type=certificate_type_at(dossier, path), actor=FOR_ORGANIZER).digest
