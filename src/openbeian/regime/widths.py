"""Full-width forms (全角) and other characters that input methods and phone books produce, read as what they mean."""

import re

FULL_TO_HALF = {0xFF01 + n: 0x21 + n for n in range(0x5E)} | {0x3000: 0x20}
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣﹘⁃⸺⸻─━"), "-")
#: Soft hyphens, signs of no width, and those that direct the way of writing.
INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF), None)
#: What is typed for the letter X, in upper case.
CROSSES = str.maketrans("×✕✖\u0425\u03a7\u2169", "XXXXXX")
_TABLE = FULL_TO_HALF | DASHES | INVISIBLE
#: What narrowing changes: most texts hold none of it, and looking is much faster than translating.
_CHANGED = re.compile(rf"[\s{re.escape(''.join(map(chr, _TABLE)))}]")


def narrow(text: str) -> str:
    """``text`` with full-width letters, digits, signs and dashes made ASCII, and without white space and invisible signs."""
    return "".join(text.translate(_TABLE).split()) if _CHANGED.search(text) else text
