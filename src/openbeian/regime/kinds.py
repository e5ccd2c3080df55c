"""From what the register says and what a dossier holds to the kind of order: nobody has to know the nine words.

Source: platform practice for order types (订单类型), and what a change cannot change: the province, the organizer's
nature and its certificate stay; with another certificate the filing is cancelled and made anew.
"""

from operator import attrgetter

from openbeian.regime.differences import differences
from openbeian.regime.dossier import Dossier
from openbeian.regime.facts import Standing
from openbeian.regime.lifecycle import OrderKind


def detect(*, standing: Standing, dossier: Dossier, filed: Dossier | None = None) -> OrderKind:
    """The kind of filing order that ``dossier`` asks for.

    ``standing`` is that of the mini program and of the organizer whose certificate the dossier names, ``filed`` the
    dossier of the service in force. A dossier in which nothing differs asks for a change of both; the rules refuse
    it.
    """
    if standing.service is not None:
        return _change(dossier, filed) if filed is not None else OrderKind.CHANGE_BOTH
    if standing.without_access is not None or (dossier.existing and dossier.existing.service_number):
        return OrderKind.NEW_ACCESS
    if standing.subject_number is not None or (dossier.existing and dossier.existing.subject_number):
        return OrderKind.NEW_SERVICE
    return OrderKind.FIRST_FILING


def _change(dossier: Dossier, filed: Dossier) -> OrderKind:
    changed = changed_parts(dossier, filed)
    if changed == {"organizer"}:
        return OrderKind.CHANGE_SUBJECT
    return OrderKind.CHANGE_SERVICE if changed == {"service"} else OrderKind.CHANGE_BOTH


def changed_parts(dossier: Dossier, filed: Dossier) -> frozenset[str]:
    """Which of "organizer" and "service" differ from what is filed.

    Materials, numbers filed elsewhere and a cancellation prove or ask something and are not themselves filed.
    """
    return frozenset(path.partition(".")[0] for path in differences(filed, dossier)) & {"organizer", "service"}


#: What stays when a filing is changed.
FIXED = ("organizer.type", "organizer.province", "organizer.certificate.type", "organizer.certificate.number")


def fixed_fields_changed(dossier: Dossier, filed: Dossier) -> tuple[str, ...]:
    """Fields that a change may not touch and that differ."""
    return tuple(path for path in FIXED if (read := attrgetter(path))(dossier) != read(filed))
