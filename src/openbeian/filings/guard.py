"""The lifecycle table, held by the database.

The trigger is made from :data:`openbeian.regime.lifecycle.MOVES` each time the database is migrated, so table and
database cannot drift apart. It holds for bulk updates and raw SQL as well.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection

from openbeian.regime.lifecycle import (
    ADDS_A_SERVICE,
    CHANGES,
    MOVES,
    OPEN_STATES,
    STANDS_ALONE,
    Action,
    State,
    allowed_pairs,
)
from openbeian.regime.province_rules import province_rules

SAVED_IN = frozenset(State(row.source) for row in MOVES if row.action == Action.SAVE and row.source is not None)


def sql_list(values: Any) -> str:
    """Constants of ours, such as states, as SQL writes them in a list: where they stand in the text, not beside it,
    the planner sees which partial index fits.
    """
    return ", ".join(f"'{value}'" for value in sorted(values))


def trigger_sql(*, one_at_a_time: Collection[str] | None = None) -> str:
    """The statements that install the guard. Idempotent.

    In the provinces ``one_at_a_time`` (default: as their rules say) every order stands alone.
    """
    if one_at_a_time is None:
        one_at_a_time = [code for code, rules in province_rules().items() if rules.one_at_a_time]
    pairs = ",\n            ".join(f"('{k}', '{a}', '{b}')" for k, a, b in sorted(allowed_pairs()))
    return f"""
CREATE OR REPLACE FUNCTION filings_guard_order() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'orders are not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'an order begins as a draft, not as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSE
        IF NEW.appid <> OLD.appid OR NEW.opened_at <> OLD.opened_at THEN
            RAISE EXCEPTION 'appid and opening of an order do not change' USING ERRCODE = 'check_violation';
        END IF;
        -- The kind of a filing follows its content, as long as that can change.
        IF NEW.kind <> OLD.kind AND (OLD.state NOT IN ({sql_list(SAVED_IN)}) OR NOT (
            NEW.kind IN ({sql_list(ADDS_A_SERVICE)}) AND OLD.kind IN ({sql_list(ADDS_A_SERVICE)})
            OR NEW.kind IN ({sql_list(CHANGES)}) AND OLD.kind IN ({sql_list(CHANGES)}))
        ) THEN
            RAISE EXCEPTION 'an order of kind % does not become %', OLD.kind, NEW.kind USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.state <> OLD.state AND (NEW.kind, OLD.state, NEW.state) NOT IN (
            {pairs}
        ) THEN
            RAISE EXCEPTION 'the lifecycle has no move from % to % for %', OLD.state, NEW.state, NEW.kind
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.state <> OLD.state AND NEW.version <= OLD.version THEN
            RAISE EXCEPTION 'a move counts the version up' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    -- Orders that stand alone cover the organizer's whole range; others one point of it.
    IF NEW.organizer_id IS NULL OR NEW.state NOT IN ({sql_list(OPEN_STATES)}) THEN
        NEW.lane := NULL;
    ELSIF NEW.kind IN ({sql_list(STANDS_ALONE)}) OR NEW.province = ANY (ARRAY[{sql_list(one_at_a_time)}]::text[]) THEN
        NEW.lane := int8range(NEW.organizer_id << 31, (NEW.organizer_id + 1) << 31);
    ELSE
        NEW.lane := int8range((NEW.organizer_id << 31) + NEW.id, (NEW.organizer_id << 31) + NEW.id + 1);
    END IF;
    RETURN NEW;
END $guard$;
DROP TRIGGER IF EXISTS filings_guard_order ON filings_order;
CREATE TRIGGER filings_guard_order BEFORE INSERT OR UPDATE OR DELETE ON filings_order
    FOR EACH ROW EXECUTE FUNCTION filings_guard_order();

CREATE OR REPLACE FUNCTION filings_guard_dossier() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'submitted dossiers are not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - 'sealed' <> to_jsonb(OLD) - 'sealed' THEN
        RAISE EXCEPTION 'submitted dossiers do not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $guard$;
DROP TRIGGER IF EXISTS filings_guard_dossier ON filings_dossier;
CREATE TRIGGER filings_guard_dossier BEFORE UPDATE OR DELETE ON filings_dossier
    FOR EACH ROW EXECUTE FUNCTION filings_guard_dossier();
"""


def install() -> None:
    """Install the guard in the connected database."""
    with connection.cursor() as cursor:
        cursor.execute(trigger_sql())


def install_after_migrate(**kwargs: Any) -> None:
    """Receiver of ``post_migrate``."""
    if kwargs.get("using", "default") == "default" and kwargs.get("plan") is not None:
        install()
