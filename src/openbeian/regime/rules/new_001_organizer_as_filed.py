"""OB-NEW-001: a new service is filed for the organizer as it is on file."""

from operator import attrgetter

from openbeian.regime.dossier import Organizer
from openbeian.regime.kinds import fixed_fields_changed
from openbeian.regime.rules.rule import Case, Example, Hits, Scope, rule

NEW = {"kind": "new_service", "filed": {}}


#: What is filed of an organizer besides what a change cannot touch. A new service carries none of it to the
#: administration, so what differs would be lost without a word. Pictures are each mini program's own.
AS_FILED = (
    "name", "city", "district", "address", "certificate.address",
    "legal_representative.name", "legal_representative.certificate_number",
    "principal.name", "principal.mobile", "principal.email", "principal.emergency_number",
    "principal.certificate.type", "principal.certificate.number", "principal.certificate.valid_from",
    "principal.certificate.valid_until",
)


def check(case: Case) -> Hits:
    if case.filed is not None:
        asked, filed = case.dossier.organizer, case.filed.organizer
        yield from (f"organizer.{path}" for path in AS_FILED if _read(filed, path) not in ("", _read(asked, path)))
        yield from fixed_fields_changed(case.dossier, case.filed)


def _read(organizer: Organizer, path: str) -> str:
    if path.startswith("legal_representative") and organizer.legal_representative is None:
        return ""
    value = attrgetter(path)(organizer)
    return "" if value is None else str(value)


RULE = rule(
    "OB-NEW-001", check,
    scope=Scope.NEW_SERVICE,
    passes=(Example("enterprise", {}, NEW), Example("enterprise", {}, {"kind": "new_service"}),
            Example("enterprise", {"organizer.address": "示例路８８号 青禾大厦 3幢 1201室"}, NEW)),
    fails=(Example("enterprise", {}, {"kind": "new_service", "filed": {"organizer.name": "杭州旧名示例科技有限公司"}},
                   fields=("organizer.name",)),
           Example("enterprise", {}, {"kind": "new_service", "filed": {
               "organizer.address": "旧址路1号", "organizer.principal.mobile": "13900000009",
               "organizer.legal_representative.name": "郑样例"}},
                   fields=("organizer.address", "organizer.legal_representative.name", "organizer.principal.mobile")),),
)
