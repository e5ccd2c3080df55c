"""OB-NEW-001: a new service is filed for the organizer as it is on file."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.kinds import fixed_fields_changed
from openbeian.regime.lifecycle import OrderKind
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

NEW = {"kind": "new_service", "filed": {}}


def check(case: Case) -> Iterator[str]:
    if case.kind == OrderKind.NEW_SERVICE and case.filed is not None:
        if case.dossier.organizer.name != case.filed.organizer.name:
            yield "organizer.name"
        yield from fixed_fields_changed(case.dossier, case.filed)


RULE = Rule(
    id="OB-NEW-001",
    severity=Severity.BLOCKS,
    clause=clauses.ORDER_33_14,
    title_zh="新增服务的主体信息须与已备案信息一致",
    title_en="A new service's organizer is as on file",
    reason_zh="{field}与该主体已备案的信息不一致。",
    reason_en="{field} differs from what is on file for this organizer.",
    remedy_zh="请按已备案的主体信息填写；主体信息已变化的，请先办理变更主体。",
    remedy_en="Fill it in as it is filed; if it has changed, file a change of the subject first.",
    check=check,
    passes=(Example("enterprise", {}, NEW), Example("enterprise", {}, {"kind": "new_service"})),
    fails=(Example("enterprise", {}, {"kind": "new_service", "filed": {"organizer.name": "杭州旧名示例科技有限公司"}},
                   fields=("organizer.name",)),),
)
