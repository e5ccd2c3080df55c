"""OB-EXI-001: numbers filed elsewhere are well-formed, of the organizer's province, and belong together."""

from openbeian.regime.code_tables import provinces
from openbeian.regime.filing_number import FilingNumberError, parse
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

SUBJECT, SERVICE = "existing.subject_number", "existing.service_number"


def check(case: Case) -> Hits:
    existing = case.dossier.existing
    if existing is None:
        return
    province = provinces().get(case.dossier.organizer.province)
    subjects = {}
    for field, text, is_service in ((SUBJECT, existing.subject_number, False), (SERVICE, existing.service_number, True)):
        if not text:
            continue
        try:
            number = parse(text)
        except FilingNumberError as error:
            yield Spot(field, error.zh, error.en)
            continue
        if number.is_service != is_service:
            yield Spot(field, "主体备案号不带后缀，服务备案号须带后缀",
                       "a subject number has no suffix, a service number has one")
        elif province is not None and number.province_short != province.short:
            yield Spot(field, "不是主体所在省份的备案号", "it is not a number of the organizer's province")
        else:
            subjects[field] = number.subject
    if len(set(subjects.values())) > 1:
        yield Spot(SERVICE, "与主体备案号不相符", "it does not belong to the subject number")


RULE = rule(
    "OB-EXI-001", check,
    passes=(Example("enterprise", {"existing": {
        "subject_number": "浙ICP备2023000001号", "service_number": "浙ICP备2023000001号-2X"}}, {"kind": "new_access"}),),
    fails=(
        Example("enterprise", {"existing": {
            "subject_number": "粤ICP备2023000001号", "service_number": "浙ICP备2023000001号-2X"}}, {"kind": "new_access"},
            fields=(SUBJECT,)),
        Example("enterprise", {"existing": {
            "subject_number": "浙ICP备2023000002号", "service_number": "浙ICP备2023000001号-2X"}}, {"kind": "new_access"},
            fields=(SERVICE,)),
    ),
)
