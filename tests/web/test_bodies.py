"""A body is read to its end, within limits, before anything is done with its request."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from openbeian.web.bodies import CHUNKED_BYTES_MAX, IN_MEMORY_BYTES_MAX, READ_BYTES_MAX, Bodies, BodyRefused

PIECE = b"x" * 65536


async def sent(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def silent_after(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    await asyncio.Event().wait()


async def drop_by_drop() -> AsyncIterator[bytes]:
    while True:
        await asyncio.sleep(0.01)
        yield b"x"


class Endless:
    """A client that never stops sending."""

    given = 0

    def __aiter__(self) -> "Endless":
        return self

    async def __anext__(self) -> bytes:
        self.given += len(PIECE)
        return PIECE


def read(pieces: AsyncIterator[bytes], length: int | None, bodies: Bodies | None = None) -> tuple[bytes, int]:
    """What a view would find: the body and its length."""

    async def whole() -> tuple[bytes, int]:
        async with (bodies or Bodies()).read(pieces, length) as (body, found):
            return body.read(), found

    return asyncio.run(whole())


def refused(pieces: AsyncIterator[bytes], length: int | None, bodies: Bodies) -> int:
    with pytest.raises(BodyRefused) as refusal:
        read(pieces, length, bodies)
    assert bodies.held_bytes == 0
    return refusal.value.status


@pytest.mark.parametrize("length", [1, 65536, IN_MEMORY_BYTES_MAX + 1])
def test_a_body_is_handed_on_as_it_came(length: int) -> None:
    body = bytes(index % 251 for index in range(length))
    assert read(sent(body[:1000], body[1000:]), length) == (body, length)


def test_a_body_in_chunks_gets_its_length() -> None:
    assert read(sent(b'{"a"', b": 1}", b""), None) == (b'{"a": 1}', 8)


@pytest.mark.parametrize("body", [b"", b'{"a":', b"x" * IN_MEMORY_BYTES_MAX])
def test_what_ends_before_its_length_is_refused(body: bytes) -> None:
    assert refused(sent(body), len(body) + 1, Bodies()) == 400


def test_what_is_longer_than_anybody_reads_is_read_to_its_end_and_not_kept() -> None:
    client = Endless()
    body, length = read(client, None)
    assert (len(body), length, client.given) == (CHUNKED_BYTES_MAX, CHUNKED_BYTES_MAX, READ_BYTES_MAX)


def test_what_says_beforehand_that_it_is_too_long_is_not_waited_for() -> None:
    client = Endless()
    assert read(client, READ_BYTES_MAX + 1) == (b"", READ_BYTES_MAX + 1)
    assert client.given == 0


def test_a_client_that_goes_silent_is_refused() -> None:
    assert refused(silent_after(b"x"), 200, Bodies(silent_seconds=0.05)) == 408


def test_a_client_that_sends_drop_by_drop_is_refused() -> None:
    assert refused(drop_by_drop(), None, Bodies(slow_seconds=0.1)) == 408


def test_all_bodies_of_a_process_together_are_bounded() -> None:
    bodies = Bodies(held_bytes_max=100)

    async def both() -> None:
        async with bodies.read(sent(b"x" * 60), 60):
            async with bodies.read(sent(b"x" * 60), 60):
                pass

    with pytest.raises(BodyRefused) as refusal:
        asyncio.run(both())
    assert refusal.value.status == 503
    assert read(sent(b"x" * 60), 60, bodies) == (b"x" * 60, 60)
