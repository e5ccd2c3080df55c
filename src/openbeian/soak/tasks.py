"""What the provinces give the platform to do during a soak, and the reviewer who answers every task.

Verification tasks (核实任务, HSRW) are about services that the plan leaves on file, so that there is something to
verify when the answer arrives; unfiled sites (未备案网站, WBAWZLB) are strangers'.
"""

import random
from collections.abc import Sequence

from openbeian.authority import verbs
from openbeian.authority.models import ANSWERED_BY_UPLOAD, Assignment
from openbeian.demo.doors import Administration
from openbeian.ledger import clock
from openbeian.register.models import Access
from openbeian.soak.dossiers import Organizer
from openbeian.soak.occasions import Occasion
from openbeian.soak.people import REVIEWER
from openbeian.soak.plan import Life

OPINION = "已核实，情况属实。"


class Tasks:
    """Given now and then, ``every`` so many changes of orders' states on average; answered as soon as they are seen."""

    def __init__(
        self, *, every: float, seed: int, lives: Sequence[Life], provinces: Sequence[str], administration: Administration
    ) -> None:
        self._chance = random.Random(f"tasks {seed}")
        self._occasion = Occasion(every, self._chance)
        self._lasting = [Organizer(life).appid(app) for life in lives for app in life.lasting]
        self._provinces = provinces
        self._administration = administration
        self._sites = 0

    def give(self, now: float, *, changes: int) -> None:
        """Have a province give a task, if it is time to."""
        if not self._occasion.comes(now, changes):
            return
        province = self._chance.choice(self._provinces)
        numbers = self._verifiable(province)
        if numbers and self._chance.random() < 0.5:
            self._administration.issue("HSRW", province, services=[self._chance.choice(numbers)])
        else:
            self._sites += 1
            self._administration.issue(
                "WBAWZLB", province, sites=[{"domain": f"unfiled{self._sites}.example.com", "ip": "192.0.2.1"}])

    def answer(self) -> None:
        """Answer every open task."""
        for row in Assignment.objects.filter(kind__in=ANSWERED_BY_UPLOAD, done_at=None):
            verbs.answer_assignment(
                assignment_id=row.pk, passed=self._chance.random() < 0.8, opinion=OPINION, actor=REVIEWER, at=clock.now())

    def _verifiable(self, province: str) -> list[str]:
        return sorted(Access.objects.filter(
            until=None, service__subject__province=province, appid__in=self._lasting).values_list("number", flat=True))
