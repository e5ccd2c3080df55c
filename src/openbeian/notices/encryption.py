"""The encryption of pushes (消息加解密): AES-256-CBC with a 32-byte padding block, and SHA-1 signatures.

The scheme is WeChat's and fixed by it; it authenticates with a keyed SHA-1 over sorted parts. Nothing else in
OpenBeian uses it.
"""

import base64
import hashlib
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_PADDING_BLOCK = 32


class NotDecryptable(Exception):
    """A message does not open with this key, or is for another appid."""


def signature(*parts: str) -> str:
    """Lower-case hex SHA-1 of the sorted parts: token, timestamp, nonce and, for a message, its ``Encrypt``."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(message: str, *, encoding_aes_key: str, appid: str, random: bytes | None = None) -> str:
    """``message`` as base64 for an ``Encrypt`` element. ``random`` is 16 bytes, given only to reproduce a vector."""
    key = base64.b64decode(encoding_aes_key + "=")
    content = message.encode()
    plain = (random or os.urandom(16)) + len(content).to_bytes(4, "big") + content + appid.encode()
    padding = _PADDING_BLOCK - len(plain) % _PADDING_BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


def decrypt(encrypted: str, *, encoding_aes_key: str, appid: str) -> str:
    """Open what :func:`encrypt` made. Raises :class:`NotDecryptable`."""
    key = base64.b64decode(encoding_aes_key + "=")
    try:
        sealed = base64.b64decode(encrypted, validate=True)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
        padding = plain[-1]
        if not 1 <= padding <= _PADDING_BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise ValueError
        body = plain[16:-padding]
        length = int.from_bytes(body[:4], "big")
        message, receiver = body[4:4 + length], body[4 + length:]
        if len(message) != length or receiver != appid.encode():
            raise ValueError
        return message.decode()
    except (ValueError, IndexError) as error:
        raise NotDecryptable("not a message for this key and appid") from error
