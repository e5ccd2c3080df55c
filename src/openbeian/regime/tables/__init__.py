"""The code tables, one CSV each, read by :mod:`openbeian.regime.code_tables`. See README.md here."""
