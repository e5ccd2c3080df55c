"""Numbers as programs in loosely typed languages send them."""

import re
from typing import Any

#: 19 digits hold every number of the database; sign and zeros after the point are how some languages print one.
_WHOLE = re.compile(r"([+-]?[0-9]{1,19})(?:\.0+)?")
#: From here on not every whole number is a float of its own: a longer one may have lost digits on its way.
_EXACT_BELOW = 2.0**53


def is_digits(text: str) -> bool:
    """Whether a text is ASCII digits and nothing else; ``str.isdecimal`` takes the digits of every script."""
    return text.isascii() and text.isdecimal()


def whole_number(value: Any) -> int | None:
    """The whole number that ``value`` means: 2, 2.0, "2" and " 2.0 " are 2. None for anything else.

    A truth value is no number, and neither is a float so large that it may have lost its last digits.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT_BELOW else None
    found = _WHOLE.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(found[1]) if found else None
