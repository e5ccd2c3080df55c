"""The writers of the simulated administration. Every verb settles first what time has brought.

All writers stand in one queue (the lock on the settings row): a simulator needs no more, and counters stay gapless.
"""

from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.verbs.decisions import decide
from openbeian.simulator.verbs.delivery import acknowledge, deliver, next_call
from openbeian.simulator.verbs.intake import QueueFull, SequenceGap, SequenceReused, accept_upload
from openbeian.simulator.verbs.issuing import BLOCKS, issue
from openbeian.simulator.verbs.office import (
    certificate_digest,
    current_faults,
    current_settings,
)
from openbeian.simulator.verbs.passwords import TooManyChecks, check_password
from openbeian.simulator.verbs.seeding import Seed, SeededService, read_seed, seed_record
from openbeian.simulator.verbs.settings import (
    change_settings,
    known,
    read_changes,
    set_faults,
    set_province,
    set_script,
    switch_province,
)
from openbeian.simulator.verbs.sms import SmsAnswer, resend_sms, verify_sms
from openbeian.simulator.verbs.time import settle

__all__ = [
    "BLOCKS", "QueueFull", "Seed", "SeededService", "SequenceGap", "SequenceReused", "SimulatorError", "SmsAnswer",
    "TooManyChecks", "accept_upload", "acknowledge", "certificate_digest", "change_settings", "check_password",
    "current_faults", "current_settings", "decide", "deliver", "issue", "known", "next_call", "read_changes",
    "read_seed", "resend_sms", "seed_record", "set_faults", "set_province", "set_script", "settle",
    "switch_province", "verify_sms",
]
