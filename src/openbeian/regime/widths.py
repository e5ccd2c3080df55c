"""Full-width forms (全角), which Chinese input methods produce, read as what they stand for."""

import re

FULL_TO_HALF = {0xFF01 + n: 0x21 + n for n in range(0x5E)} | {0x3000: 0x20}
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣﹘⁃⸺⸻─━"), "-")
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), None)
_TABLE = FULL_TO_HALF | DASHES | INVISIBLE
#: What narrowing changes: most texts hold none of it, and looking is much faster than translating.
_CHANGED = re.compile(rf"[\s{re.escape(''.join(map(chr, _TABLE)))}]")


def narrow(text: str) -> str:
    """``text`` with full-width letters, digits, signs and dashes made ASCII, and without any white space."""
    return "".join(text.translate(_TABLE).split()) if _CHANGED.search(text) else text
