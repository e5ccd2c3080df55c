"""Full-width forms (全角), which Chinese input methods produce, read as what they stand for."""

_FULL_TO_HALF = {0xFF01 + n: 0x21 + n for n in range(0x5E)} | {0x3000: 0x20}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), None)
_TABLE = _FULL_TO_HALF | _DASHES | _INVISIBLE


def narrow(text: str) -> str:
    """``text`` with full-width letters, digits, signs and dashes made ASCII, and without any white space."""
    if text.isascii() and text.isalnum():
        return text
    return "".join(text.translate(_TABLE).split())
