"""The only writers of what stands on the shelf; the catalogue itself comes in by :mod:`openbeian.shelf.imports`."""

from openbeian.shelf.verbs.shelving import grant_waiver, put_back, put_on, take_offline
from openbeian.shelf.verbs.sweeping import BATCH_SIZE, Swept, sweep

__all__ = ["BATCH_SIZE", "Swept", "grant_waiver", "put_back", "put_on", "sweep", "take_offline"]
