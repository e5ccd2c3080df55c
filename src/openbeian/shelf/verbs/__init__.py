"""The only writers of what stands on the shelf; the catalogue itself comes in by :mod:`openbeian.shelf.imports`."""

from openbeian.shelf.verbs.shelving import grant_waiver, put_back, put_on, take_offline
from openbeian.shelf.verbs.sweeping import BATCH_SIZE, Swept, sweep
from openbeian.shelf.verbs.visits import close_app, open_app

__all__ = [
    "BATCH_SIZE", "Swept", "close_app", "grant_waiver", "open_app", "put_back", "put_on", "sweep", "take_offline",
]
