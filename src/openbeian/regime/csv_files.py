"""Tables that are kept as CSV files beside the code that uses them."""

import csv
from pathlib import Path


def csv_rows(module: str, name: str) -> list[dict[str, str]]:
    """The rows of the file ``name`` that lies beside a module, given by its ``__file__``."""
    with Path(module).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
