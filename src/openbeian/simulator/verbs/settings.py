"""How the administration behaves: automatic decisions, faults, the script, and each province's system."""

from typing import Any

from django.db import transaction

from openbeian.regime import code_tables
from openbeian.simulator import faults, provinces, script
from openbeian.simulator.models import Province, Record, Settings, State
from openbeian.simulator.refusals import SimulatorError
from openbeian.simulator.verbs.office import decision_due, province_row, queue_up
from openbeian.simulator.verbs.time import settle


@transaction.atomic
def change_settings(*, automatic_decision_after: float | None, refuse_calls_with: int | None = None) -> Settings:
    """Set how the administration behaves: seconds until an automatic approval (None: a person decides), and a
    call-level code with which every call is refused (None: calls are served). Raises SimulatorError.
    """
    # Not more than a year: the interface's own limit is 20 working days.
    if automatic_decision_after is not None and not 0 <= automatic_decision_after <= 366 * 86400:
        raise SimulatorError("bad_delay", "延迟须为 0 至 366 天的秒数", "The delay is 0 to 366 days, in seconds")
    if refuse_calls_with is not None and not 1 <= refuse_calls_with <= 999:
        raise SimulatorError("bad_code", "拒绝代码须为 1 至 999", "The refusal code must be 1 to 999")
    settle()
    behaviour = queue_up()
    behaviour.automatic_decision_after = automatic_decision_after
    behaviour.refuse_calls_with = refuse_calls_with
    behaviour.save()
    _date_decisions()
    return behaviour


@transaction.atomic
def set_faults(value: Any) -> faults.Faults:
    """Choose what goes wrong, as `faults.read_faults` reads it; `{}` ends all faults. Raises SimulatorError.

    The calls counted for faults start again at nothing, so that a run can be repeated.
    """
    chosen = faults.read_faults(value)
    settle()
    behaviour = queue_up()
    behaviour.faults = chosen.as_json() if value else {}
    behaviour.save(update_fields=["faults"])
    Province.objects.update(calls=0)
    return chosen


@transaction.atomic
def set_script(value: Any) -> None:
    """Replace the script, as `script.read_script` reads it; requests already open keep their rule. `[]` ends it.
    Raises SimulatorError.
    """
    rules = script.read_script(value)
    settle()
    behaviour = queue_up()
    behaviour.script = [rule.as_json() for rule in rules]
    behaviour.save(update_fields=["script"])


@transaction.atomic
def set_province(code: str, changes: dict[str, Any], *, usual: bool = False) -> None:
    """Change how one province behaves, see `provinces.Behaviour`; `usual` first takes all earlier changes back.
    Raises SimulatorError.
    """
    known(code)
    settle()
    queue_up()
    row = province_row(code)
    wanted = {**({} if usual else row.changes), **changes}
    provinces.changed(provinces.usual(code), wanted)  # refuses what no province can have
    row.changes = wanted
    row.save(update_fields=["changes"])
    _date_decisions()


@transaction.atomic
def switch_province(code: str, *, on: bool) -> None:
    """Switch one province's system off (every call ends in HTTP 503) or on again. Time goes on meanwhile.
    Raises SimulatorError.
    """
    known(code)
    queue_up()
    row = province_row(code)
    row.off = not on
    row.save(update_fields=["off"])


def known(code: str) -> None:
    """Raise SimulatorError unless this is the code of a province."""
    if code not in code_tables.provinces():
        raise SimulatorError("unknown_province", "没有这个省份代码", "There is no such province")


def _date_decisions() -> None:
    for record in Record.objects.filter(state=State.REVIEW):
        due = decision_due(record, record.state_since)
        if due != record.due_at:
            record.due_at = due
            record.save(update_fields=["due_at"])
