"""What a rule may know: the dossier and the facts around it, at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from openbeian.regime.calendar import SHANGHAI
from openbeian.regime.code_tables import INDIVIDUAL
from openbeian.regime.dossier import Dossier, Principal
from openbeian.regime.facts import Account, FaceCheckFacts, MaterialFacts
from openbeian.regime.lifecycle import CANCELLATIONS, OrderKind
from openbeian.regime.rules.dates import printed_date

RESIDENT_ID = 2  # 居民身份证, certificate_types.csv


@dataclass(frozen=True)
class Case:
    """One dossier to be judged at ``now``.

    ``materials`` holds the materials uploaded for this mini program, by the digest of their content, and no others.
    ``kind`` says what the order asks for. Give it wherever there is an order: without it a dossier that holds a
    ``cancellation`` is taken for a cancellation, and the rules of filings are not applied to it. ``filed`` is what
    the register holds: of a service that is to be changed all of it, of a filed organizer its part.
    """

    dossier: Dossier
    account: Account
    materials: Mapping[str, MaterialFacts]
    face_check: FaceCheckFacts | None
    now: datetime
    kind: OrderKind | None = None
    filed: Dossier | None = None

    @property
    def cancels(self) -> bool:
        """Whether the rules of cancellations apply, and not those of filings."""
        return self.dossier.cancellation is not None if self.kind is None else self.kind in CANCELLATIONS

    @property
    def sort(self) -> tuple[bool, bool, OrderKind | None]:
        """What decides which rules apply: whether it cancels, whether a person files for themselves, the kind."""
        return self.cancels, self.individual, self.kind

    @cached_property
    def today(self) -> date:
        """The day in Asia/Shanghai."""
        return self.now.astimezone(SHANGHAI).date()

    @property
    def individual(self) -> bool:
        """Whether a person files for themselves (个人主体)."""
        return self.dossier.organizer.type == INDIVIDUAL

    @cached_property
    def principals(self) -> tuple[tuple[str, Principal], ...]:
        """Both principals, each with its path."""
        return self.dossier.principals

    @cached_property
    def one_person(self) -> bool:
        """Whether both principals are the same person, by certificate number."""
        (_, first), (_, second) = self.principals
        return first.certificate.number == second.certificate.number

    @cached_property
    def expiries(self) -> tuple[tuple[str, date], ...]:
        """The last day of each principal's certificate, after its path; none where it cannot be read or is 长期."""
        return tuple([
            (f"{path}.certificate.valid_until", day) for path, principal in self.principals
            if (day := printed_date(principal.certificate.valid_until)) is not None])

    @cached_property
    def media(self) -> tuple[tuple[str, str], ...]:
        """Every picture and video of the dossier, after its path."""
        return tuple(self.dossier.media)
