"""One planned order on its way: what it has been through, and what is to be done about it next. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from openbeian.regime.lifecycle import FINAL_STATES, State
from openbeian.soak.dossiers import Organizer
from openbeian.soak.plan import STANDS_AT, PlannedOrder, Turn

#: States in which the order is the administration's.
_HANDED_OVER = frozenset({State.HANDOVER, State.SMS_PENDING, State.AUTHORITY_REVIEW})


class Deed(StrEnum):
    """What somebody does about an order."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    RETURN = "return"
    APPROVE = "approve"
    ENTER_WRONG_CODES = "enter_wrong_codes"
    AMEND = "amend"
    RESUBMIT = "resubmit"
    ABANDON = "abandon"
    WAIT = "wait"


HANDS_OVER = frozenset({Deed.APPROVE, Deed.RESUBMIT})


@dataclass
class Errand:
    """``turn`` counts the handing overs that have ended, ``handed`` says that one is under way.

    ``astray`` says, without personal data, where the order left the plan; nothing more is done about it then.
    """

    organizer: Organizer
    number: int
    planned: PlannedOrder
    order_id: int | None = None
    stands_at: str = ""
    turn: int = 0
    handed: bool = False
    returned: bool = False
    codes_entered: bool = False
    astray: str = ""

    @property
    def appid(self) -> str:
        """The mini program it is about."""
        return self.organizer.appid(self.planned.app)

    @property
    def wholly_handed_over(self) -> bool:
        """Whether the plan has no more handing over for it."""
        return self.turn == len(self.planned.turns)

    @property
    def over(self) -> bool:
        """Whether nothing more will be done about it."""
        return bool(self.astray) or (self.wholly_handed_over and self.stands_at == self.planned.end)

    def seen_at(self, state: str) -> None:
        """Take note of where the order stands."""
        self.stands_at = state
        if state in _HANDED_OVER:
            self.handed = True
        elif self.handed:
            turn = self.planned.turns[self.turn]
            self.turn, self.handed, self.codes_entered = self.turn + 1, False, False
            if state != STANDS_AT.get(turn, self.planned.end):
                self.astray = f"handing over no. {self.turn}, planned to end in {turn}, left it at {state}"
        if state in FINAL_STATES and not self.over:
            self.astray = f"it stands at {state} with handing over no. {self.turn + 1} still to come"

    @property
    def deed(self) -> Deed:
        """What is to be done next."""
        if self.over:
            return Deed.WAIT
        if self.order_id is None:
            return Deed.SUBMIT
        if self.stands_at == State.PLATFORM_REVIEW:
            if not self.planned.turns:
                return Deed.WITHDRAW
            return Deed.RETURN if self.planned.returned and not self.returned else Deed.APPROVE
        if self.stands_at in _HANDED_OVER:
            asked = self.stands_at == State.SMS_PENDING and self.planned.turns[self.turn] == Turn.WRONG_CODES
            return Deed.ENTER_WRONG_CODES if asked and not self.codes_entered else Deed.WAIT
        if self.wholly_handed_over:
            return Deed.ABANDON
        if self.stands_at == State.SMS_LAPSED:
            return Deed.AMEND if self.planned.amended else Deed.RESUBMIT
        return Deed.SUBMIT
