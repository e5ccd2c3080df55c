"""Sample data in the database: catalogue entries, and pictures and face checks for many mini programs at once."""

import copy
import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from openbeian.demo.sample_data import PICTURES, Character, picture
from openbeian.filings.evidence import FACE_CHECK_USABLE, upload_material
from openbeian.filings.models import FaceCheck, FaceCheckState, Material
from openbeian.regime.actors import Actor
from openbeian.shelf.imports import COLUMNS, import_catalogue


def import_programs(rows: Iterable[Sequence[str]], *, actor: Actor) -> None:
    """Import mini programs into the catalogue: appid, name, organizer's name, province, first listed at."""
    text = io.StringIO()
    catalogue = csv.writer(text)
    catalogue.writerow(COLUMNS)
    catalogue.writerows(rows)
    import_catalogue(source=io.BytesIO(text.getvalue().encode()), actor=actor)


def import_characters(characters: Iterable[Character], *, actor: Actor) -> None:
    """Import the mini programs of these organizers into the catalogue."""
    import_programs(
        ((who.appid, who.app_name, who.organizer_name, who.province, who.first_listed_at) for who in characters), actor=actor)


def upload_samples(*, appid: str, actor: Actor, size: tuple[int, int] = (720, 1280)) -> dict[str, Material]:
    """Upload the pictures of a dossier, for `copies_for`."""
    return {
        name: upload_material(appid=appid, content=picture(name, size=size), kind="image", field=field,
                              certificate_type=certificate_type, actor=actor)
        for name, (field, certificate_type) in PICTURES.items()
    }


def copies_for(appid: str, samples: dict[str, Material]) -> dict[str, Material]:
    """Rows, not saved, with the same pictures for another mini program: shared by content, as rows they are not."""
    copies = {name: copy.copy(row) for name, row in samples.items()}
    for name, row in copies.items():
        row.appid, row.media_id = appid, f"{name}-{appid}-{'m' * 40}"
    return copies


def passed_face_check(appid: str, task_id: str, *, at: datetime) -> FaceCheck:
    """A face check, not saved, that has been passed."""
    return FaceCheck(task_id=task_id, appid=appid, state=FaceCheckState.PASSED, created_at=at, finished_at=at,
                     usable_until=at + FACE_CHECK_USABLE)
