"""OB-CER-003: the dates of validity can be read and make sense."""

from openbeian.regime.dossier import LONG_TERM
from openbeian.regime.rules.dates import printed_date
from openbeian.regime.rules.rule import Case, Example, Hits, Spot, rule

FROM, UNTIL = "organizer.principal.certificate.valid_from", "organizer.principal.certificate.valid_until"


def check(case: Case) -> Hits:
    for path, principal in case.principals:
        certificate = principal.certificate
        start, end = printed_date(certificate.valid_from), printed_date(certificate.valid_until)
        if certificate.valid_from and start is None:
            yield Spot(f"{path}.certificate.valid_from", "应为 8 位日期，例如 20180510", "write it as 20180510")
        elif start and start > case.today:
            yield Spot(f"{path}.certificate.valid_from", "起始日期晚于今天", "it lies in the future")
        if certificate.valid_until and end is None and certificate.valid_until != LONG_TERM:
            yield Spot(f"{path}.certificate.valid_until", "应为 8 位日期或“长期”", "write it as 20380510, or 长期")
        elif start and end and end <= start:
            yield Spot(f"{path}.certificate.valid_until", "截止日期不晚于起始日期", "it is not after the start")


RULE = rule(
    "OB-CER-003", check,
    passes=(Example("enterprise", {UNTIL: "长期"}), Example("enterprise", {FROM: "2018-05-10", UNTIL: "永久"}),
            Example("enterprise", {FROM: "20230905"})),
    fails=(Example("enterprise", {FROM: "2018-05"}, fields=(FROM,)),
           Example("enterprise", {FROM: "20230906"}, fields=(FROM,)),
           Example("enterprise", {UNTIL: "20380231"}, fields=(UNTIL,)),
           Example("individual", {FROM: "20230230", UNTIL: "不详"}, fields=(FROM, UNTIL)),
           Example("enterprise", {UNTIL: "20180510"}, fields=(UNTIL,), also=("OB-CER-004",))),
)
