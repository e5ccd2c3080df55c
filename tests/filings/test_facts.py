"""The facts around a dossier, read in one statement."""

import pytest

from openbeian.demo.sample_data import picture
from openbeian.filings.evidence import upload_material
from openbeian.filings.facts import facts_about
from openbeian.regime.dossier import parse
from openbeian.regime.facts import Account
from tests.orders import ORGANIZER

APPID, ANOTHER = "wx0000000000000001", "wx0000000000000002"


def upload(text: str, certificate_type: int, appid: str = APPID) -> str:
    """The handle of a picture with this text."""
    return upload_material(
        appid=appid, content=picture(text, size=(400, 160)), kind="image", field="organizer.certificate.photo",
        certificate_type=certificate_type, actor=ORGANIZER).media_id


@pytest.mark.django_db
def test_every_upload_of_a_content_counts_and_nothing_else() -> None:
    """The dossier names one of two uploads of the licence; the mini program has another picture, and so has another one."""
    named, again = upload("licence", 1), upload("licence", 2)
    upload("something else", 3)
    upload("licence", 4, ANOTHER)
    dossier = parse({"organizer": {"certificate": {"photo": named}}})[0]
    facts = facts_about(dossier, account=Account(APPID, "青禾文具", "示例"), organizer_id=None, certificate_digest=None)
    assert set(facts.digests) == {named, again}
    [material] = facts.materials.values()
    assert (material.digest, material.certificate_types) == (facts.digests[named], {1, 2})
