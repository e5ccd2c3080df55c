"""Events are added, never changed or removed: a trigger refuses everything else, raw SQL included.

The setting ``openbeian.reset`` lets a test or a demonstration empty the table; no production code sets it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
CREATE FUNCTION openbeian_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('openbeian.reset', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% refuses %', TG_TABLE_NAME, lower(TG_OP) USING ERRCODE = 'restrict_violation';
END $guard$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION openbeian_refuse_change();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger_event
    FOR EACH STATEMENT EXECUTE FUNCTION openbeian_refuse_change();
""",
            """
DROP TRIGGER ledger_append_only ON ledger_event;
DROP TRIGGER ledger_no_truncate ON ledger_event;
DROP FUNCTION openbeian_refuse_change();
""",
        ),
    ]
