"""The writers of the simulated administration. Every verb settles first what time has brought.

All writers wait in one queue (the lock on the settings row): a simulator needs no more, and counters stay
gapless.
"""

from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.verbs.exchange import (
    CallRefused,
    accept_upload,
    acknowledge,
    check_password,
    deliver,
    next_call,
)
from openbeian.simulator.verbs.handling import decide, resend_sms, verify_sms
from openbeian.simulator.verbs.issuing import BLOCKS, issue
from openbeian.simulator.verbs.office import certificate_digest, current_faults, current_settings
from openbeian.simulator.verbs.seeding import seed_record
from openbeian.simulator.verbs.settings import (
    change_settings,
    known,
    set_faults,
    set_province,
    set_script,
    switch_province,
)
from openbeian.simulator.verbs.time import settle

__all__ = [
    "BLOCKS", "CallRefused", "SimulatorError", "accept_upload",
    "acknowledge", "certificate_digest", "change_settings", "check_password", "current_faults",
    "current_settings", "decide", "deliver", "issue", "known", "next_call", "resend_sms", "seed_record",
    "set_faults", "set_province", "set_script", "settle", "switch_province", "verify_sms",
]
