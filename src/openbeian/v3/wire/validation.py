"""Validation of upload and download files against our own schemas."""

import threading
from pathlib import Path
from typing import Literal

from lxml import etree

SCHEMAS = Path(__file__).parent / "schemas"

_local = threading.local()


def validate_root(root: etree._Element, kind: Literal["upload", "download"]) -> list[str]:
    """What is wrong with a document, one line per finding; empty when it conforms.

    A line names the path and the schema rule, never the value: values are personal data.
    """
    schema = _schema(kind)
    if schema.validate(root):
        return []
    findings = []
    for entry in schema.error_log:  # type: ignore[attr-defined]
        path = entry.path or "/"
        if entry.type_name == "SCHEMAV_ELEMENT_CONTENT":
            # Such messages speak of element names only: what was found, what was expected.
            findings.append(f"{path}: {entry.message}")
        else:
            findings.append(f"{path}: {_RULES.get(entry.type_name, entry.type_name)}")
    return list(dict.fromkeys(findings))


_RULES = {
    "SCHEMAV_CVC_MINLENGTH_VALID": "too short",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "too long",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "too small",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "too large",
    "SCHEMAV_CVC_PATTERN_VALID": "not of the expected form",
    "SCHEMAV_CVC_ENUMERATION_VALID": "not one of the allowed values",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "not of the expected type",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "an attribute is missing",
    "SCHEMAV_CVC_ELT_1": "not an element of this interface",
}


def _schema(kind: str) -> etree.XMLSchema:
    # An XMLSchema keeps the log of its last validation, so each thread has its own.
    schemas = _local.__dict__.setdefault("schemas", {})
    if kind not in schemas:
        schemas[kind] = etree.XMLSchema(etree.parse(str(SCHEMAS / f"{kind}.xsd")))
    return schemas[kind]
