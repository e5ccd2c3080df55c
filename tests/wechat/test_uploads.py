"""upload_icp_media and get_icp_media in the dialects of published clients."""

import base64
import io
import json
import zlib

import pytest
from django.http import HttpResponse
from PIL import Image

from openbeian.filings.models import Material
from tests.samples import png
from tests.wechat.platform import Platform, read

pytestmark = pytest.mark.django_db

FIELD = "icp_subject.principal_info.certificate_photo_front"
BOUNDARY = "----dialect0123456789"


def part(head: str, content: bytes) -> bytes:
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


def text(name: str, value: str, more: str = "") -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"{more}', value.encode())


def media(filename: str = 'filename="a.png"', more: str = "\r\nContent-Type: image/png") -> bytes:
    return part(f'Content-Disposition: form-data; name="media"; {filename}{more}', png())


def send(platform: Platform, *parts: bytes, query: str = "") -> dict:
    return read(platform.http.generic(
        "POST", f"/wxa/icp/upload_icp_media?access_token={platform.token}{query}",
        b"".join(parts) + f"--{BOUNDARY}--\r\n".encode(), content_type=f"multipart/form-data; boundary={BOUNDARY}"))


WXJAVA = "\r\nContent-Type: multipart/form-data; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit"

AS_FILE = '; filename="x.txt"\r\nContent-Type: application/octet-stream'

DIALECTS = {
    "SKIT": (
        [text("type", "image"), text("icp_order_field", FIELD), text("certificate_type", "2"),
         media('filename="0123456789abcdef0123456789abcdef.png"')], ""),
    "SKIT with unquoted names": (
        [part("Content-Disposition: form-data; name=type", b"image"),
         part("Content-Disposition: form-data; name=icp_order_field", FIELD.encode()),
         part("Content-Disposition: form-data; name=certificate_type", b"2"),
         part("Content-Type: image/png\r\nContent-Disposition: form-data; name=media; filename=a.png; "
              "filename*=utf-8''a.png", png())], ""),
    "Senparc": ([media(), text("type", "image"), text("certificate_type", "2"), text("icp_order_field", FIELD)], ""),
    "WxJava": (
        [text("type", "image", WXJAVA), text("certificate_type", "2", WXJAVA), text("icp_order_field", FIELD, WXJAVA),
         media('filename="身份证正面.png"', "\r\nContent-Type: application/octet-stream\r\n"
               "Content-Transfer-Encoding: binary")], ""),
    "co-wxapp-open-api": ([media()], f"&type=image&certificate_type=2&icp_order_field={FIELD}"),
    "Go": ([text("type", "image"), text("certificate_type", "2"), text("icp_order_field", FIELD), media()], ""),
    "silenceper": (
        [text("type", "image", AS_FILE), text("certificate_type", "2", AS_FILE), text("icp_order_field", FIELD, AS_FILE),
         media(more="\r\nContent-Type: application/octet-stream")], ""),
    "curl": ([text("type", "image"), text("certificate_type", "2"), text("icp_order_field", FIELD),
              media('filename="/tmp/../a.png"')], ""),
}


@pytest.mark.parametrize("client", DIALECTS)
def test_every_clients_dialect_is_understood(platform: Platform, client: str) -> None:
    parts, query = DIALECTS[client]
    answer = send(platform, *parts, query=query)
    assert (answer["errcode"], answer["type"]) == (0, "image"), answer
    material = Material.objects.get(pk=answer["media_id"])
    assert (material.certificate_type, material.field) == (2, "organizer.principal.certificate.photo_front")


@pytest.mark.parametrize("value", ["null", "undefined", "0", ""])
def test_no_certificate_type_is_spelled_in_many_ways(platform: Platform, value: str) -> None:
    field = "icp_materials.commitment_letter"
    for answer in (
        send(platform, text("type", "image"), text("certificate_type", value), text("icp_order_field", field), media()),
        send(platform, media(), query=f"&type=image&certificate_type={value}&icp_order_field={field}"),
    ):
        assert Material.objects.get(pk=answer["media_id"]).certificate_type is None


def named(name: bytes, more: str = "\r\nContent-Type: image/png") -> bytes:
    """The media part with a file name as these bytes."""
    return media("FILENAME", more).replace(b"FILENAME", name)


FILE_NAMES = {
    "GBK": 'filename="身份证正面.png"'.encode("gbk"),
    "Big5": 'filename="身份證正面.png"'.encode("big5"),
    "GBK, a backslash inside the last character": 'filename="許"'.encode("big5"),
    "GBK, the same in front of the name": 'filename="許"; x=y'.encode("big5"),
    "GB 18030, four bytes": 'filename="𠮷.png"'.encode("gb18030"),
    "Latin-1": 'filename="pièce.png"'.encode("latin-1"),
    "Latin-1, an accent at the end": 'filename="Ausweis é"'.encode("latin-1"),
    "Shift JIS": 'filename="表.png"'.encode("shift_jis"),
    "UTF-8": 'filename="身份证.png"'.encode(),
    "UTF-16": b'filename="' + "图.png".encode("utf-16") + b'"',
    "RFC 2231": b"filename*=gbk''%C9%ED.png",
    "RFC 2231 in an encoding nobody knows": b"filename*=no-such-charset''%C9%ED.png",
    "RFC 2231 in pieces": b"filename*0=\"a\"; filename*1=\".png\"",
    "RFC 5987 beside the plain name": 'filename="身份证.png"; filename*=UTF-8\'\'%E8%BA%AB.png'.encode("gbk"),
    "RFC 2047": b'filename="=?GBK?B?yeu33dakLnBuZw==?="',
    "quotes": b'filename="my "new" card.png"',
    "one quote too many": b'filename="my"card.png"',
    "escaped quotes": b'filename="my \\"new\\" card.png"',
    "a quoted pair, and a parameter in the name": b'filename="a\\"b;name=type"',
    "a parameter between quoted pairs": b'filename="a\\"; name=\\"type\\".png"',
    "a Windows path": rb'filename="C:\Users\lin\a.png"',
    "a backslash at the end": b'filename="C:\\"',
    "a semicolon": b'filename="a;b.png"',
    "no quotes": b"filename=a b.png",
    "single quotes": b"filename='a.png'",
    "nothing but dots": b'filename=".."',
    "a folder": b'filename="/tmp/"',
    "a very long one": b'filename="' + "长".encode("gbk") * 900 + b'.png"',
    "capitals": b'FileName="a.png"',
    "spaces around": b'filename = "a.png"',
    "a fold": b'\r\n\tfilename="a.png"',
    "none": b"x=y",
    "an empty one": b'filename=""',
}


@pytest.mark.parametrize("name", FILE_NAMES)
def test_the_name_of_the_file_does_not_matter(platform: Platform, name: str) -> None:
    others = [text("type", "image"), text("icp_order_field", FIELD), text("certificate_type", "2")]
    for parts in ([*others, named(FILE_NAMES[name])], [named(FILE_NAMES[name]), *others]):
        answer = send(platform, *parts)
        assert answer["errcode"] == 0, answer
        material = Material.objects.get(pk=answer["media_id"])
        assert (material.certificate_type, material.field) == (2, "organizer.principal.certificate.photo_front")


@pytest.mark.parametrize("name", FILE_NAMES)
def test_the_name_of_the_file_may_come_before_the_part_s(platform: Platform, name: str) -> None:
    head = b'Content-Disposition: form-data; FILENAME; name="media"\r\nContent-Type: image/png'
    part_of_file = b"--%s\r\n%s\r\n\r\n%s\r\n" % (
        BOUNDARY.encode(), head.replace(b"FILENAME", FILE_NAMES[name]), png())
    answer = send(platform, text("type", "image"), text("icp_order_field", FIELD), part_of_file)
    assert answer["errcode"] == 0, answer


@pytest.mark.parametrize("value", ["2", " 2 ", "2.0", "02"])
def test_a_certificate_type_is_read_as_it_is_meant(platform: Platform, value: str) -> None:
    answer = send(platform, text("type", "image"), text("icp_order_field", FIELD), text("certificate_type", value), media())
    assert Material.objects.get(pk=answer["media_id"]).certificate_type == 2


def test_a_file_in_base64_is_decoded(platform: Platform) -> None:
    head = ('Content-Disposition: form-data; name="media"; filename="a.png"\r\nContent-Type: image/png\r\n'
            "Content-Transfer-Encoding: base64")
    others = [text("type", "image"), text("icp_order_field", FIELD)]
    kept = send(platform, *others, part(head, base64.encodebytes(png())))
    assert Material.objects.get(pk=kept["media_id"]).blob_id == Material.objects.get(
        pk=send(platform, *others, media())["media_id"]).blob_id
    assert send(platform, *others, part(head, b"x"))["errcode"] == 47001


def test_a_form_that_ends_early_is_47001(platform: Platform) -> None:
    whole = b"".join([text("type", "image"), text("icp_order_field", FIELD), media()]) + f"--{BOUNDARY}--\r\n".encode()
    for length in (len(whole) // 2, len(whole) - len(BOUNDARY) - 8, 200):
        answer = read(platform.http.generic(
            "POST", f"/wxa/icp/upload_icp_media?access_token={platform.token}", whole[:length],
            content_type=f"multipart/form-data; boundary={BOUNDARY}"))
        assert answer["errcode"] == 47001, length
    assert Material.objects.count() == 0


def test_a_form_of_very_many_parts_is_not_taken_apart(platform: Platform) -> None:
    assert send(platform, *[text("x", "")] * 60, text("type", "image"), media())["errcode"] == 47001


def test_both_spellings_of_the_instant_are_answered(platform: Platform) -> None:
    answer = platform.upload()
    assert answer["created_at"] == answer["create_at"] == 1693879200
    assert len(answer["media_id"]) == 75 and answer["media_id"].isalnum()


REFUSED = [
    ([text("type", "image"), text("icp_order_field", FIELD)], 41005),
    ([text("type", "image"), text("icp_order_field", FIELD), text("media", "no file name")], 41005),
    ([text("icp_order_field", FIELD), media()], 40004),
    ([text("type", "voice"), text("icp_order_field", FIELD), media()], 40004),
    ([text("type", "image"), media()], 40097),
    ([text("type", "image"), text("icp_order_field", "icp_applets.base_info.nrlx_details.media"), media()], 40097),
    ([text("type", "image"), text("icp_order_field", "icp_subject.base_info.name"), media()], 40097),
    ([text("type", "image"), text("icp_order_field", FIELD), text("certificate_type", "two"), media()], 40097),
    ([text("type", "image"), text("icp_order_field", FIELD), text("certificate_type", "²"), media()], 40097),
    ([text("type", "image"), text("icp_order_field", FIELD), text("certificate_type", "9" * 9), media()], 40097),
    ([text("type", "video"), text("icp_order_field", "icp_materials.promise_video"), media()], 86201),
    ([text("type", "ima\0ge"), text("icp_order_field", FIELD), media()], 40004),
]


def test_what_is_wrong_with_an_upload_is_said(platform: Platform) -> None:
    for parts, errcode in REFUSED:
        assert send(platform, *parts)["errcode"] == errcode, parts[:-1]


@pytest.mark.parametrize("content", [
    b"", b"MZ\x90\x00 an executable", b"<svg onload='alert(1)'/>", png()[:-20], b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
])
def test_disguised_and_broken_files_are_refused(platform: Platform, content: bytes) -> None:
    answer = platform.upload(content=content)
    assert answer["errcode"] == 86201
    assert Material.objects.count() == 0


def box(kind: bytes, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4) + kind + content


MP4 = box(b"ftyp", b"isom\0\0\2\0isommp41") + box(b"free") + box(b"mdat", b"\0" * 200) + box(b"moov", b"\0" * 100)
LONG = (1).to_bytes(4) + b"mdat" + (216).to_bytes(8) + b"\0" * 200
TO_THE_END = (0).to_bytes(4) + b"mdat" + b"\0" * 200


@pytest.mark.parametrize("content", [
    MP4, box(b"ftyp", b"mp42\0\0\0\0") + box(b"moov") + LONG, box(b"ftyp", b"isom\0\0\0\0") + box(b"moov") + TO_THE_END])
def test_a_promise_video_is_kept_as_it_is(platform: Platform, content: bytes) -> None:
    answer = platform.upload("icp_materials.promise_video", None, content=content, kind="video")
    assert (answer["errcode"], answer["type"]) == (0, "video")
    fetched = platform.http.get("/wxa/icp/get_icp_media", {"access_token": platform.token, "media_id": answer["media_id"]})
    assert (fetched["Content-Type"], fetched.content) == ("video/mp4", content)


@pytest.mark.parametrize("content", [
    png(), b"MZ\x90\x00ftyp an executable", box(b"ftyp", b"heic\0\0\0\0") + box(b"meta"),
    box(b"ftyp", b"qt  \0\0\0\0") + box(b"moov"), MP4[:-1], MP4 + b"PK\3\4 an archive behind it", MP4[8:], b"\0\0\0\1ftyp"])
def test_what_is_no_mp4_inside_is_no_video(platform: Platform, content: bytes) -> None:
    answer = platform.upload("icp_materials.promise_video", None, content=content, kind="video")
    assert answer["errcode"] == 86201
    assert Material.objects.count() == 0


def png_that_says(width: int, height: int) -> bytes:
    """A picture whose head promises more than a machine can hold; unpacked, its content would be as large."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\2\0\0\0"
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 5_000_000))
            + chunk(b"IEND", b""))


@pytest.mark.parametrize("size", [(6400, 6400), (10_000, 10_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_with_more_pixels_than_are_unpacked_is_told_so(platform: Platform, size: tuple[int, int]) -> None:
    answer = platform.upload(content=png_that_says(*size))
    assert answer["errcode"] == 86201
    assert "图片像素过大" in answer["errmsg"]


def test_files_too_large_to_read_are_refused_before_reading(platform: Platform) -> None:
    answer = platform.upload(content=b"\0" * (12 * 1024 * 1024))
    assert answer["errcode"] == 47001
    big = platform.upload(content=b"\0" * (2 * 1024 * 1024 + 1))
    assert big["errcode"] == 86201


def test_no_body_is_malformed_enough_for_a_fault(platform: Platform) -> None:
    for body in (b"", b"--x", b"\0\1\2", f"--{BOUNDARY}\r\nContent-Disposition: form-data".encode()):
        for content_type in (
            "multipart/form-data", f"multipart/form-data; boundary={BOUNDARY}", "multipart/form-data; boundary=",
            "text/plain", "application/json", "",
        ):
            response = platform.http.generic(
                "POST", f"/wxa/icp/upload_icp_media?access_token={platform.token}", body, content_type=content_type)
            assert read(response)["errcode"] in (41005, 47001), (body, content_type)


class TestDownload:
    """get_icp_media."""

    def fetch(self, platform: Platform, media_id: str) -> HttpResponse:
        return platform.http.get("/wxa/icp/get_icp_media", {"access_token": platform.token, "media_id": media_id})

    def test_the_picture_comes_back_with_type_and_file_name(self, platform: Platform) -> None:
        media_id = platform.upload()["media_id"]
        response = self.fetch(platform, media_id)
        assert response["Content-Type"] == "image/png"
        assert response["Content-Disposition"] == f'attachment; filename="{media_id}.png"'
        assert int(response["Content-Length"]) == len(response.content)
        assert Image.open(io.BytesIO(response.content)).size == (72, 128)

    def test_files_of_others_and_invented_ones_are_not_found(self, platform: Platform) -> None:
        from tests.wechat.platform import catalogue

        catalogue(("wx2222222222222222", "每日记账本", "陈样本", "110000"))
        media_id = Platform.create(appid="wx2222222222222222").upload()["media_id"]
        for wrong in (media_id, "invented", "x" * 5000):
            assert json.loads(self.fetch(platform, wrong).content)["errcode"] == 86205
        for missing in ("", "\0"):
            assert json.loads(self.fetch(platform, missing).content)["errcode"] == 41006


