"""``auth_data``: what a certification is asked with. Read leniently, kept as far as known, objected to all at once.

Clients differ: numbers come as text, one picture where a list is meant, empty texts for "none". ``qualification`` is
not asked for: some published clients have no field for it, and the dossier must hold the same picture anyway.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from openbeian.certification.findings import finding
from openbeian.certification.models import Procedure
from openbeian.filings.models import FaceCheck, Material
from openbeian.filings.queries import may_be_a_key
from openbeian.regime import paths, spelling
from openbeian.regime.findings import Finding
from openbeian.regime.identity import NumberProblem, email_problem, mobile_problem, phone_problem
from openbeian.regime.numbers import whole_number
from openbeian.web.machines import is_missing

ENTERPRISE, SOLE_TRADER, INDIVIDUAL = 1, 12, 15
PREPAID, BY_MERCHANT = 1, 2
_INVOICES = {1: None, 2: "electronic", 3: "vat", 4: "vat"}
_INVOICE_RECORDS: dict[str, tuple[str, ...]] = {
    "electronic": ("id", "desc"),
    "vat": ("enterprise_phone", "id", "enterprise_address", "bank_name", "bank_account", "mailing_address", "address",
            "name", "phone", "province", "city", "district", "desc"),
}
_TAX_NUMBER_LENGTHS = (15, 17, 18, 20)
_TEXT_MAX, _PICTURES_MAX = 200, 10
#: The subject types (单位性质) that can be certified, by customer type: 5 individual, 4 enterprise.
_SUBJECT_TYPES = {ENTERPRISE: 4, SOLE_TRADER: 4, INDIVIDUAL: 5}


def read(value: Any, *, appid: str, dossier: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """The data as they are kept, and everything that is wrong with them. Personal data in clear."""
    if not isinstance(value, Mapping) or not value:
        return {}, (finding("missing", "auth_data"),)
    reader = _Reader(value, "auth_data", [])
    reader.read(dossier)
    return reader.data, (*reader.findings, *_unknown_pictures(reader.pictures, appid), *_unknown_task(reader.data, appid))


class _Reader:
    """One pass over a record at ``path``; ``pictures`` are (field, media_id) to be looked up."""

    def __init__(self, value: Mapping[str, Any], path: str, findings: list[Finding]) -> None:
        self.value, self.path, self.findings = value, path, findings
        self.data: dict[str, Any] = {}
        self.pictures: list[tuple[str, str]] = []

    def find(self, key: str, name: str, **values: object) -> None:
        self.findings.append(finding(key, f"{self.path}.{name}", **values))

    def read(self, dossier: Mapping[str, Any]) -> None:
        customer = self.choice("customer_type", (ENTERPRISE, SOLE_TRADER, INDIVIDUAL))
        self.choice("pay_type", (PREPAID, BY_MERCHANT))
        self.choice("account_name_type", (1, 2))
        self.text("account_name", needed=True)
        self.text("taskid")
        self.text("service_appid")
        self.text("third_party_phone", spelled=spelling.phone, problem_of=phone_problem)
        self.contact()
        self.invoice()
        self.picture_list("qualification", most=1)
        self.picture_list("qualification_other")
        self.picture_list("account_supplemental")
        if self.text("auth_identification") and not self.value.get("auth_ident_material"):
            self.find("missing", "auth_ident_material")
        self.picture_list("auth_ident_material")
        subject_type = paths.read(dossier, "organizer.type")
        if customer is not None and isinstance(subject_type, int) and subject_type != _SUBJECT_TYPES[customer]:
            self.find("subject_differs", "customer_type")

    def choice(self, name: str, allowed: Sequence[int]) -> int | None:
        number = whole_number(self.value.get(name))
        if is_missing(self.value.get(name)):
            self.find("missing", name)
        elif number not in allowed:
            values = [str(value) for value in allowed]
            self.find("not_allowed", name, values_zh="、".join(values), values_en=", ".join(values))
        else:
            self.data[name] = number
            return number
        return None

    def text(
        self, name: str, *, needed: bool = False, spelled: Callable[[str], str] = str,
        problem_of: Callable[[str], NumberProblem | None] | None = None,
    ) -> str:
        value = self.value.get(name)
        if is_missing(value):
            if needed:
                self.find("missing", name)
            return ""
        number = None if isinstance(value, str) else whole_number(value)
        text = value if number is None else str(number)
        if not isinstance(text, str) or len(text) > _TEXT_MAX or "\0" in text:
            self.find("malformed", name, most=_TEXT_MAX)
            return ""
        text = self.data[name] = spelled(text.strip())
        if problem_of and (problem := problem_of(text)):
            self.find("contact", name, problem=problem)
        return text

    def record(self, name: str) -> "_Reader | None":
        value = self.value.get(name)
        if not isinstance(value, Mapping) or not value:
            self.find("missing", name)
            return None
        return _Reader(value, f"{self.path}.{name}", self.findings)

    def contact(self) -> None:
        if contact := self.record("contact_info"):
            contact.text("name", needed=True, spelled=spelling.person_name)
            contact.text("email", needed=True, spelled=spelling.email, problem_of=email_problem)
            contact.text("mobile", spelled=spelling.mobile, problem_of=mobile_problem)
            self.data["contact_info"] = contact.data

    def invoice(self) -> None:
        value = self.value.get("invoice_info")
        if is_missing(value):
            return
        if not isinstance(value, Mapping):
            self.find("malformed", "invoice_info", most=_TEXT_MAX)
            return
        invoice = _Reader(value, f"{self.path}.invoice_info", self.findings)
        kind = whole_number(value.get("invoice_type"))
        if not is_missing(value.get("invoice_type")) and kind not in _INVOICES:
            invoice.find("malformed", "invoice_type", most=_TEXT_MAX)
        elif kind in _INVOICES:
            invoice.data["invoice_type"] = kind
            if part := _INVOICES[kind]:
                invoice.details(part)
        invoice.text("invoice_title")
        if invoice.data:
            self.data["invoice_info"] = invoice.data

    def details(self, part: str) -> None:
        details = self.record(part)
        if details is None:
            return
        for name in _INVOICE_RECORDS[part]:
            text = details.text(name, needed=name == "id")
            if name == "id" and text and (len(text) not in _TAX_NUMBER_LENGTHS or not text.isalnum()):
                details.find("tax_number", "id")
        self.data[part] = details.data

    def picture_list(self, name: str, *, most: int = _PICTURES_MAX) -> None:
        field, value = f"{self.path}.{name}", self.value.get(name)
        if is_missing(value) or value == []:
            return
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            self.find("malformed", name, most=_TEXT_MAX)
        elif len(items) > most:
            self.find("too_many_pictures", name, most=most)
        else:
            self.data[name] = items[0] if most == 1 else items
            places = [field] if most == 1 or isinstance(value, str) else [f"{field}.{n}" for n in range(len(items))]
            self.pictures.extend(zip(places, items, strict=True))


def _unknown_pictures(pictures: Sequence[tuple[str, str]], appid: str) -> Iterator[Finding]:
    wanted = {media_id for _, media_id in pictures if may_be_a_key(media_id)}
    known = set(Material.objects.filter(appid=appid, kind="image", media_id__in=wanted).values_list("pk", flat=True))
    for field, media_id in pictures:
        if media_id not in known:
            yield finding("unknown_picture", field)


def _unknown_task(data: Mapping[str, Any], appid: str) -> Iterator[Finding]:
    task_id = data.get("taskid")
    if not task_id:
        return
    known = may_be_a_key(task_id) and (
        FaceCheck.objects.filter(pk=task_id, appid=appid).exists()
        or Procedure.objects.filter(procedure_id=task_id, appid=appid).exists())
    if not known:
        yield finding("unknown_task", "auth_data.taskid")
