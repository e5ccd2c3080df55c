"""What both ends of the administration's interface share: packing, schemas, WSDLs, answers.

Source: the ministry's enterprise-system interface V3.0 (October 2013) and our extension for mini programs
(`docs/reference/v3-mini-program-extension.md`). Nothing here knows Django or holds a rule of filing.
"""

VERSION = "V.3.0"
EXTENSION = "urn:openbeian:v3-mini-program:1"
EXTENSION_PREFIX = "mp"
ENCODING = "GBK"

MAX_FILE_BYTES = 50 * 1024 * 1024
"""Largest file either side accepts, packed or unpacked (V3.0 limits; call-level code 18)."""

MAX_RECORDS = 1000
"""Most records one upload file holds (V3.0 limits)."""


def mp(name: str) -> str:
    """The tag of an element of our extension."""
    return f"{{{EXTENSION}}}{name}"
