"""What is sealed opens for its purpose and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbeian import vault


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens_again(plaintext: bytes, purpose: str) -> None:
    assert vault.unseal(vault.seal(plaintext, purpose=purpose), purpose=purpose) == plaintext


@given(st.integers(min_value=0))
def test_any_altered_byte_is_noticed(position: int) -> None:
    sealed = bytearray(vault.seal(b"something", purpose="a"))
    sealed[position % len(sealed)] ^= 1
    with pytest.raises(vault.VaultError):
        vault.unseal(bytes(sealed), purpose="a")


def test_another_purpose_does_not_open_it() -> None:
    with pytest.raises(vault.VaultError):
        vault.unseal(vault.seal(b"x", purpose="filings.dossier"), purpose="filings.draft")


def test_two_seals_of_one_value_differ_and_their_digests_agree() -> None:
    assert vault.seal(b"x", purpose="a") != vault.seal(b"x", purpose="a")
    assert vault.digest("x", purpose="a") == vault.digest(b"x", purpose="a")
    assert vault.digest("x", purpose="a") != vault.digest("x", purpose="b")


def test_a_new_key_takes_over_and_the_old_one_still_opens(settings) -> None:
    old = vault.seal(b"x", purpose="a")
    settings.OPENBEIAN_KEYS = settings.OPENBEIAN_KEYS | {
        "current": "k2", "keys": settings.OPENBEIAN_KEYS["keys"] | {"k2": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}}
    assert vault.unseal(old, purpose="a") == b"x"
    fresh = vault.reseal(old, purpose="a")
    assert fresh[1:3] == b"k2"
    without_old = {"k2": settings.OPENBEIAN_KEYS["keys"]["k2"]}
    settings.OPENBEIAN_KEYS = settings.OPENBEIAN_KEYS | {"keys": without_old}
    assert vault.unseal(fresh, purpose="a") == b"x"
    with pytest.raises(vault.VaultError):
        vault.unseal(old, purpose="a")


@pytest.mark.parametrize(("mask", "value", "shown"), [
    (vault.mask_name, "张三", "*三"), (vault.mask_name, "张", "*"), (vault.mask_number, "13900000001", "13*******01"),
    (vault.mask_number, "abcd", "****"), (vault.mask_number, "", ""), (vault.mask_number, "lin@example.com", "li***********om"),
    (vault.mask_address, "文三路199号创业大厦401室", "文三路************"), (vault.mask_address, "文三路", "***"),
    (vault.mask_address, "", ""),
])
def test_masks(mask, value: str, shown: str) -> None:
    assert mask(value) == shown
