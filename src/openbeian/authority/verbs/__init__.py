"""What the authority link does: hand orders over, take answers in, watch the clock."""

from openbeian.authority.verbs.inbox import Polled, mark_seen, poll, reapply
from openbeian.authority.verbs.lanes import LaneBusy, LanePaused, resume
from openbeian.authority.verbs.ticking import Ticked, lapse_overdue, take_up_again, tick
from openbeian.authority.verbs.uploads import deliver, hand_over, prepare, synchronise

__all__ = [
    "LaneBusy", "LanePaused", "Polled", "Ticked", "deliver", "hand_over", "lapse_overdue", "mark_seen", "poll",
    "prepare", "reapply", "resume", "synchronise", "take_up_again", "tick",
]
