"""What this room announces, inside the transaction of the change. Receivers return nothing and refuse nothing."""

from django.dispatch import Signal

#: order, hours_left, at. The principals have not all answered the ministry's SMS.
verification_waits = Signal()

#: appid, number, at. The administration wants a subject or a service put right (XGTZ).
told_to_rectify = Signal()
