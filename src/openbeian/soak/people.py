"""The people of a soak: organizers who file, correct and give up, reviewers who return and approve.

They go by what the system shows them, the state of their order, and by the plan. They use the rooms' own verbs, as
every screen and the API do. Nothing here waits.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from openbeian.demo.doors import Administration
from openbeian.demo.sample_rows import copies_for, import_programs, passed_face_check, upload_samples
from openbeian.filings import orders, submission
from openbeian.filings.errors import FilingError, SubmissionRefused
from openbeian.filings.models import FaceCheck, Material, Order
from openbeian.filings.queries import latest_order_of
from openbeian.ledger import clock
from openbeian.regime.actors import Actor, Role
from openbeian.regime.dossier import document
from openbeian.regime.lifecycle import CANCELLATIONS, CHANGES, OrderKind
from openbeian.register import queries as register
from openbeian.review.verbs import ReviewFinding, approve, return_for_completion
from openbeian.soak.dossiers import CANCELLATION, Organizer
from openbeian.soak.errands import HANDS_OVER, Deed, Errand
from openbeian.soak.plan import Life, Turn
from openbeian.v3.codec.operations import OPERATION_OF
from openbeian.v3.codec.uploads import answer_key

OPERATOR = Actor(Role.OPERATOR, "soak:operator")
ORGANIZER = Actor(Role.ORGANIZER, "soak:organizer")
REVIEWER = Actor(Role.REVIEWER, "soak:reviewer")
#: Seconds on the instance's clock until everybody has verified, until the decision, until a lapse is told.
VERIFIED_WITHIN, DECIDED_WITHIN, LAPSED_WITHIN = 1800, 3600, 2 * 3600
DATA_ERRORS = (1009, 1011, 1015, 1033, 1034, 5010)
WRONG_INPUTS = 6
_BY_ORGANIZER = {
    Deed.WITHDRAW: orders.withdraw, Deed.AMEND: orders.amend, Deed.ABANDON: orders.abandon}


@dataclass
class _Progress:
    """How far a life has come."""

    organizer: Organizer
    stage: int = -1
    errands: list[Errand] = field(default_factory=list)


class People:
    """Everybody of the plan; at most ``at_once`` organizers are busy at a time."""

    def __init__(self, lives: Sequence[Life], *, seed: int, administration: Administration, at_once: int) -> None:
        self.lives = lives
        self.errands: list[Errand] = []
        self.changes = 0  # of orders' states, as far as they were seen
        self._seed = seed
        self._administration = administration
        self._at_once = at_once
        self._busy: list[_Progress] = []
        self._next = 0
        self._order_ids: set[int] = set()
        self._samples: dict[str, Material] = {}
        self._media: dict[str, dict[str, str]] = {}
        self._rules: dict[int, dict[str, Any]] = {}
        self._elsewhere: dict[str, dict[str, str]] = {}
        self._uncertain = False  # whether the province carried our last seeding out
        self._face_checks = 0

    @property
    def done(self) -> bool:
        """Whether every order of the plan is over."""
        return self._next == len(self.lives) and not self._busy

    @property
    def under_way(self) -> list[Errand]:
        """The orders that are not over."""
        return [errand for progress in self._busy for errand in progress.errands if not errand.over]

    @property
    def over(self) -> int:
        """How many orders are over."""
        return len(self.errands) - len(self.under_way)

    def ends(self) -> Counter[str]:
        """The orders that are over, by state."""
        return Counter(errand.stands_at for errand in self.errands if errand.over)

    def settle_in(self) -> None:
        """The catalogue of all mini programs, and the pictures that all of them upload."""
        organizers = [Organizer(life) for life in self.lives]
        accounts = [(organizer.account(app), organizer.life.province) for organizer in organizers
                    for app in sorted({planned.app for planned in organizer.life.orders})]
        import_programs(((account.appid, account.name, account.organizer_name, province, "")
                         for account, province in accounts), actor=OPERATOR)
        self._samples = upload_samples(appid=organizers[0].appid(0), actor=ORGANIZER, size=(90, 160))

    def act(self) -> None:
        """One round: look where every order stands and do what follows.

        May be broken off anywhere by trouble with the database or the administration, and begun again.
        """
        self._look()
        self._begin()
        errands = self.under_way
        self._instruct([errand for errand in errands if errand.deed in HANDS_OVER])
        face_checks = self._face_checks_for([errand for errand in errands if errand.deed == Deed.SUBMIT])
        for errand in errands:
            try:
                self._do(errand, face_checks.get(errand.appid, ""))
            except SubmissionRefused as refusal:
                errand.astray = "refused: " + ", ".join(f"{f.rule} {f.field}" for f in refusal.findings)
            except FilingError as error:
                errand.astray = f"{errand.deed} was refused: {error.code}"

    def _look(self) -> None:
        known = {errand.order_id: errand for errand in self.under_way if errand.order_id is not None}
        for order_id, state in Order.objects.filter(pk__in=known).values_list("pk", "state"):
            errand = known[order_id]
            self.changes += errand.stands_at != state
            errand.seen_at(state)
            if errand.over:
                self._rules.pop(order_id, None)

    def _begin(self) -> None:
        """Begin what comes next in lives whose stage is over, and new lives while there is room."""
        for progress in self._busy:
            if all(errand.over for errand in progress.errands):
                self._next_stage(progress)
        self._busy = [progress for progress in self._busy if progress.errands]
        while len(self._busy) < self._at_once and self._next < len(self.lives):
            life = self.lives[self._next]
            organizer = Organizer(life)
            if life.filed_elsewhere:
                self._file_elsewhere(organizer)
            self._next += 1
            self._busy.append(progress := _Progress(organizer))
            self._next_stage(progress)

    def _next_stage(self, progress: _Progress) -> None:
        life, begun = progress.organizer.life, progress.stage + 1
        if begun == len(life.stages) or any(errand.astray for errand in progress.errands):
            progress.errands = []
            return
        first = sum(map(len, life.stages[:begun]))
        progress.stage = begun
        progress.errands = [
            Errand(progress.organizer, first + position, planned)
            for position, planned in enumerate(life.stages[begun])]
        self.errands += progress.errands

    def _file_elsewhere(self, organizer: Organizer) -> None:
        on_file = [row for row in self._administration.filed(organizer.life.province)
                   if row.get("appid") == organizer.appid(0)] if self._uncertain else []
        if on_file:
            subject, service = on_file[0]["subject_number"], on_file[0]["service_number"]
        else:
            self._uncertain = True
            seeded = self._administration.seed_record(organizer.seed())
            self._uncertain = False
            subject, service = seeded["subject_number"], seeded["services"][0]["service_number"]
        self._elsewhere[organizer.appid(0)] = {"subject_number": subject, "service_number": service}

    # What is done

    def _do(self, errand: Errand, face_check: str) -> None:
        deed, order_id = errand.deed, errand.order_id
        if deed == Deed.SUBMIT:
            self._submit(errand, face_check)
            return
        if order_id is None or deed == Deed.WAIT:
            return
        if deed in _BY_ORGANIZER:
            _BY_ORGANIZER[deed](order_id=order_id, actor=ORGANIZER)
        elif deed == Deed.RESUBMIT:
            account = errand.organizer.account(errand.planned.app)
            submission.resubmit(order_id=order_id, account=account, actor=ORGANIZER)
        elif deed == Deed.RETURN:
            return_for_completion(order_id=order_id, reviewer=REVIEWER, findings=[
                ReviewFinding("service.principal.name", "与证件不一致", "请与证件保持一致")])
            errand.returned = True
        elif deed == Deed.APPROVE:
            approve(order_id=order_id, reviewer=REVIEWER)
        else:
            self._enter_wrong_codes(errand)
        errand.handed = errand.handed or deed in HANDS_OVER

    def _submit(self, errand: Errand, face_check: str) -> None:
        planned, organizer, appid = errand.planned, errand.organizer, errand.appid
        if errand.order_id is None and (latest := latest_order_of(appid)) and latest.pk not in self._order_ids:
            self._opened(errand, latest)  # before the connection broke
            return
        if planned.kind in CANCELLATIONS:
            dossier = CANCELLATION
        else:
            dossier = organizer.filing(self._media[appid], face_check)
            certificate = dossier["organizer"]["certificate"]
            standing, filed = register.record_of(
                appid=appid, certificate_digest=register.certificate_digest(certificate["type"], certificate["number"]))
            if planned.kind in CHANGES and filed is not None:
                dossier = organizer.change(
                    planned.kind, document(filed), self._media[appid], face_check, attempt=errand.number)
            elif planned.kind == OrderKind.NEW_ACCESS and standing.subject_number is None:
                dossier["existing"] = self._elsewhere[appid]
        order = submission.file(
            kind=planned.kind, appid=appid, document=dossier, account=organizer.account(planned.app), actor=ORGANIZER)
        self._opened(errand, order)

    def _opened(self, errand: Errand, order: Order) -> None:
        errand.order_id = order.pk
        self._order_ids.add(order.pk)
        if order.kind != errand.planned.kind:
            errand.astray = f"it became an order of kind {order.kind}"

    def _face_checks_for(self, errands: Iterable[Errand]) -> dict[str, str]:
        """Passed face checks, and the pictures of mini programs that have none yet. Set-up, so in few statements."""
        at = clock.now()
        checks: list[FaceCheck] = []
        materials: list[Material] = []
        for errand in errands:
            if errand.planned.kind in CANCELLATIONS:
                continue
            self._face_checks += 1
            checks.append(passed_face_check(errand.appid, f"soak{self._face_checks}", at=at))
            if errand.appid not in self._media:
                copies = copies_for(errand.appid, self._samples)
                self._media[errand.appid] = {name: row.media_id for name, row in copies.items()}
                materials += copies.values()
        Material.objects.bulk_create(materials, ignore_conflicts=True)
        FaceCheck.objects.bulk_create(checks)
        return {check.appid: check.task_id for check in checks}

    # The province

    def _instruct(self, errands: Sequence[Errand]) -> None:
        """Tell the province beforehand how these handing overs end."""
        if not errands:
            return
        orders = Order.objects.in_bulk([errand.order_id for errand in errands])
        for errand in errands:
            assert errand.order_id is not None
            self._rules[errand.order_id] = self._rule(errand, orders[errand.order_id])
        self._administration.script(list(self._rules.values()))

    def _rule(self, errand: Errand, order: Order) -> dict[str, Any]:
        chance = random.Random(f"{self._seed} {errand.organizer.life.number} {errand.number} {errand.turn}")
        rule: dict[str, Any] = {
            "order": int(answer_key(order)), "operation": int(OPERATION_OF[OrderKind(order.kind)]),
            "province": order.province}
        verified = {"verify_after": chance.randrange(VERIFIED_WITHIN), "delay": chance.randrange(DECIDED_WITHIN)}
        match errand.planned.turns[errand.turn]:
            case Turn.ACCEPT:
                rule |= {"outcome": "accept", **verified}
            case Turn.REFUSE:
                rule |= {"outcome": "refuse", "opinion": "服务内容与所报类别不符", **verified}
            case Turn.DATA_ERROR:
                rule |= {"outcome": "data_error", "code": chance.choice(DATA_ERRORS)}
            case Turn.LAPSE:
                rule |= {"outcome": "lapse", "delay": chance.randrange(LAPSED_WITHIN)}
            case Turn.SILENCE:
                rule |= {"outcome": "lapse"}
            case Turn.WRONG_CODES:
                rule |= {"outcome": "accept"}
        return rule

    def _enter_wrong_codes(self, errand: Errand) -> None:
        """The right code, six times, with the end of somebody else's certificate: that counts as wrong."""
        order = Order.objects.get(pk=errand.order_id or 0)
        key, operation = int(answer_key(order)), int(OPERATION_OF[OrderKind(order.kind)])
        mobile = errand.organizer.mobile
        for message in self._administration.messages(mobile):
            if (message["key"], message["operation"]) == (key, operation):
                for _ in range(WRONG_INPUTS):
                    self._administration.verify(code=message["code"], mobile=mobile, certificate_number="000000")
                errand.codes_entered = True
                return
