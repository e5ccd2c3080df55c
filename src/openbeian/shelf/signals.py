"""What this room announces, inside the transaction of the change.

One signal per batch, not per app: a receiver writes what it has to write in one statement for all of them.
"""

from django.dispatch import Signal

#: Both: appids and codes (lists of equal length, position by position; a code as the gate gives it), at, actor.
apps_taken_offline = Signal()
apps_put_back = Signal()

#: version, move (a row of openbeian.shelf.versions.lifecycle.MOVES), actor, at. Versions move one by one.
version_moved = Signal()
