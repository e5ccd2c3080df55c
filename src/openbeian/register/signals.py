"""What this room announces, inside the transaction of the change."""

from django.dispatch import Signal

#: appid, at, number, in_force, provided, actor. Sent when a number was issued (``in_force`` true) or cancelled (false).
#: ``provided``: whether the service was provided through this platform until then.
service_changed = Signal()

#: claim (:class:`~openbeian.register.models.Claim`), at. Sent when it was made and whenever it ended.
claim_moved = Signal()
