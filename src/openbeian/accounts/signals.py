"""What this room announces, inside the transaction of the change.

A receiver that fails takes the change back with it. Receivers write rows and defer jobs; they send nothing out.
"""

from django.dispatch import Signal

#: offer (:class:`~openbeian.accounts.models.TransferOffer`), at. Sent when it was made and whenever it ended.
offer_moved = Signal()

#: appid, former, new (:class:`~openbeian.accounts.models.User`), at. Another account administers a mini program.
transferred = Signal()
