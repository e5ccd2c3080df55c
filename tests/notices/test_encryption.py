"""The encryption of pushes, against a published vector and against a client that others wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from openbeian.accounts.clients import new_encoding_aes_key
from openbeian.notices.encryption import NotDecryptable, decrypt, encrypt, signature

TOKEN, KEY, APPID = "beian_token_demo", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFE", "wx0123456789abcdef"
TIMESTAMP, NONCE = "1735689600", "1320562132"
MESSAGE = (
    "<xml><AppId><![CDATA[wx0123456789abcdef]]></AppId><CreateTime>1735689600</CreateTime>"
    "<InfoType><![CDATA[notify_apply_icpfiling_result]]></InfoType>"
    "<authorizer_appid><![CDATA[wxfedcba9876543210]]></authorizer_appid><beian_status>6</beian_status></xml>"
)
ENCRYPTED = (
    "Ti9n16Y/f/itlDxp3I3C2Ccj0tfOfTrUh5Qfh5lKgU8rrGHcPmCVa90+ws8VX6FftRcuaCAdTGnrQk2oDlHMRvEG8QrLf2Xdx1rr6sMNwnHWV"
    "RDLcFzwtPhSSGd7EqpgJxuJ5ZQDeFiwUGEb5YndoYtOyC5y5R3zGOj0OvI2cRoNw7j8+8/vm++k073JMv4655sX+hW4zm9ETKGWHKe0wdPZ4X"
    "xRymqMApzHcxaASgYmpTI5Ch6AadbiFff7hUA/t6KlP/ldn+sJ/MOIK/8Og1kQO048mQdEGI+0A6qmpZzexD2rfFSE2qH9Dg2EFvuawKy1oRh"
    "71c75gewbKcf4GLfmN+mq0SrgU/DEVKWQqhe9PpTz56kNp8581HJ0jj9GyyAxDSCkiBh2KN0zDMMCBz5jqdUYqDJPOUwK7++tB48="
)


def test_the_published_vector_comes_out_byte_for_byte() -> None:
    assert encrypt(MESSAGE, encoding_aes_key=KEY, appid=APPID, random=b"abcdefghijklmnop") == ENCRYPTED
    assert decrypt(ENCRYPTED, encoding_aes_key=KEY, appid=APPID) == MESSAGE
    assert signature(TOKEN, TIMESTAMP, NONCE) == "fb08eb0ebae87110ed7cffa568b904534db56c61"
    assert signature(TOKEN, TIMESTAMP, NONCE, ENCRYPTED) == "4335cb43fe28152ce5ec9aa54ec4151a759c0cba"


@given(st.text(max_size=200))
def test_any_message_of_any_length_opens_again_in_wechatpy(message: str) -> None:
    key = new_encoding_aes_key()
    message = message.encode("utf-8", "ignore").decode()
    encrypted = encrypt(message, encoding_aes_key=key, appid=APPID)
    theirs = WeChatCrypto(TOKEN, key, APPID).decrypt_message(
        {"Encrypt": encrypted}, signature(TOKEN, TIMESTAMP, NONCE, encrypted), TIMESTAMP, NONCE)
    assert theirs == message
    assert decrypt(encrypted, encoding_aes_key=key, appid=APPID) == message


@pytest.mark.parametrize("change", [
    lambda key, text: (key, text[:-4]),
    lambda key, text: (key, "AAAA" + text[4:] if not text.startswith("AAAA") else "BBBB" + text[4:]),
    lambda key, text: (new_encoding_aes_key(), text),
    lambda key, text: (key, ""),
    lambda key, text: (key, "not base64!"),
])
def test_what_was_altered_or_is_for_another_key_does_not_open(change) -> None:
    key, text = change(KEY, encrypt(MESSAGE, encoding_aes_key=KEY, appid=APPID))
    try:
        opened = decrypt(text, encoding_aes_key=key, appid=APPID)
    except NotDecryptable:
        return
    # The first block is random filler, so altering it is not seen by this scheme; the signature sees it.
    assert opened == MESSAGE and text != ENCRYPTED


def test_a_message_for_another_platform_does_not_open() -> None:
    with pytest.raises(NotDecryptable):
        decrypt(encrypt(MESSAGE, encoding_aes_key=KEY, appid=APPID), encoding_aes_key=KEY, appid="wxother")


def test_new_keys_have_the_form_strict_decoders_want() -> None:
    for _ in range(50):
        key = new_encoding_aes_key()
        assert len(key) == 43 and key.isalnum() and key.isascii() and key[-1] in "AEIMQUYcgkosw048"
