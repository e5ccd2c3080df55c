"""Dotted paths lead to one value of a dossier, or to nothing."""

import pytest

from openbeian.regime.paths import read

DOSSIER = {"service": {"name": "青禾文具", "prior_approvals": [{"number": "京示字1号"}, {}]}, "organizer": None}


@pytest.mark.parametrize(("path", "value"), [
    ("service.name", "青禾文具"), ("service.prior_approvals.0.number", "京示字1号"), ("service.prior_approvals.1", {}),
    ("service.prior_approvals.1.number", None), ("service.prior_approvals.2", None), ("service.prior_approvals.-1", None),
    ("service.prior_approvals.number", None), ("service.name.0", None), ("organizer.name", None), ("", None),
    ("service.prior_approvals.²", None),
])
def test_a_path_leads_to_its_value_or_to_none(path: str, value: object) -> None:
    assert read(DOSSIER, path) == value
