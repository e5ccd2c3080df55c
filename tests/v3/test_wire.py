"""The wire with the administration: packing, validation, answers."""

import base64
import hashlib
import io
import zipfile

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from openbeian.v3.wire import answers, demonstration, documents, packing, validation
from openbeian.v3.wire.packing import PackingError, PackingSettings

KEY, IV = b"0123456789abcdef", b"fedcba9876543210"
SETTINGS = PackingSettings(aes_key=KEY, aes_iv=IV, password="secret")
# What XML 1.0 can carry, surrogates excluded; the parser turns \r into \n, so it is left out.
TEXT = st.text(st.characters(min_codepoint=0x20, exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\x7f"))


def code_of(call) -> int:
    with pytest.raises(PackingError) as caught:
        call()
    return caught.value.code


def aes(data: bytes) -> bytes:
    """AES-128-CBC with PKCS5 padding, written out here so that packing is not checked against itself."""
    fill = 16 - len(data) % 16
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(IV)).encryptor()
    return encryptor.update(data + bytes([fill]) * fill) + encryptor.finalize()


def archive(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return buffer.getvalue()


def by_hand(zipped: bytes) -> tuple[str, str]:
    return base64.b64encode(aes(zipped)).decode(), base64.b64encode(hashlib.md5(zipped).digest()).decode()


@given(st.binary(max_size=2000), st.booleans(), st.sampled_from(["raw", "hex"]))
def test_what_is_packed_comes_out_again(xml, encrypt, hash_encoding):
    settings = PackingSettings(KEY, IV, "secret", hash_encoding, encrypt)
    packed = packing.pack(xml, settings, "XZBA1.xml")
    assert packing.unpack_entry(packed.beianInfo, packed.beianInfoHash, settings) == ("XZBA1.xml", xml)


def test_packing_agrees_with_the_steps_done_by_hand():
    info, digest = by_hand(archive(("a.xml", b"<a/>")))
    assert packing.unpack(info, digest, SETTINGS) == b"<a/>"

    packed = packing.pack(b"<a/>", SETTINGS, "a.xml")
    decryptor = Cipher(algorithms.AES(KEY), modes.CBC(IV)).decryptor()
    plain = decryptor.update(base64.b64decode(packed.beianInfo)) + decryptor.finalize()
    zipped = plain[: -plain[-1]]
    assert base64.b64decode(packed.beianInfoHash) == hashlib.md5(zipped).digest()
    assert zipfile.ZipFile(io.BytesIO(zipped)).read("a.xml") == b"<a/>"


def test_the_same_file_packs_to_the_same_bytes():
    assert packing.pack(b"<a/>", SETTINGS, "a.xml") == packing.pack(b"<a/>", SETTINGS, "a.xml")


def test_hash_may_be_of_the_hexadecimal_text():
    settings = PackingSettings(KEY, IV, "secret", "hex")
    packed = packing.pack(b"<a/>", settings, "a.xml")
    assert len(base64.b64decode(packed.beianInfoHash)) == 32
    assert code_of(lambda: packing.unpack(packed.beianInfo, packed.beianInfoHash, SETTINGS)) == 7


def test_wrong_key_wrong_hash_no_archive_and_several_files_have_their_codes():
    packed = packing.pack(b"<a/>", SETTINGS, "a.xml")
    other = PackingSettings(b"x" * 16, IV, "secret")
    assert code_of(lambda: packing.unpack(packed.beianInfo, packed.beianInfoHash, other)) in (6, 7)
    assert code_of(lambda: packing.unpack("not base64!", packed.beianInfoHash, SETTINGS)) == 6
    assert code_of(lambda: packing.unpack(base64.b64encode(b"short").decode(), packed.beianInfoHash, SETTINGS)) == 6
    wrong = base64.b64encode(b"0" * 16).decode()
    assert code_of(lambda: packing.unpack(packed.beianInfo, wrong, SETTINGS)) == 7
    assert code_of(lambda: packing.unpack(*by_hand(b"no archive"), SETTINGS)) == 8
    assert code_of(lambda: packing.unpack(*by_hand(archive(("a", b""), ("b", b""))), SETTINGS)) == 17
    assert code_of(lambda: packing.unpack(*by_hand(archive()), SETTINGS)) == 17


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_no_bytes_make_unpacking_fail_otherwise(body, digest):
    assert code_of(
        lambda: packing.unpack(base64.b64encode(body).decode(), base64.b64encode(digest).decode(), SETTINGS)
    ) in (6, 7, 8, 17)


@given(st.binary(min_size=1, max_size=200))
def test_damaged_archives_have_a_code(junk):
    zipped = archive(("a.xml", b"<a/>" * 50))
    damaged = zipped[:20] + junk + zipped[20 + len(junk) :]
    try:
        assert packing.unpack(*by_hand(damaged), SETTINGS) == b"<a/>" * 50
    except PackingError as error:
        assert error.code in (8, 17)


def test_an_archive_that_unpacks_to_more_than_50_mb_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("bomb.xml", bytes(51 * 1024 * 1024))
    assert code_of(lambda: packing.unpack(*by_hand(buffer.getvalue()), SETTINGS)) == 18


def test_password_hash_is_md5_of_gbk_bytes_in_base64():
    expected = base64.b64encode(hashlib.md5("密码abcdefghijklmnopqrst".encode("gbk")).digest()).decode()
    assert packing.password_hash("密码", "abcdefghijklmnopqrst") == expected


def test_random_values_have_twenty_characters_and_differ():
    first, second = packing.random_value(), packing.random_value()
    assert len(first) == len(second) == 20 and first.isalnum() and first.isascii() and first != second


@given(TEXT)
def test_text_survives_gbk_both_ways(text):
    root = etree.Element("a")
    root.text = text
    xml = documents.render(root)
    assert xml.startswith(b'<?xml version="1.0" encoding="GBK"?>')
    assert (documents.parse(xml).text or "") == text


def test_every_character_of_the_basic_plane_survives_gbk():
    text = "".join(chr(n) for n in range(0x20, 0xFFFE) if not 0xD800 <= n <= 0xDFFF)
    root = etree.Element("a")
    root.text = text
    assert documents.parse(documents.render(root)).text == text


def test_chinese_is_written_in_gbk():
    root = etree.Element("a")
    root.text = "备案"
    assert "备案".encode("gbk") in documents.render(root)


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<a>",
        b"\xff\xfe",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        '<?xml version="1.0" encoding="GBK"?><a>备案</a>'.encode(),
    ],
)
def test_what_is_not_safe_well_formed_xml_is_refused(xml):
    if xml.endswith("备案</a>".encode()):
        # UTF-8 bytes that say they are GBK: either refused or read as other signs, never as the text meant.
        try:
            assert documents.parse(xml).text != "备案"
        except documents.DocumentError:
            return
    else:
        with pytest.raises(documents.DocumentError):
            documents.parse(xml)


def test_findings_name_paths_and_rules_but_never_values():
    xml = (
        "<UploadData version='V.3.0'><ICP><Qqdwid>1</Qqdwid><XZBA><Baxx><Zt_xx><IspZtid>0</IspZtid>"
        "<Dwmc></Dwmc><Fzr><Fzr_sjhm>1390001</Fzr_sjhm></Fzr></Zt_xx></Baxx></XZBA></ICP></UploadData>"
    )
    findings = validation.validate_root(documents.parse(xml.encode()), "upload")
    base = "/UploadData/ICP/XZBA/Baxx/Zt_xx"
    assert f"{base}/IspZtid: too small" in findings
    assert f"{base}/Dwmc: too short" in findings
    assert f"{base}/Fzr/Fzr_sjhm: too short" in findings
    assert "1390001" not in "".join(findings)


def test_a_wrong_root_is_one_finding():
    assert validation.validate_root(documents.parse(b"<a/>"), "download") == ["/a: not an element of this interface"]


ANSWERS = st.builds(
    answers.Answer,
    code=st.integers(0, 999),
    message=TEXT,
    missing_sequences=st.lists(st.integers(1, 2**31 - 1), max_size=4).map(tuple),
    file=st.none()
    | st.builds(
        answers.FileInfo,
        file_name=st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True),
        beian_info=st.binary(max_size=30).map(lambda b: base64.b64encode(b).decode()),
        beian_info_hash=st.binary(max_size=16).map(lambda b: base64.b64encode(b).decode()),
        encrypt_algorithm=st.integers(0, 1),
        data_sequence=st.none() | st.integers(0, 2**31 - 1),
    ),
    status=st.none()
    | st.builds(answers.StatusInfo, condition_type=st.integers(0, 11), condition=TEXT, filed=st.booleans()),
)


@given(ANSWERS)
def test_answers_read_back_as_written(answer):
    text = answers.render_answer(answer)
    assert answers.parse_answer(text) == answer
    assert answers.parse_answer('<?xml version="1.0" encoding="GBK"?>\n' + text) == answer


@pytest.mark.parametrize("text", ["", "done", "<answer/>", "<return/>", "<return><msg_code>x</msg_code></return>"])
def test_other_answers_are_refused(text):
    with pytest.raises(documents.DocumentError):
        answers.parse_answer(text)


def test_demonstration_accounts_differ_by_province_and_seed():
    beijing, tianjin = (demonstration.credentials(code, "seed") for code in ("110000", "120000"))
    assert beijing == demonstration.credentials("110000", "seed")
    assert beijing["isp_id"] != tianjin["isp_id"] and beijing["password"] != tianjin["password"]
    assert beijing["password"] != demonstration.credentials("110000", "other")["password"]
    settings = demonstration.packing_settings(beijing)
    assert len(settings.aes_key) == len(settings.aes_iv) == 16
    assert beijing["password"] not in repr(settings)
