"""What this room announces, inside the transaction of the change.

Receivers write rows of their own rooms and defer jobs. They return nothing and refuse nothing: what a decision brings
about is written in :mod:`openbeian.filings.decide`.
"""

from django.dispatch import Signal

#: order, move (:class:`~openbeian.regime.lifecycle.Move`), actor, at, outcome. ``outcome`` is an
#: :class:`~openbeian.regime.facts.Approval` for an accepted filing, a tuple of findings for a return, a data
#: error or a refusal, and otherwise None. The sender is the order's kind.
order_moved = Signal()

#: face_check, at
face_check_finished = Signal()

#: face_check, at
face_check_created = Signal()
