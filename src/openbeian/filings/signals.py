"""What the rooms further down hear of, inside the transaction that brings it about.

A receiver that fails takes the whole change back with it. Receivers write rows and defer jobs; they send nothing
out of the house.
"""

from django.dispatch import Signal

#: order, move (:class:`~openbeian.regime.lifecycle.Move`), actor, at, outcome. ``outcome`` is an
#: :class:`~openbeian.regime.facts.Approval` for an accepted filing, a tuple of findings for a return, a data
#: error or a refusal, and otherwise None. The sender is the order's kind.
order_moved = Signal(use_caching=True)

#: face_check, at
face_check_finished = Signal()

#: face_check, at
face_check_created = Signal()
