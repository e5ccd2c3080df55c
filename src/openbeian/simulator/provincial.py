"""The rules of a province that a reviewer applies when deciding, on what was reported. Pure: no database, no clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from openbeian.regime.code_tables import INDIVIDUAL, districts, provinces
from openbeian.simulator.provinces import Behaviour
from openbeian.v3.wire import mp

NEW_FILING, NEW_SERVICE, CHANGE = 1, 2, 4
RESIDENT_ID = "2"
_DIRECTLY_ADMINISTERED = ("省直辖县级行政区划", "自治区直辖县级行政区划")
_PARTS_OF_A_CITY = ("市辖区", "县")
PROOF_OF_RESIDENCE, LETTER, PROPOSAL = "居住证明", "授权书", "建设方案书"


@dataclass(frozen=True)
class Case:
    """One request as the reviewer sees it. `remarks` are those of its attachments (Bz), by which letters are told
    apart; `scope` is subject, service or both (a change); `before` is the subject as it is on file.
    """

    province: str
    operation: int
    behaviour: Behaviour
    today: date
    subject: etree._Element | None = field(default=None, repr=False)
    service: etree._Element | None = field(default=None, repr=False)
    before: etree._Element | None = field(default=None, repr=False)
    remarks: tuple[str, ...] = ()
    scope: str = ""
    services_in_force: int = 0

    @property
    def subject_reported(self) -> bool:
        """Whether the request brings data of a subject that are to be filed."""
        return self.operation == NEW_FILING or (self.operation == CHANGE and self.scope in ("subject", "both"))

    def of_subject(self, path: str) -> str:
        """A value of the reported subject, "" if there is none."""
        return (self.subject.findtext(path) or "").strip() if self.subject is not None else ""


@dataclass(frozen=True)
class Violation:
    """A rule of the province that the request breaks."""

    rule: str
    zh: str
    en: str

    @property
    def opinion(self) -> str:
        """What the reviewer writes: the rule is named."""
        return f"不符合本省规定（{self.rule}）：{self.zh}"


def violations(case: Case) -> tuple[Violation, ...]:
    """Every rule of the province that the request breaks."""
    return tuple(
        Violation(rule, *texts) for rule, check in _RULES.items() for texts in check(case)
    )  # fmt: skip


Texts = Iterator[tuple[str, str]]


def _individuals(case: Case) -> Texts:
    known = case.behaviour.individuals
    if known == "any" or not case.subject_reported or case.of_subject("Dwxz") != str(INDIVIDUAL):
        return
    if case.of_subject("Zj/Zjlx") == RESIDENT_ID and case.of_subject("Zj/Zjhm")[:2] == case.province[:2]:
        return
    if known == "local":
        yield "本省只受理持本省居民身份证的个人备案", "individuals need a resident ID of this province"
    elif PROOF_OF_RESIDENCE not in case.remarks:
        yield "外省居民须附居住证明", "residents of other provinces need a proof of residence"


def _minimum_age(case: Case) -> Texts:
    number = case.of_subject("Zj/Zjhm")
    if case.of_subject("Dwxz") != str(INDIVIDUAL) or case.of_subject("Zj/Zjlx") != RESIDENT_ID:
        return
    least = case.behaviour.minimum_age
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return
    age = case.today.year - born.year - ((case.today.month, case.today.day) < (born.month, born.day))
    if case.subject_reported and age < least:
        yield f"主办者未满 {least} 周岁", f"the organizer is younger than {least}"


def _authorization(case: Case) -> Texts:
    legal = case.of_subject(f"{mp('Subject')}/{mp('LegalRepresentativeNumber')}")
    principal = case.of_subject("Fzr/Fzr_zjhm").upper()
    if not case.subject_reported or not legal or legal.upper() == principal:
        return
    allowed = case.behaviour.authorization
    if allowed == "no":
        yield "主体负责人须为法定代表人", "the subject principal must be the legal representative"
        return
    # A change of the subject alone need not bring the letter again.
    if case.operation == NEW_FILING and LETTER not in case.remarks:
        yield "主体负责人不是法定代表人，须附授权书", "a principal who is not the legal representative needs a letter"
    other = case.service.findtext("Wz_Fzr/Fzr_zjhm") if case.service is not None else None
    if allowed == "one_person" and other and other.strip().upper() != principal:
        yield (
            "授权办理时主体负责人与服务负责人须为同一人",
            "with an authorization, both principals must be one person",
        )


def _same_city(case: Case) -> Texts:
    if not case.behaviour.same_city or not case.subject_reported:
        return
    name = _city_name(case)
    if name and name not in case.of_subject("Zj/Zjzs"):
        yield "证件住所与通信地址须在同一城市", "certificate address and mailing address must lie in one city"


def _city_name(case: Case) -> str:
    """The city of the mailing address as an address names it; "" if the codes name none.

    Some divisions of the second level only stand for others: for the cities and counties that belong to the province
    itself, or for the districts of a city that is a province.
    """
    city = districts().get(case.of_subject("Txdz/Shiid"))
    if city is not None and city.name in _DIRECTLY_ADMINISTERED:
        city = districts().get(case.of_subject("Txdz/Xianid"))
    elif city is not None and city.name in _PARTS_OF_A_CITY:
        city = districts().get(city.parent)
    return city.name if city is not None else ""


def _change_of_subject(case: Case) -> Texts:
    if case.operation == CHANGE and case.scope != "service" and not case.behaviour.change_of_subject:
        yield "本省不受理主体变更，请注销后重新备案", "subjects cannot change here; cancel and file again"


def _change_of_principal(case: Case) -> Texts:
    if case.behaviour.change_of_principal != "with_service" or case.operation != CHANGE or case.scope != "subject":
        return
    names = ("Fzr/Fzr_xm", "Fzr/Fzr_zjhm")
    if case.before is not None and any(
        case.of_subject(path) != (case.before.findtext(path) or "").strip() for path in names
    ):
        yield "变更主体负责人须同时变更服务", "a new subject principal needs a change of subject and service together"


def _empty_shell(case: Case) -> Texts:
    if case.operation == NEW_SERVICE and not case.services_in_force and not case.behaviour.shell_takes_new_service:
        yield (
            f"{provinces()[case.province].name}的空壳主体不能新增服务，请先注销主体",
            "an empty shell takes no new service here; cancel the subject first",
        )


def _proposal(case: Case) -> Texts:
    start = case.behaviour.proposal_from
    if case.operation == NEW_SERVICE and start is not None and case.services_in_force >= start:
        if PROPOSAL not in case.remarks:
            yield f"已有 {start} 个以上服务的主体须附建设方案书", f"from {start} services on, a building proposal is needed"


_RULES: dict[str, Callable[[Case], Texts]] = {
    "individuals": _individuals,
    "minimum_age": _minimum_age,
    "authorization": _authorization,
    "same_city": _same_city,
    "change_of_subject": _change_of_subject,
    "change_of_principal": _change_of_principal,
    "empty_shell": _empty_shell,
    "proposal": _proposal,
}
