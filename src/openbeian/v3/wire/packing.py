"""Packing of a file for the wire: XML → ZIP → hash → AES → base64, and back.

Source: V3.0, common parameters and packing of upload and download files.
"""

import base64
import binascii
import hashlib
import io
import secrets
import string
import zipfile
import zlib
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Literal

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from openbeian.regime import gbk
from openbeian.v3.wire import MAX_FILE_BYTES

HASH_MD5 = 0
ENCRYPT_NONE = 0
ENCRYPT_AES = 1
COMPRESS_ZIP = 0

DECRYPT_FAILED = 6
HASH_FAILED = 7
UNZIP_FAILED = 8
NOT_ONE_FILE = 17
TOO_LARGE = 18

_ALPHABET = string.digits + string.ascii_letters
_EPOCH = (1980, 1, 1, 0, 0, 0)


class PackingError(Exception):
    """A file that cannot be unpacked; `code` is the call-level result code (6, 7, 8, 17 or 18)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class PackingSettings:
    """What a province hands out with an account.

    `hash_encoding`: whether beianInfoHash is base64 of the 16 raw bytes ("raw", as working clients send) or of
    their hexadecimal text ("hex"); the specification does not say.
    """

    aes_key: bytes = field(repr=False)
    aes_iv: bytes = field(repr=False)
    password: str = field(repr=False)
    hash_encoding: Literal["raw", "hex"] = "raw"
    encrypt: bool = True

    @property
    def encrypt_algorithm(self) -> int:
        return ENCRYPT_AES if self.encrypt else ENCRYPT_NONE


@dataclass(frozen=True)
class Packed:
    """The two base64 strings of a packed file, under the wire's own names."""

    beianInfo: str = field(repr=False)
    beianInfoHash: str


def pack(xml: bytes, settings: PackingSettings, entry_name: str) -> Packed:
    """Pack one XML file. The same input gives the same bytes, so a resent file equals the first one.

    `entry_name`: letters, digits and one dot, at most 128 bytes (V3.0). Raises PackingError 18 when too large.
    """
    archive = _limited(_zip(_limited(xml), entry_name))
    body = _encrypt(archive, settings) if settings.encrypt else archive
    return Packed(
        base64.b64encode(body).decode("ascii"),
        base64.b64encode(archive_hash(archive, settings)).decode("ascii"),
    )


def unpack(beian_info: str | bytes, beian_info_hash: str | bytes, settings: PackingSettings) -> bytes:
    """The XML of a packed file. Raises PackingError with call-level code 6, 7, 8, 17 or 18."""
    return unpack_entry(beian_info, beian_info_hash, settings)[1]


def unpack_entry(
    beian_info: str | bytes, beian_info_hash: str | bytes, settings: PackingSettings
) -> tuple[str, bytes]:
    """(entry name, XML) of a packed file; zeep hands over bytes already decoded, raw calls hand over text."""
    body = _limited(_decode(beian_info, DECRYPT_FAILED))
    archive = _decrypt(body, settings) if settings.encrypt else body
    if not compare_digest(_decode(beian_info_hash, HASH_FAILED), archive_hash(archive, settings)):
        raise PackingError(HASH_FAILED, "hash differs")
    return _unzip(archive)


def password_hash(password: str, rand_val: str) -> str:
    """pwdHash: base64(MD5(GBK bytes of password + randVal)). Raises ValueError on characters outside GBK."""
    # MD5 is the interface's only algorithm; it authenticates a call, it protects nothing at rest.
    digest = hashlib.md5(gbk.encode(password + rand_val), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


def random_value() -> str:
    """randVal: 20 random characters of 0-9A-Za-z (fewer are refused with code 16)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(20))


def _limited(content: bytes) -> bytes:
    if len(content) > MAX_FILE_BYTES:
        raise PackingError(TOO_LARGE, "file over 50 MB")
    return content


def _zip(xml: bytes, entry_name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(entry_name, date_time=_EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, xml)
    return buffer.getvalue()


def _unzip(archive: bytes) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            if len(entries) != 1 or entries[0].is_dir():
                raise PackingError(NOT_ONE_FILE, "must be exactly one file")
            with opened.open(entries[0]) as stream:
                # Read one byte more than allowed instead of trusting the size the archive states.
                xml = stream.read(MAX_FILE_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise PackingError(UNZIP_FAILED, "not a readable ZIP archive") from error
    return entries[0].filename, _limited(xml)


def archive_hash(archive: bytes, settings: PackingSettings) -> bytes:
    """The hash of an archive as beianInfoHash holds it, before base64."""
    digest = hashlib.md5(archive, usedforsecurity=False)
    return digest.digest() if settings.hash_encoding == "raw" else digest.hexdigest().encode("ascii")


def _cipher(settings: PackingSettings) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(settings.aes_key), modes.CBC(settings.aes_iv))


def _encrypt(archive: bytes, settings: PackingSettings) -> bytes:
    padder = padding.PKCS7(algorithms.AES.block_size).padder()
    encryptor = _cipher(settings).encryptor()
    return encryptor.update(padder.update(archive) + padder.finalize()) + encryptor.finalize()


def _decrypt(body: bytes, settings: PackingSettings) -> bytes:
    decryptor = _cipher(settings).decryptor()
    unpadder = padding.PKCS7(algorithms.AES.block_size).unpadder()
    try:
        plain = decryptor.update(body) + decryptor.finalize()
        return unpadder.update(plain) + unpadder.finalize()
    except ValueError as error:
        raise PackingError(DECRYPT_FAILED, "cannot be decrypted") from error


def _decode(value: str | bytes, code: int) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PackingError(code, "not base64") from error
