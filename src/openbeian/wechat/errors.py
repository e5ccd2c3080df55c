"""The one exception that becomes an answer with an errcode."""

from collections.abc import Sequence
from dataclasses import dataclass

from openbeian.wechat.codes import TABLE


@dataclass(frozen=True)
class Hint:
    """What is wrong with one field of an application."""

    errcode: int
    errmsg: str
    err_field: str


class Refused(Exception):
    """The call cannot be done. ``detail`` is added to the code's own text and holds no personal data."""

    def __init__(self, code: int, detail: str = "", *, hints: Sequence[Hint] = ()) -> None:
        self.code = code
        self.text = f"{TABLE[code].text}: {detail}" if detail else TABLE[code].text
        self.hints = tuple(hints)
        super().__init__(self.text)
