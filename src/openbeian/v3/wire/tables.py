"""Tables that lie as CSV beside the code."""

import csv
from importlib.resources import files


def read_rows(package: str, table: str) -> list[dict[str, str]]:
    """The rows of ``<table>.csv`` in a package, as text; lines that begin with # are comments."""
    lines = files(package).joinpath(f"{table}.csv").read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))
