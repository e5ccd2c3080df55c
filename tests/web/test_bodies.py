"""A body is received to its end, within limits, before anything is done with its request."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from openbeian.web import bodies
from openbeian.web.bodies import (
    BYTES_MAX,
    HELD_BYTES_MAX,
    IN_MEMORY_BYTES_MAX,
    SLOW_BYTES,
    Bodies,
    BodyRefused,
)


class Client:
    """One that sends these pieces, and from then on only what it is told to; ``None`` ends a body without a length."""

    def __init__(self, *pieces: bytes | None) -> None:
        self.pieces: list[bytes | None] = list(pieces)
        self.ended = False

    def __aiter__(self) -> "Client":
        return self

    def __anext__(self) -> "asyncio.Future[bytes]":
        if self.ended:
            raise StopAsyncIteration
        self.awaited: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if self.pieces:
            self.send(self.pieces.pop(0))
        return self.awaited

    def send(self, piece: bytes | None) -> None:
        self.ended = piece is None
        self.awaited.set_result(piece or b"")


async def read(client: Client, length: int | None, held_by: Bodies | None = None) -> tuple[bytes, int]:
    """What a view would find: the body and its length."""
    async with (held_by or Bodies(8)).read(client, length) as (body, found):
        return body.read(), found


def refusal(reading: Coroutine[Any, Any, Any]) -> int:
    with pytest.raises(BodyRefused) as refused:
        asyncio.run(reading)
    return refused.value.status


@pytest.mark.parametrize("length", [1, IN_MEMORY_BYTES_MAX + 1])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_is_handed_on_as_it_came(length: int, announced: bool) -> None:
    body = bytes(index % 251 for index in range(length))
    client = Client(body[:1000], body[1000:] or None, None)
    assert asyncio.run(read(client, length if announced else None)) == (body, length)


@pytest.mark.parametrize(("pieces", "length"), [((b"", ), 1), ((b"{", b""), 2), ((b"", b""), None), ((b"{", b"", b""), None)])
def test_what_is_cut_off_is_refused(pieces: tuple[bytes, ...], length: int | None) -> None:
    assert refusal(read(Client(*pieces), length)) == 400


@pytest.mark.parametrize("length", [101, None])
def test_what_is_too_long_is_refused_and_not_kept(length: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BYTES_MAX", 100)
    held_by = Bodies(8)
    assert refusal(read(Client(b"x" * 100, b"x", None), length, held_by)) == 413
    assert held_by.held_bytes == 0


def test_all_bodies_of_a_process_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert HELD_BYTES_MAX > BYTES_MAX
    monkeypatch.setattr(bodies, "HELD_BYTES_MAX", 100)
    held_by = Bodies(8)

    async def two() -> None:
        async with held_by.read(Client(b"x" * 60), 60):
            await read(Client(b"x" * 60), 60, held_by)

    assert refusal(two()) == 503
    assert asyncio.run(read(Client(b"x" * 60), 60, held_by)) == (b"x" * 60, 60)


async def sending(*, seconds: int, piece: bytes, times: int, working: int = 0) -> tuple[bytes, int]:
    """Receive from a client that sends such a piece each time after so many seconds, and then ends."""
    client, held_by, loop = Client(), Bodies(8), asyncio.get_running_loop()
    held_by.working.update(range(working))
    reading = asyncio.create_task(read(client, None, held_by))
    for sent in [*[piece] * times, None]:
        await asyncio.sleep(0)
        for _ in range(seconds):
            held_by.keep_time(loop)
        if not client.awaited.done():
            client.send(sent)
            await asyncio.sleep(0)
    return await reading


@pytest.mark.parametrize(("seconds", "piece", "times"), [(11, b"x", 0), (1, b"x", 20), (9, b"x" * SLOW_BYTES, 70)])
def test_who_sends_nothing_or_little_or_for_too_long_is_refused(seconds: int, piece: bytes, times: int) -> None:
    assert refusal(sending(seconds=seconds, piece=piece, times=times)) == 408


def test_who_sends_steadily_has_minutes() -> None:
    assert asyncio.run(sending(seconds=9, piece=b"x" * SLOW_BYTES, times=60))[1] == 60 * SLOW_BYTES


def test_nobody_is_late_whose_body_may_be_waiting_for_a_thread() -> None:
    assert asyncio.run(sending(seconds=100, piece=b"x", times=10, working=8))[1] == 10


@pytest.mark.parametrize("before", [True, False])
def test_a_process_that_stops_waits_for_no_body(before: bool) -> None:
    async def stopped() -> None:
        held_by = Bodies(8)
        if before:
            held_by.stop()
        reading = asyncio.create_task(read(Client(), 10, held_by))
        await asyncio.sleep(0)
        if not before:
            held_by.stop()
        await asyncio.wait_for(reading, 10)

    assert refusal(stopped()) == 503
