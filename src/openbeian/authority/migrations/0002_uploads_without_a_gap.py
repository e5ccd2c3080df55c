"""Uploads of a lane have sequence numbers without a gap; what one carries does not change, raw SQL included."""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION authority_guard_upload() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    before bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'uploads are not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT max(sequence) INTO before FROM authority_upload WHERE province = NEW.province;
        IF before IS NOT NULL AND NEW.sequence <> before + 1 THEN
            RAISE EXCEPTION 'upload % of lane % leaves a gap', NEW.sequence, NEW.province
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (NEW.province, NEW.sequence, NEW.order_id, NEW.assignment_id, NEW.operation, NEW.record_key, NEW.created_at)
        IS DISTINCT FROM (OLD.province, OLD.sequence, OLD.order_id, OLD.assignment_id, OLD.operation, OLD.record_key, OLD.created_at)
    THEN
        RAISE EXCEPTION 'what an upload carries does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $guard$;
CREATE TRIGGER authority_guard_upload BEFORE INSERT OR UPDATE OR DELETE ON authority_upload
    FOR EACH ROW EXECUTE FUNCTION authority_guard_upload();
"""


class Migration(migrations.Migration):
    dependencies = [("authority", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
