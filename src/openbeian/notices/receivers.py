"""What other rooms do, turned into notices. Runs inside the transaction of the change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openbeian.accounts.models import OfferState, TransferOffer, User
from openbeian.accounts.queries import administrators_of
from openbeian.accounts.signals import offer_moved, transferred
from openbeian.authority.signals import told_to_rectify, verification_waits
from openbeian.filings.models import FaceCheck, Order
from openbeian.filings.signals import face_check_created, order_moved
from openbeian.notices.verbs import tell, tell_all
from openbeian.regime.actors import Actor, Role
from openbeian.regime.facts import Approval
from openbeian.regime.lifecycle import Move, State
from openbeian.register.models import Claim, ClaimState, Service
from openbeian.register.signals import claim_moved, service_changed
from openbeian.shelf.signals import apps_put_back, apps_taken_offline

#: Entering one of these is reported to the mini program's administrators, unless they did it themselves.
REPORTED = frozenset({
    State.RETURNED, State.HANDOVER, State.SMS_PENDING, State.SMS_LAPSED, State.AUTHORITY_REVIEW, State.AUTHORITY_REJECTED,
    State.FILED, State.EXPIRED})


def connect() -> None:
    """Listen to the rooms below."""
    order_moved.connect(tell_of_move, dispatch_uid="notices.order_moved")
    face_check_created.connect(tell_of_face_check, dispatch_uid="notices.face_check_created")
    verification_waits.connect(tell_of_waiting_verification, dispatch_uid="notices.verification_waits")
    told_to_rectify.connect(tell_to_rectify, dispatch_uid="notices.told_to_rectify")
    apps_taken_offline.connect(tell_of_taken_offline, dispatch_uid="notices.apps_taken_offline")
    apps_put_back.connect(tell_of_put_back, dispatch_uid="notices.apps_put_back")
    offer_moved.connect(tell_of_offer, dispatch_uid="notices.offer_moved")
    transferred.connect(tell_of_transfer, dispatch_uid="notices.transferred")
    claim_moved.connect(tell_of_claim, dispatch_uid="notices.claim_moved")
    service_changed.connect(tell_of_end, dispatch_uid="notices.service_changed")


def tell_of_move(*, order: Order, move: Move, actor: Actor, at: datetime, outcome: Any, **_: Any) -> None:
    """Tell the administrators where their order is now."""
    if move.target not in REPORTED or actor.role == Role.ORGANIZER:
        return
    context: dict[str, Any] = {"order": order.pk, "kind": order.kind}
    if isinstance(outcome, tuple):
        context["findings"] = len(outcome)
    if move.target == State.FILED:
        issued = outcome.service_number if isinstance(outcome, Approval) else None
        context["number"] = issued or order.service_number
    code = "handed_over" if move.target == State.HANDOVER else move.target.value
    tell(code=code, at=at, appid=order.appid, context=context)


def tell_of_end(*, appid: str, number: str, in_force: bool, provided: bool, at: datetime, **_: Any) -> None:
    """Tell that a filing has ended, whether by an order for it, with its organizer, or by the administration."""
    if provided and not in_force:
        elsewhere = Service.objects.filter(number=number, cancelled_at=None).exists()
        tell(code="access_ended" if elsewhere else "cancelled", at=at, appid=appid, context={"number": number})


def tell_of_face_check(*, face_check: FaceCheck, at: datetime, **_: Any) -> None:
    """Give the administrators the page of their face check."""
    tell(code="face_check", at=at, appid=face_check.appid, context={"link": f"/face-check/{face_check.task_id}"})


def tell_of_waiting_verification(*, order: Order, hours_left: int, at: datetime, **_: Any) -> None:
    """Remind the administrators of the ministry's SMS."""
    tell(code="sms_reminder", at=at, appid=order.appid, context={"order": order.pk, "hours": hours_left})


def tell_to_rectify(*, appid: str, number: str, at: datetime, **_: Any) -> None:
    """Pass on that the administration wants something put right."""
    tell(code="rectify", at=at, appid=appid, context={"number": number})


def tell_of_taken_offline(*, appids: Sequence[str], codes: Sequence[str], at: datetime, **_: Any) -> None:
    """One notice for each mini program the shelf let go of."""
    tell_all(code="taken_offline", at=at, appids=appids, reasons=codes)


def tell_of_put_back(*, appids: Sequence[str], codes: Sequence[str], at: datetime, **_: Any) -> None:
    """One notice for each mini program that is back."""
    tell_all(code="put_back", at=at, appids=appids, reasons=codes)


#: What became of an offered transfer, and which sides hear of it. That it was accepted, ``transferred`` tells.
TOLD_OF_OFFER: dict[OfferState, tuple[str, tuple[str, ...]]] = {
    OfferState.OPEN: ("transfer_offered", ("recipient",)),
    OfferState.DECLINED: ("transfer_declined", ("offered_by",)),
    OfferState.WITHDRAWN: ("transfer_withdrawn", ("recipient",)),
    OfferState.LAPSED: ("transfer_lapsed", ("offered_by", "recipient")),
}
#: What became of a claim: as the claimant hears it (who made it, and took it back, knows), and the administrators.
TOLD_OF_CLAIM: dict[ClaimState, tuple[str, str]] = {
    ClaimState.WAITING: ("", "claim_made"),
    ClaimState.APPROVED: ("claim_approved", "administrator_added"),
    ClaimState.REFUSED: ("claim_refused", "claim_ended"),
    ClaimState.WITHDRAWN: ("", "claim_ended"),
}


def tell_of_offer(*, offer: TransferOffer, at: datetime, **_: Any) -> None:
    """Tell whoever is offered a mini program, and both how the offer ended."""
    code, sides = TOLD_OF_OFFER.get(OfferState(offer.state), ("", ()))
    for person in (getattr(offer, side) for side in sides):
        if person is not None:
            tell(code=code, at=at, recipient=person, context={"appid": offer.appid})


def tell_of_transfer(*, appid: str, former: User, new: User, at: datetime, **_: Any) -> None:
    """Tell both accounts, and those who administer the mini program besides."""
    context = {"appid": appid}
    tell(code="transferred_away", at=at, recipient=former, context=context)
    tell(code="transferred_here", at=at, recipient=new, context=context)
    for person in administrators_of(appid).exclude(pk=new.pk):
        tell(code="administrator_changed", at=at, recipient=person, context=context)


def tell_of_claim(*, claim: Claim, at: datetime, **_: Any) -> None:
    """Tell the claimant how it ended; tell each administrator, who has to know who else may act."""
    to_claimant, to_administrators = TOLD_OF_CLAIM[ClaimState(claim.state)]
    context = {"appid": claim.service.appid, "number": claim.service.number}
    if to_claimant:
        tell(code=to_claimant, at=at, recipient=claim.claimant, context=context)
    for person in administrators_of(claim.service.appid).exclude(pk=claim.claimant_id):
        tell(code=to_administrators, at=at, recipient=person, context=context)
