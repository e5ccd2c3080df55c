"""What a soak tells at its end."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from openbeian import vault
from openbeian.authority.models import InboxFile, Reconciliation, Upload
from openbeian.authority.queries import reconciliations
from openbeian.simulator import models as theirs
from openbeian.simulator import verbs as administration
from openbeian.simulator.faults import Fault
from openbeian.soak.checks import planted


@dataclass
class Report:
    """``ends``: orders by the state they stand at; ``violations``: what is not as it must be, none if all held.

    ``struck`` and ``faults`` count what went wrong on the way, ``seconds`` is the time until all orders were over.
    """

    orders: int
    seed: int
    ends: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    uploads: int = 0
    resent: int = 0
    tasks: int = 0
    files: int = 0
    deliveries: int = 0
    reconciled: list[dict[str, int | str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def count(self) -> None:
        """Take the numbers of the exchange from both sides' tables."""
        self.uploads = Upload.objects.count()
        self.resent = Upload.objects.filter(attempts__gt=1).count()
        self.tasks = Upload.objects.exclude(assignment=None).count()
        self.files = InboxFile.objects.count()
        self.deliveries = sum(theirs.Outgoing.objects.values_list("deliveries", flat=True))
        self.reconciled = [_reconciled(row) for row in reconciliations()]

    def as_json(self) -> str:
        """One object."""
        shown: dict[str, Any] = {
            **vars(self), "seconds": round(self.seconds, 1), "orders_per_second": round(self.per_second, 2)}
        return json.dumps(shown, ensure_ascii=False, sort_keys=True)

    def as_text(self) -> str:
        """For a person."""
        def listed(counts: Counter[str]) -> str:
            return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "–"

        lines = [
            f"{self.orders} 个订单 orders, seed {self.seed}, {self.seconds:.0f} s ({self.per_second:.1f}/s)",
            f"终态 ends: {listed(self.ends)}",
            f"故障 trouble: {listed(self.struck)}",
            f"管局故障 faults: {listed(self.faults)}",
            f"报送 uploads: {self.uploads}, 重发 begun more than once: {self.resent}, 任务答复 answers to tasks: {self.tasks}",
            f"下载 files: {self.files}, 送达次数 deliveries: {self.deliveries}",
            *(f"对账 {row['province']}: 我方 held {row['held']}, 管局 reported {row['reported']}, "
              f"差异 differences {row['differences']}, 修复 repaired {row['repaired']}" for row in self.reconciled),
            *(f"✗ {violation}" for violation in self.violations),
            "一切如计划 Everything is as planned." if not self.violations
            else f"{len(self.violations)} 处不符 violations.",
        ]
        return "\n".join(lines)

    @property
    def per_second(self) -> float:
        """Orders brought to their end in a second."""
        return self.orders / self.seconds if self.seconds else 0.0


def _reconciled(row: Reconciliation) -> dict[str, int | str]:
    return {"province": row.province, "held": row.held, "reported": row.told, "differences": len(row.differences),
            "repaired": row.repaired}


def faults_that_struck() -> Counter[str]:
    """How often each fault of the administration's menu has struck so far. They must still be set."""
    now = administration.current_faults()
    struck: Counter[str] = Counter()
    for province in theirs.Province.objects.all():
        for number in range(1, province.calls + 1):
            struck.update(fault for fault in (Fault.SLOW, Fault.REFUSING, Fault.RESTARTING, Fault.WRONG_SEQUENCE)
                          if now.strikes(fault, province.code, number))
        files = planted(province.code)
        struck += Counter({Fault.OTHERS_ORDERS: len(files.strangers), Fault.UNREADABLE: len(files.broken),
                           Fault.UNKNOWN_CODE: len(files.unknown_codes)})
    before = b""
    for code, number, deliveries, passed_over, late, sealed in theirs.Outgoing.objects.order_by(
            "province", "number").values_list(
            "province", "number", "deliveries", "passed_over", "available_at", "sealed").iterator():
        xml = vault.unseal(sealed, purpose="simulator.outgoing")
        struck.update([Fault.TWICE] * (xml == before) + [Fault.OUT_OF_ORDER] * passed_over
                      + [Fault.LATE] * (late is not None))
        struck.update(fault for fault in (Fault.WRONG_HASH, Fault.TRUNCATED) for delivery in range(1, deliveries + 1)
                      if now.strikes(fault, code, number, delivery))
        before = xml
    return struck
