"""The writers of the simulated administration. Every verb settles first what time has brought.

All writers stand in one queue (the lock on the settings row): a simulator needs no more, and counters stay gapless.
"""

from openbeian.authority.simulator.verbs.decisions import decide
from openbeian.authority.simulator.verbs.delivery import acknowledge, deliver
from openbeian.authority.simulator.verbs.intake import SequenceGap, SequenceReused, accept_upload
from openbeian.authority.simulator.verbs.office import SimulatorError, certificate_digest, current_settings
from openbeian.authority.simulator.verbs.sms import SmsAnswer, verify_sms
from openbeian.authority.simulator.verbs.time import change_settings, settle

__all__ = [
    "SequenceGap", "SequenceReused", "SimulatorError", "SmsAnswer", "accept_upload", "acknowledge",
    "certificate_digest", "change_settings", "current_settings", "decide", "deliver", "settle", "verify_sms",
]
