"""What becomes of a picture when it is kept."""

import io
import random
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat, PngImagePlugin

from openbeian.filings import pictures
from openbeian.filings.errors import MaterialRefused, Overloaded
from openbeian.filings.findings import finding
from openbeian.filings.materials import CheckedFile, check_file
from tests import samples

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


@cache
def photograph(width: int = 303, height: int = 397) -> Image.Image:
    """Something like a photograph of a page: soft colours, a little noise, small print. The same every time."""
    drawn = random.Random(20230905)
    soft = Image.frombytes("RGB", (width // 8, height // 8), drawn.randbytes(width // 8 * (height // 8) * 3))
    noise = Image.frombytes("RGB", (width, height), drawn.randbytes(width * height * 3))
    picture = Image.blend(soft.resize((width, height), Image.Resampling.BICUBIC), noise, 0.08)
    for line in range(20, height - 20, 20):
        ImageDraw.Draw(picture).text((20, line), "91330106MA2KX0001X " * 4, fill="black")
    return picture


def encoded(picture: Image.Image, form: str, *, orientation: int = 1, **how: Any) -> bytes:
    """The picture with all that a camera says beside it, none of which is to be kept."""
    said = Image.Exif()
    said[ORIENTATION] = orientation
    said[0x010F] = "SECRET maker"
    said.get_ifd(0x8825)[0x0001] = "SECRET place"
    if form == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", "SECRET text")
        texts.add_itxt("Author", "SECRET author", zip=True)
        how["pnginfo"] = texts
    else:
        how["comment"] = "SECRET comment"
    out = io.BytesIO()
    picture.save(out, form, exif=said, icc_profile=b"SECRET profile", **how)
    return out.getvalue() + b"SECRET end"


def kept(content: bytes) -> CheckedFile:
    return check_file(content, kind="image", field="organizer.certificate.photo")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def difference(one: Image.Image, other: Image.Image) -> float:
    """How much the two differ in the mean, on a scale of 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


JPEGS: dict[str, dict[str, Any]] = {
    **{f"quality {quality}": {"quality": quality} for quality in (30, 50, 75, 92, 100)},
    **{f"optimized, quality {quality}": {"quality": quality, "optimize": True} for quality in (50, 75, 92)},
    **{f"progressive, subsampling {n}": {"subsampling": n, "optimize": True, "progressive": True} for n in (0, 1, 2)},
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("how", JPEGS)
def test_a_jpeg_is_never_larger_than_it_came_and_as_legible(how: str, orientation: int) -> None:
    page = photograph()
    content = encoded(page, "JPEG", orientation=orientation, **JPEGS[how])
    file = kept(content)
    assert (file.content_type, len(file.content) <= len(content)) == ("image/jpeg", True)
    came = ImageOps.exif_transpose(opened(content))
    page = ImageOps.exif_transpose(opened(encoded(page, "PNG", orientation=orientation)))
    assert opened(file.content).size == page.size
    # Upright, almost nothing is lost; turned, where blocks of pixels no longer meet, less than the camera has lost.
    lost, lost_before = difference(opened(file.content), came), difference(came, page)
    assert lost < lost_before * (0.5 if orientation == 1 else 1)
    assert kept(content) == file, "the same bytes give the same bytes"


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_in_other_colours_is_never_larger_either(mode: str) -> None:
    content = encoded(photograph(603, 797).convert(mode), "JPEG", quality=75)
    file = kept(content)
    assert len(file.content) <= len(content)
    assert opened(file.content).mode == ("L" if mode == "L" else "RGB")
    assert difference(opened(file.content), opened(content)) < 7


def test_pictures_of_one_pixel_and_of_noise_are_no_exception() -> None:
    noise = Image.frombytes("RGB", (500, 500), random.Random(1).randbytes(750_000))
    for content in (
        encoded(Image.new("RGB", (1, 1)), "JPEG"), encoded(noise, "JPEG", quality=100, subsampling=0),
        encoded(noise, "JPEG", quality=100, subsampling=0, orientation=6), encoded(noise, "PNG"),
        encoded(noise, "PNG", orientation=6),
    ):
        assert len(kept(content).content) <= len(content)


PNGS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "colour": lambda picture: picture,
    "colour and transparency": lambda picture: picture.convert("RGBA"),
    "grey": lambda picture: picture.convert("L"),
    "grey, 16 bits": lambda picture: picture.convert("I;16"),
    "black and white": lambda picture: picture.convert("1"),
    "16 colours": lambda picture: picture.quantize(16),
    "256 colours": lambda picture: picture.quantize(256),
}


@pytest.mark.parametrize("colours", PNGS)
@pytest.mark.parametrize("how", [{"optimize": True}, {"compress_level": 1}])
def test_a_png_keeps_every_pixel_and_is_never_larger_than_it_came(colours: str, how: dict) -> None:
    picture = PNGS[colours](photograph())
    content = encoded(picture, "PNG", **how)
    file = kept(content)
    assert (file.content_type, len(file.content) < len(content)) == ("image/png", True)
    assert (opened(file.content).mode, opened(file.content).tobytes()) == (picture.mode, picture.tobytes())


@pytest.mark.parametrize("colours", PNGS)
def test_a_png_that_is_turned_is_never_larger_than_it_came(colours: str) -> None:
    content = encoded(PNGS[colours](photograph()), "PNG", orientation=6, optimize=True)
    file = kept(content)
    assert len(file.content) <= len(content)
    turned = ImageOps.exif_transpose(opened(content))
    assert difference(opened(file.content), turned) < (15 if file.content_type == "image/jpeg" else 0.01)


def test_what_is_transparent_is_white_where_a_png_becomes_a_jpeg() -> None:
    picture = photograph().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 100, 100))
    file = kept(encoded(picture.quantize(16), "PNG", orientation=6, optimize=True))
    assert file.content_type == "image/jpeg"
    assert opened(file.content).crop((310, 10, 390, 90)).convert("L").getextrema()[0] > 250


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_nothing_but_the_picture_is_kept(form: str, orientation: int) -> None:
    content = encoded(photograph(), form, orientation=orientation)
    assert content.count(b"SECRET") >= 3
    file = kept(content)
    assert b"SECRET" not in file.content
    assert {"exif", "icc_profile", "comment", "Comment", "Author", "xmp"}.isdisjoint(opened(file.content).info)


@pytest.mark.parametrize("end", [-1, -4, -8, -12, -14, -20, 60])
def test_a_png_that_is_cut_short_is_refused(end: int) -> None:
    """Pillow decodes one whose last chunk is missing."""
    with pytest.raises(MaterialRefused) as refused:
        kept(samples.png()[:end])
    assert refused.value.finding == finding("no_picture", "organizer.certificate.photo")


def test_a_photograph_with_a_second_one_behind_it_stays_a_jpeg_of_one() -> None:
    """As telephones write them: a preview, or how far away things were."""
    out = io.BytesIO()
    photograph().save(out, "MPO", save_all=True, append_images=[photograph(80, 80)])
    assert opened(out.getvalue()).format == "MPO"
    file = kept(out.getvalue())
    assert (opened(file.content).format, file.content_type) == ("JPEG", "image/jpeg")
    assert len(file.content) < len(out.getvalue())


def white(width: int, height: int) -> bytes:
    return encoded(Image.new("L", (width, height), "white"), "PNG")


def test_of_large_pictures_one_is_decoded_one_waits_and_others_are_refused_at_once() -> None:
    large, most = white(5000, 3001), white(5000, 3000)
    outcomes: list[str] = []

    def upload() -> None:
        try:
            outcomes.append(kept(large).kind)
        except Overloaded as refusal:
            outcomes.append(refusal.finding.remedy_zh)

    three = [threading.Thread(target=upload) for _ in range(3)]
    ordinary = threading.Thread(target=lambda: outcomes.append(kept(most).content_type))
    with pictures._turn(1):  # another picture is being decoded
        for thread in (*three, ordinary):
            thread.start()
        while not outcomes:
            time.sleep(0.01)
        assert outcomes == ["请几秒后重试。"]
    for thread in (*three, ordinary):
        thread.join(30)
    assert sorted(outcomes) == ["image", "image", "image/png", "请几秒后重试。"]
    assert kept(large).kind == "image", "afterwards there is room again"


def wait_until_all_wait(threads: list[threading.Thread]) -> None:
    """Until each thread waits for its turn, or has ended."""
    def at_work(thread: threading.Thread) -> bool:
        frame = sys._current_frames().get(thread.ident or 0)
        return frame is not None and frame.f_code is not pictures._turn.__wrapped__.__code__

    while any(map(at_work, threads)):
        time.sleep(0.01)


def test_ordinary_pictures_wait_for_one_another_however_many_they_are() -> None:
    content, outcomes = encoded(photograph(), "JPEG"), []
    threads = [threading.Thread(target=lambda: outcomes.append(kept(content).kind)) for _ in range(8)]
    with pictures._turn(pictures.PIXELS_MAX):
        for thread in threads:
            thread.start()
        wait_until_all_wait(threads)
        assert outcomes == []
    for thread in threads:
        thread.join(30)
    assert outcomes == ["image"] * 8


def test_who_waits_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WAITING_SECONDS", 0.01)
    content = encoded(photograph(), "JPEG")
    with pictures._turn(1), pytest.raises(Overloaded):
        kept(content)
    assert kept(content).kind == "image"


def test_a_turn_ends_however_a_picture_does() -> None:
    content = encoded(Image.new("L", (5000, 3001), "white"), "JPEG")
    for broken in (content[:-5000], content[:3000]) * 2:
        with pytest.raises(MaterialRefused) as refusal:
            kept(broken)
        assert refusal.value.code == "material_refused"
    assert kept(white(10, 10)).kind == "image"
