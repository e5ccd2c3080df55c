"""What can be wrong with a certification: the findings of this room by their key in ``findings.csv``."""

from openbeian.regime.csv_files import csv_rows
from openbeian.regime.findings import Finding, Severity

CLAUSE = "微信认证 (certification)"
TEXTS = {row.pop("key"): row for row in csv_rows(__file__, "findings.csv")}


def finding(key: str, field: str, **values: object) -> Finding:
    """The finding ``key`` on a field; ``values`` fill the placeholders of its texts."""
    texts = {name: text.format(**values) for name, text in TEXTS[key].items()}
    return Finding(severity=Severity.BLOCKS, field=field, clause=CLAUSE, **texts)
