"""OB-CON-005: different people have different numbers."""

from collections.abc import Iterator

from openbeian.regime import clauses
from openbeian.regime.findings import Severity
from openbeian.regime.rules.case import Case
from openbeian.regime.rules.rule import Example, Rule

OTHER_PERSON = {
    "service.principal.name": "吴样例", "service.principal.certificate.number": "330106199001010018",
    "service.principal.mobile": "13900000003", "service.principal.email": "wu@example.com",
    "service.principal.emergency_number": "13900000004",
}


def check(case: Case) -> Iterator[str]:
    """One may be the other's emergency contact; they may not have the same mobile or the same emergency number."""
    if case.one_person:
        return
    (_, first), (path, second) = case.principals
    for name in ("mobile", "emergency_number"):
        number = getattr(second, name)
        if number and number == getattr(first, name):
            yield f"{path}.{name}"


RULE = Rule(
    id="OB-CON-005",
    severity=Severity.BLOCKS,
    clause=clauses.PLATFORM_REVIEW,
    title_zh="不同负责人不得共用手机号码或应急联系电话",
    title_en="Different people do not share a mobile or an emergency number",
    reason_zh="两位负责人不是同一人，但{field}与主体负责人相同。",
    reason_en="{field} is the same as the subject principal's, though they are different people.",
    remedy_zh="请填写小程序负责人自己的号码。",
    remedy_en="Give the mini program principal's own number.",
    check=check,
    passes=(Example("enterprise"), Example("enterprise", OTHER_PERSON),
            Example("enterprise", {**OTHER_PERSON, "service.principal.emergency_number": "13900000001"})),
    fails=(Example("enterprise", {**OTHER_PERSON, "service.principal.mobile": "13900000001"},
                   fields=("service.principal.mobile",)),
           Example("enterprise", {**OTHER_PERSON, "service.principal.emergency_number": "13900000002"},
                   fields=("service.principal.emergency_number",)),
           Example("enterprise", {**OTHER_PERSON, "organizer.principal.emergency_number": "(0571)87654321",
                                  "service.principal.emergency_number": "０５７１－８７６５４３２１"},
                   fields=("service.principal.emergency_number",))),
)
