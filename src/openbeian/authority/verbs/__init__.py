"""What the authority link does: hand orders over, take answers in, watch the clock."""

from openbeian.authority.verbs.answering import AnswerRefused, answer_assignment, send
from openbeian.authority.verbs.assignments import finish_assignment
from openbeian.authority.verbs.codes import export_codes, judge_code
from openbeian.authority.verbs.inbox import Polled, apply_cancellation, mark_seen, poll, reapply
from openbeian.authority.verbs.keeping import purge
from openbeian.authority.verbs.lanes import halt, resume
from openbeian.authority.verbs.reconciling import reconcile, reconcile_all
from openbeian.authority.verbs.schedule import Scheduled, lapse_overdue, remind, requeue_orphans, run_schedule
from openbeian.authority.verbs.status import ask_status
from openbeian.authority.verbs.uploads import hand_over, prepare, send_again, synchronise

__all__ = [
    "AnswerRefused", "Polled", "Scheduled", "answer_assignment", "apply_cancellation", "ask_status",
    "export_codes", "finish_assignment", "halt", "hand_over", "judge_code", "lapse_overdue", "mark_seen",
    "poll", "prepare", "purge", "reapply", "reconcile", "reconcile_all", "remind", "requeue_orphans",
    "resume", "run_schedule", "send", "send_again", "synchronise",
]
