"""What this room announces, inside the transaction of the change."""

from django.dispatch import Signal

#: procedure, move (a row of :data:`openbeian.certification.lifecycle.MOVES`), actor, at
procedure_moved = Signal()
