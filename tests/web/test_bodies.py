"""A request is read to its end before it is answered, whatever the view made of it."""

import io
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from openbeian.web.bodies import LEFT_OVER_BYTES_MAX, READ_FIRST_BYTES_MAX, with_whole_body


def refusing(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A view that has made up its mind before it has read anything."""
    return [b"refused"]


class Endless(io.RawIOBase):
    """A client that never stops sending."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return b"x" * size


def answered(stream: Any, length: int) -> list[bytes]:
    return list(with_whole_body(refusing)({"wsgi.input": stream, "CONTENT_LENGTH": str(length)}, print))


def test_what_a_view_left_unread_is_read_before_the_answer_leaves() -> None:
    stream = io.BytesIO(b"x" * 3_000_000)
    assert answered(stream, 3_000_000) == [b"refused"]
    assert stream.tell() == 3_000_000


def test_who_sends_without_end_is_answered_all_the_same() -> None:
    stream = Endless()
    assert answered(stream, LEFT_OVER_BYTES_MAX) == [b"refused"]
    assert stream.given == LEFT_OVER_BYTES_MAX


def test_what_says_beforehand_that_it_is_too_long_is_not_waited_for() -> None:
    stream = Endless()
    assert answered(stream, LEFT_OVER_BYTES_MAX + 1) == [b"refused"]
    assert stream.given == 0


@pytest.mark.parametrize("sent", [b"", b'{"a":', b"x" * (READ_FIRST_BYTES_MAX - 1)])
def test_what_ends_before_its_length_is_refused_and_nothing_is_done(sent: bytes) -> None:
    said: list[str] = []
    length = max(200, len(sent) + 1)
    answer = with_whole_body(refusing)(
        {"wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": str(length)}, lambda status, headers: said.append(status))
    assert said == ["400 Bad Request"]
    assert b"ended before" in b"".join(answer)


def test_a_body_is_handed_on_as_it_came() -> None:
    seen: list[bytes] = []

    def reading(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.append(environ["wsgi.input"].read())
        return []

    for body in (b'{"a": 1}', b"x" * (READ_FIRST_BYTES_MAX + 1)):
        with_whole_body(reading)({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}, print)
    assert seen == [b'{"a": 1}', b"x" * (READ_FIRST_BYTES_MAX + 1)]
