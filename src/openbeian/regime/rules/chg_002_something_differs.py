"""OB-CHG-002: a change changes something."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.kinds import changed_parts
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.chg_001_what_stays import CHANGE
from openbeian.regime.rules.rule import Example, Rule, Scope

FIELD = "service.description"


def check(case: Case) -> Iterator[str]:
    """Reported at the service's description: that is what a change is most often about."""
    if case.filed is not None and not changed_parts(case.dossier, case.filed):
        yield FIELD


RULE = Rule(
    id="OB-CHG-002",
    severity=Severity.BLOCKS,
    clause=clauses.ORDER_33_14,
    title_zh="变更备案须有变更内容",
    title_en="A change changes something",
    reason_zh="包括{field}在内，全部内容与已备案信息相同，没有需要变更的内容。",
    reason_en="{field} and everything else is as filed; there is nothing to change.",
    remedy_zh="请修改需要变更的内容后再提交；该小程序已备案，无需重复备案。",
    remedy_en="Change what is to be changed, then submit. The mini program is filed and need not be filed again.",
    check=check,
    scope=Scope.CHANGE,
    passes=(Example("enterprise", {}, CHANGE),
            Example("enterprise", {}, {"kind": "change_service", "filed": {"service.name": "青禾旧名"}})),
    fails=(Example("enterprise", {}, {"kind": "change_both", "filed": {}}, fields=(FIELD,)),
           Example("enterprise", {"organizer.principal.mobile": "+86 139-0000-0001", "organizer.principal.name": "林 示例"},
                   {"kind": "change_both", "filed": {}}, fields=(FIELD,))),
)
