"""Findings that no rule makes: their texts are in a CSV file beside the code that finds them."""

from openbeian.regime.csv_files import csv_rows
from openbeian.regime.findings import Finding, Severity


class FindingFile:
    """The findings in a CSV file by their ``key``; the other columns are those of a finding but for its field."""

    def __init__(self, module: str, name: str) -> None:
        self.rows = {row.pop("key"): row for row in csv_rows(module, name)}

    def make(self, key: str, field: str = "", **values: object) -> Finding:
        """The finding ``key`` on a field; ``values`` fill the placeholders of its texts."""
        texts = {name: text.format(**values) for name, text in self.rows[key].items()}
        return Finding(field=field, severity=Severity(texts.pop("severity")), **texts)
