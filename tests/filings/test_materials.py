"""What becomes of a picture when it is kept."""

import io

import pytest
from PIL import Image

from openbeian.filings.materials import check_file

ORIENTATION = 0x0112


def held_sideways(form: str) -> bytes:
    """As a telephone stores it: 30 wide, 20 high, the black edge on the left, and a note to turn it clockwise."""
    picture = Image.new("RGB", (30, 20), "white")
    picture.paste("black", (0, 0, 8, 20))
    note = Image.Exif()
    note[ORIENTATION] = 6
    out = io.BytesIO()
    picture.save(out, form, exif=note)
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_photo_taken_sideways_is_kept_upright(form: str) -> None:
    kept = check_file(held_sideways(form), kind="image", field="organizer.certificate.photo")
    picture = Image.open(io.BytesIO(kept.content))
    assert (picture.format, picture.size, dict(picture.getexif())) == (form, (20, 30), {})
    top, bottom = (picture.convert("L").getpixel((10, y)) for y in (1, 28))
    assert (top < 30, bottom > 225) == (True, True)
