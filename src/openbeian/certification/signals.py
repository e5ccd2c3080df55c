"""What the rooms further down hear of, inside the transaction that brings it about."""

from django.dispatch import Signal

#: procedure, move (a row of :data:`openbeian.certification.lifecycle.MOVES`), actor, at
procedure_moved = Signal()
