"""OB-CHG-002: a change changes something."""

from openbeian.regime.kinds import changed_parts
from openbeian.regime.rules.chg_001_what_stays import CHANGE
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

FIELD = "service.description"


def check(case: Case) -> Hits:
    """Reported at the service's description: that is what a change is most often about."""
    if case.filed is not None and not changed_parts(case.dossier, case.filed):
        yield FIELD


RULE = rule(
    "OB-CHG-002", check,
    scope=Scope.CHANGE,
    passes=(Example("enterprise", {}, CHANGE),
            Example("enterprise", {}, {"kind": "change_service", "filed": {"service.name": "青禾旧名"}})),
    fails=(Example("enterprise", {}, {"kind": "change_both", "filed": {}}, fields=(FIELD,)),
           Example("enterprise", {"organizer.principal.mobile": "+86 139-0000-0001", "organizer.principal.name": "林 示例"},
                   {"kind": "change_both", "filed": {}}, fields=(FIELD,))),
)
