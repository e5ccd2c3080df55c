"""The end of a soak: both sides of the wire against the plan, and against each other.

Each check yields what is not as it must be, as sentences without personal data. Nothing here changes anything.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from openbeian import vault
from openbeian.authority.models import (
    ANSWERED_BY_UPLOAD,
    OUTSTANDING,
    UPLOAD,
    Assignment,
    Challenge,
    ChallengeState,
    InboxFile,
    Lane,
    Unmatched,
    Upload,
    UploadState,
)
from openbeian.authority.queries import AT_THE_AUTHORITY, reconciliations
from openbeian.demo import invariants
from openbeian.filings.models import Order
from openbeian.ledger.models import Event
from openbeian.regime.lifecycle import Action, State
from openbeian.register.models import Access, Service
from openbeian.simulator import models as theirs
from openbeian.simulator.verbs.processing import content
from openbeian.soak.dossiers import Organizer
from openbeian.soak.errands import Errand
from openbeian.soak.plan import Life

#: States that an order leaves by itself when its organizer does nothing for 60 days.
_IDLE = frozenset({State.RETURNED, State.SMS_LAPSED, State.AUTHORITY_REJECTED})
_STRANGER, _UNKNOWN_CODE = b"<Jlid>9000000", b"<Jgdm>1777</Jgdm>"
_BROKEN = (b"\xff\xfe", b"<QTXX/>")
_CUT_OFF = b"<BAJG>"
_TASKS = (b"<HSRW>", b"<WBAWZLB>")


@dataclass(frozen=True)
class Scene:
    """What a check may look at beside the tables. ``on_file`` asks a province for everything it has on file."""

    errands: Sequence[Errand]
    lives: Sequence[Life]
    on_file: Callable[[str], list[dict[str, Any]]]
    at: datetime

    @property
    def provinces(self) -> list[str]:
        """Those of the plan."""
        return sorted({life.province for life in self.lives})


def every_order_is_at_its_planned_end(scene: Scene) -> Iterator[str]:
    """Each order of the plan was made, is of its kind, and stands where it was to stand; there is no other."""
    orders = {row.pk: row for row in Order.objects.only("pk", "kind", "state")}
    planned = sum(len(life.orders) for life in scene.lives)
    if len(scene.errands) != planned:
        yield f"{planned - len(scene.errands)} of {planned} planned orders were never begun"
    for errand in scene.errands:
        row = orders.pop(errand.order_id or 0, None)
        who = f"order:{errand.order_id} ({errand.planned.kind} in {errand.organizer.life.province})"
        if errand.astray:
            yield f"{who}: {errand.astray}"
        if row is None:
            yield f"{who} was never opened"
        elif (row.kind, row.state) != (errand.planned.kind, errand.planned.end):
            if not (row.state == State.EXPIRED and errand.planned.end in _IDLE):
                yield f"{who} is a {row.kind} and stands at {row.state}, not at {errand.planned.end}"
    for order_id in sorted(orders):
        yield f"order:{order_id} stands in no plan"


def on_its_way() -> dict[str, QuerySet[Any]]:
    """What either side has to do for the other, by the words for a violation."""
    return {
        "uploads wait for their result": Upload.objects.filter(state__in=OUTSTANDING),
        "downloaded files are not acknowledged": InboxFile.objects.filter(acknowledged_at=None),
        "files of the provinces were not taken over": theirs.Outgoing.objects.filter(acknowledged_at=None),
        "requests are open at the provinces": theirs.Record.objects.filter(state__in=theirs.OPEN_STATES),
        "uploads wait to be processed at the provinces": theirs.Upload.objects.exclude(due_at=None),
    }


def nothing_is_left_in_progress(scene: Scene) -> Iterator[str]:
    """Neither side waits for the other any more."""
    for what, rows in (on_its_way() | {
        "orders wait for the administration": Order.objects.filter(state__in=AT_THE_AUTHORITY),
        "verifications are pending": Challenge.objects.filter(state=ChallengeState.PENDING),
        "lanes are out of order": Lane.objects.exclude(halted_at=None),
    }).items():
        if count := rows.count():
            yield f"{count} {what}"


def uploads_are_numbered_alike_on_both_sides(scene: Scene) -> Iterator[str]:
    """From 1 without a gap in each province, and every number is the same file here and there."""
    for province in scene.provinces:
        ours = dict(Upload.objects.filter(province=province).values_list("sequence", "pk"))
        arrived = {row.sequence: row for row in theirs.Upload.objects.filter(province=province).defer("sealed")}
        for side, numbers in (("our", ours), ("the province's", arrived)):
            if missing := set(range(1, max(numbers, default=0) + 1)) - set(numbers):
                yield f"{province}: {side} uploads lack the numbers {sorted(missing)[:10]}"
        counters = (
            Lane.objects.filter(pk=province).values_list("last_sequence", flat=True).first() or 0,
            theirs.Province.objects.filter(pk=province).values_list("last_sequence", flat=True).first() or 0)
        if counters != (len(ours), len(arrived)) or set(ours) != set(arrived):
            yield (f"{province}: we have given out {len(ours)} numbers and count {counters[0]}, the province has taken "
                   f"{len(arrived)} and counts {counters[1]}")
        for sequence in sorted(set(ours) & set(arrived)):
            mine = Upload.objects.only("sealed", "purged_at").get(pk=ours[sequence])
            if mine.purged_at is None and vault.unseal(mine.sealed, purpose=UPLOAD) != content(arrived[sequence]):
                yield f"{province}: upload {sequence} is another file there than here"


def every_handing_over_is_one_upload(scene: Scene) -> Iterator[str]:
    """As many uploads of an order as it was approved or resubmitted, and as many as the plan has turns."""
    handed = Counter(Event.objects.filter(
        tag__in=[f"order:{Action.APPROVE}", f"order:{Action.RESUBMIT}"]).values_list("subject", flat=True))
    uploaded = Counter(Upload.objects.exclude(order=None).values_list("order_id", flat=True))
    opened = Counter(theirs.Record.objects.values_list("upload_id", flat=True))
    for upload_id, count in opened.items():
        if count > 1:
            yield f"the province opened {count} requests for its upload {upload_id}"
    for errand in scene.errands:
        counts = (len(errand.planned.turns), handed[f"order:{errand.order_id}"], uploaded[errand.order_id or 0])
        if len(set(counts)) > 1:
            yield (f"order:{errand.order_id} was to be handed over {counts[0]} times, was {counts[1]} times, and has "
                   f"{counts[2]} uploads")


def every_task_was_answered_once(scene: Scene) -> Iterator[str]:
    """Each task of a province is kept, done, and answered by one file that the province has taken.

    A task that a province sends twice is another one if the first was done by then.
    """
    for province in scene.provinces:
        given = Counter(xml for _, xml in _files_of(province) if any(sign in xml for sign in _TASKS))
        tasks = list(Assignment.objects.filter(province=province, kind__in=ANSWERED_BY_UPLOAD))
        if not len(given) <= len(tasks) <= given.total():
            yield f"{province}: {len(given)} tasks were given in {given.total()} files, and {len(tasks)} are kept"
        taken = Counter(Upload.objects.filter(assignment__in=tasks, state=UploadState.ACCEPTED)
                        .values_list("assignment_id", flat=True))
        for task in tasks:
            if task.done_at is None or taken[task.pk] != 1:
                yield f"{province}: {task} is {'open' if task.done_at is None else 'done'}, with {taken[task.pk]} answers"
        reports = theirs.Report.objects.filter(province=province, kind__in=["HSJG", "WBACLJG"]).count()
        if reports != taken.total():
            yield f"{province}: {taken.total()} answers to tasks were taken, and the province holds {reports}"


def every_file_took_effect_once(scene: Scene) -> Iterator[str]:
    """Each file of a province is kept under its name and has taken effect; no answer has had its effect twice."""
    for province in scene.provinces:
        sent = set(theirs.Outgoing.objects.filter(province=province).values_list("file_name", flat=True))
        kept = Counter(InboxFile.objects.filter(province=province, packed=False).exclude(applied_at=None)
                       .values_list("file_name", flat=True))
        for name in sorted(sent - set(kept)):
            yield f"{province}: {name} never took effect"
        for name in sorted(set(kept) - sent):
            yield f"{province}: {name} was never sent"
    for tag in (Action.UPLOADED, Action.DATA_ERROR, Action.VERIFIED, Action.LAPSED, Action.ACCEPT, Action.REFUSE):
        times = Counter(Event.objects.filter(tag=f"order:{tag}").values_list("subject", flat=True))
        for errand in scene.errands:
            if times[f"order:{errand.order_id}"] > len(errand.planned.turns):
                yield f"order:{errand.order_id} has {times[f'order:{errand.order_id}']} events {tag}"
        if tag == Action.ACCEPT:
            yield from (f"{subject} was accepted {count} times" for subject, count in times.items() if count > 1)


def what_fits_nothing_is_what_was_planted(scene: Scene) -> Iterator[str]:
    """The list for a person holds the answers about strangers, and the files that cannot be read; nothing else.

    Results with an unknown code are there too, unless the true ones were read before them.
    """
    for province in scene.provinces:
        files = planted(province)
        unmatched = Counter(Unmatched.objects.filter(province=province).values_list("file__file_name", flat=True))
        problems = Counter(
            InboxFile.objects.filter(province=province).exclude(problem="").values_list("file_name", flat=True))
        for what, found, wanted, allowed in (
            ("answers for a person", unmatched, files.strangers, files.strangers | files.unknown_codes),
            ("files with a problem", problems, files.broken, files.broken),
        ):
            yield from (f"{province}: {name} is missing among the {what}" for name in sorted(wanted - set(found)))
            yield from (f"{province}: {name} is among the {what}, {count} times" for name, count in sorted(found.items())
                        if name not in allowed or count > 1)


def _files_of(province: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file that the province has made."""
    for name, sealed in theirs.Outgoing.objects.filter(province=province).values_list("file_name", "sealed").iterator():
        yield name, vault.unseal(sealed, purpose="simulator.outgoing")


@dataclass(frozen=True)
class Planted:
    """Names of the files that the administration has sent beside the true ones."""

    strangers: set[str]
    unknown_codes: set[str]
    broken: set[str]


def planted(province: str) -> Planted:
    """Told by what stands in them."""
    found = Planted(set(), set(), set())
    for name, xml in _files_of(province):
        if _STRANGER in xml:
            found.strangers.add(name)
        elif _UNKNOWN_CODE in xml:
            found.unknown_codes.add(name)
        elif xml.endswith(_CUT_OFF) or any(sign in xml for sign in _BROKEN):
            found.broken.add(name)
    return found


def numbers_are_the_provinces(scene: Scene) -> Iterator[str]:
    """The register holds what the provinces have on file through us: the same numbers, ids and ends, each once."""
    ours = {row.number: _held(row) for row in Service.objects.select_related("subject").prefetch_related("accesses")}
    told = {row["service_number"]: _told(row) for province in scene.provinces for row in scene.on_file(province)
            if any(not access["provider"] for access in row.get("accesses", ()))}
    for number in sorted(set(ours) | set(told)):
        if ours.get(number) != told.get(number):
            yield f"{number}: the register has {ours.get(number)}, the province {told.get(number)}"
    issued = Counter(
        number for number in Event.objects.filter(tag="register:number:issued").values_list("data__number", flat=True))
    yield from (f"{number} was issued {count} times" for number, count in sorted(issued.items()) if count > 1)
    opened = dict(Order.objects.values_list("pk", "opened_at"))
    for number, since, order_id in Access.objects.values_list("number", "since", "order_id"):
        if since < opened[order_id]:
            yield f"{number} is provided since before order:{order_id}, which brought it, was opened"
    orders = Counter(Order.objects.filter(state=State.FILED, kind__in=["first_filing", "new_service"])
                     .values_list("service_number", flat=True))
    yield from (f"{number} was given to {count} filings" for number, count in sorted(orders.items()) if count > 1)


_Record = tuple[str, str, str, str, bool, bool, tuple[tuple[str, bool], ...]]


def _held(row: Service) -> _Record:
    accesses = sorted((access.province_access_id, access.until is not None) for access in row.accesses.all())
    return (row.subject.number, row.subject.province_subject_id, row.province_service_id, row.appid,
            row.subject.cancelled_at is not None, row.cancelled_at is not None, tuple(accesses))


def _told(row: dict[str, Any]) -> _Record:
    accesses = sorted((str(access["Jrid"]), access["cancelled"]) for access in row["accesses"] if not access["provider"])
    return (row["subject_number"], str(row["Ztid"]), str(row["Wzid"]), row["appid"], row["subject_cancelled"],
            row["service_cancelled"], tuple(accesses))


def mini_programs_are_provided_as_planned(scene: Scene) -> Iterator[str]:
    """Those that the plan leaves on file through this platform are, and no other."""
    wanted = {Organizer(life).appid(app) for life in scene.lives for app in life.provided}
    provided = set(Access.objects.filter(until=None).values_list("appid", flat=True))
    if wanted != provided:
        yield f"{len(wanted - provided)} mini programs are not provided and should be: {sorted(wanted - provided)[:5]}"
        yield f"{len(provided - wanted)} mini programs are provided and should not be: {sorted(provided - wanted)[:5]}"


def the_reconciliation_shows_no_difference(scene: Scene) -> Iterator[str]:
    """Every province has told all it has on file, and it is what we hold."""
    compared = {row.province: row for row in reconciliations()}
    wanted: dict[str, int] = defaultdict(int)
    for life in scene.lives:
        wanted[life.province] += len(life.provided)
    for province in scene.provinces:
        row = compared.get(province)
        if row is None or row.resynchronised_at is None:
            yield f"{province} was not reconciled"
            continue
        if (row.held, row.told) != (wanted[province], wanted[province]):
            yield f"{province}: we hold {row.held} services and the province tells of {row.told}, not {wanted[province]}"
        for difference in row.differences:
            yield f"{province}: {difference['kind']} {difference['number']} {' '.join(difference.get('fields', ()))}".strip()


def what_must_always_hold_holds(scene: Scene) -> Iterator[str]:
    """The invariants of the demonstration."""
    yield from invariants.violations(scene.at)


CHECKS: tuple[Callable[[Scene], Iterable[str]], ...] = (
    every_order_is_at_its_planned_end,
    nothing_is_left_in_progress,
    uploads_are_numbered_alike_on_both_sides,
    every_handing_over_is_one_upload,
    every_task_was_answered_once,
    every_file_took_effect_once,
    what_fits_nothing_is_what_was_planted,
    numbers_are_the_provinces,
    mini_programs_are_provided_as_planned,
    the_reconciliation_shows_no_difference,
    what_must_always_hold_holds,
)


def violations(scene: Scene) -> list[str]:
    """Everything that is not as it must be."""
    return [found for check in CHECKS for found in check(scene)]
