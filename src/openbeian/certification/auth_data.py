"""``auth_data``: what a certification is asked with. Read leniently, kept as far as known, objected to all at once.

Clients differ: numbers come as text, one picture where a list is meant, empty texts for "none". ``qualification`` is
not asked for: some published clients have no field for it, and the dossier must hold the same picture anyway.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openbeian.certification.findings import finding
from openbeian.certification.models import Procedure
from openbeian.filings.models import FaceCheck, Material
from openbeian.filings.queries import may_be_a_key
from openbeian.regime import spelling
from openbeian.regime.findings import Finding
from openbeian.regime.identity import NumberProblem, email_problem, mobile_problem, phone_problem
from openbeian.regime.numbers import whole_number

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
        return {}, (_missing("auth_data"),)
    reader = _Reader(value)
    reader.read(dossier)
    return reader.data, (*reader.findings, *_unknown_pictures(reader.pictures, appid), *_unknown_task(reader.data, appid))


class _Reader:
    """One pass over the data; ``pictures`` are (field, media_id) to be looked up."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.value = value
        self.data: dict[str, Any] = {}
        self.findings: list[Finding] = []
        self.pictures: list[tuple[str, str]] = []

    def read(self, dossier: Mapping[str, Any]) -> None:
        customer = self.choice("customer_type", (ENTERPRISE, SOLE_TRADER, INDIVIDUAL))
        self.choice("pay_type", (PREPAID, BY_MERCHANT))
        self.choice("account_name_type", (1, 2))
        self.text("account_name", needed=True)
        self.text("taskid")
        self.text("service_appid")
        self.checked("third_party_phone", spelling.phone, phone_problem)
        self.contact()
        self.invoice()
        self.picture_list("qualification", most=1)
        self.picture_list("qualification_other")
        self.picture_list("account_supplemental")
        if self.text("auth_identification") and not self.value.get("auth_ident_material"):
            self.findings.append(_missing("auth_data.auth_ident_material"))
        self.picture_list("auth_ident_material")
        organizer = dossier.get("organizer")
        organizer = organizer if isinstance(organizer, Mapping) else {}
        subject_type = organizer.get("type")
        if customer is not None and isinstance(subject_type, int) and subject_type != _SUBJECT_TYPES[customer]:
            self.findings.append(finding("subject_differs", "auth_data.customer_type"))

    def choice(self, name: str, allowed: Sequence[int]) -> int | None:
        field, number = f"auth_data.{name}", whole_number(self.value.get(name))
        if _absent(self.value.get(name)):
            self.findings.append(_missing(field))
        elif number not in allowed:
            values = [str(value) for value in allowed]
            self.findings.append(
                finding("not_allowed", field, values_zh="、".join(values), values_en=", ".join(values)))
        else:
            self.data[name] = number
            return number
        return None

    def text(self, name: str, *, needed: bool = False) -> str:
        return _text_into(self.data, self.value, name, f"auth_data.{name}", self.findings, needed=needed)

    def checked(self, name: str, spelled: Any, problem_of: Any) -> None:
        if text := self.text(name):
            self.data[name] = spelled(text)
            self.check(f"auth_data.{name}", problem_of(self.data[name]))

    def check(self, field: str, problem: NumberProblem | None) -> None:
        if problem:
            self.findings.append(finding("contact", field, problem=problem))

    def contact(self) -> None:
        record = self.value.get("contact_info")
        if not isinstance(record, Mapping) or not record:
            self.findings.append(_missing("auth_data.contact_info"))
            return
        kept: dict[str, Any] = {}
        for name, needed, spelled, problem_of in (
                ("name", True, spelling.person_name, None), ("email", True, spelling.email, email_problem),
                ("mobile", False, spelling.mobile, mobile_problem)):
            field = f"auth_data.contact_info.{name}"
            if text := _text_into(kept, record, name, field, self.findings, needed=needed):
                kept[name] = spelled(text)
                if problem_of:
                    self.check(field, problem_of(kept[name]))
        self.data["contact_info"] = kept

    def invoice(self) -> None:
        record = self.value.get("invoice_info")
        if _absent(record):
            return
        if not isinstance(record, Mapping):
            self.findings.append(_malformed("auth_data.invoice_info"))
            return
        kept: dict[str, Any] = {}
        kind = whole_number(record.get("invoice_type"))
        if not _absent(record.get("invoice_type")) and kind not in _INVOICES:
            self.findings.append(_malformed("auth_data.invoice_info.invoice_type"))
        elif kind in _INVOICES:
            kept["invoice_type"] = kind
            if part := _INVOICES[kind]:
                self.invoice_record(record, part, kept)
        _text_into(kept, record, "invoice_title", "auth_data.invoice_info.invoice_title", self.findings)
        if kept:
            self.data["invoice_info"] = kept

    def invoice_record(self, record: Mapping[str, Any], part: str, kept: dict[str, Any]) -> None:
        path, inner = f"auth_data.invoice_info.{part}", record.get(part)
        if not isinstance(inner, Mapping) or not inner:
            self.findings.append(_missing(path))
            return
        kept[part] = {}
        for name in _INVOICE_RECORDS[part]:
            text = _text_into(kept[part], inner, name, f"{path}.{name}", self.findings, needed=name == "id")
            if name == "id" and text and (len(text) not in _TAX_NUMBER_LENGTHS or not text.isalnum()):
                self.findings.append(finding("tax_number", f"{path}.id"))

    def picture_list(self, name: str, *, most: int = _PICTURES_MAX) -> None:
        field, value = f"auth_data.{name}", self.value.get(name)
        if _absent(value) or value == []:
            return
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            self.findings.append(_malformed(field))
        elif len(items) > most:
            self.findings.append(finding("too_many_pictures", field, most=most))
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


def _text_into(kept: dict[str, Any], record: Mapping[str, Any], name: str, field: str, findings: list[Finding], *,
               needed: bool = False) -> str:
    value = record.get(name)
    if _absent(value):
        if needed:
            findings.append(_missing(field))
        return ""
    number = None if isinstance(value, str) else whole_number(value)
    text = value if number is None else str(number)
    if not isinstance(text, str) or len(text) > _TEXT_MAX or "\0" in text:
        findings.append(_malformed(field))
        return ""
    kept[name] = text.strip()
    return kept[name]


def _absent(value: Any) -> bool:
    """None, or one of the ways clients spell "not set"."""
    return value is None or (isinstance(value, str) and value.strip() in ("", "null", "undefined"))


def _missing(field: str) -> Finding:
    return finding("missing", field)


def _malformed(field: str) -> Finding:
    return finding("malformed", field, most=_TEXT_MAX)
