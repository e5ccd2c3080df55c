"""A number, an access and a former content are never deleted, changed or reused, raw SQL included."""

from django.db import migrations

GUARD = """
CREATE FUNCTION register_guard_subject() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    -- Changes of the organizer's data and key rotation rewrite the rest.
    IF (NEW.id, NEW.number, NEW.province, NEW.certificate_digest, NEW.province_subject_id, NEW.filed_at)
       IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.province, OLD.certificate_digest, OLD.province_subject_id, OLD.filed_at) THEN
        RAISE EXCEPTION 'what a subject number stands for does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.cancelled_at IS NOT NULL AND NEW.cancelled_at IS DISTINCT FROM OLD.cancelled_at THEN
        RAISE EXCEPTION 'a cancelled number is not restored' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $guard$;
CREATE FUNCTION register_guard_service() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF (NEW.id, NEW.number, NEW.subject_id, NEW.appid, NEW.kind, NEW.province_service_id, NEW.filed_at, NEW.order_id)
       IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.subject_id, OLD.appid, OLD.kind, OLD.province_service_id, OLD.filed_at, OLD.order_id)
    THEN
        RAISE EXCEPTION 'what a service number stands for does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.cancelled_at IS NOT NULL AND NEW.cancelled_at IS DISTINCT FROM OLD.cancelled_at THEN
        RAISE EXCEPTION 'a cancelled number is not restored' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $guard$;
CREATE TRIGGER register_guard_subject BEFORE UPDATE ON register_subject
    FOR EACH ROW EXECUTE FUNCTION register_guard_subject();
CREATE TRIGGER register_guard_service BEFORE UPDATE ON register_service
    FOR EACH ROW EXECUTE FUNCTION register_guard_service();
CREATE TRIGGER register_keep_subject BEFORE DELETE ON register_subject
    FOR EACH ROW EXECUTE FUNCTION openbeian_refuse_change();
CREATE TRIGGER register_keep_service BEFORE DELETE ON register_service
    FOR EACH ROW EXECUTE FUNCTION openbeian_refuse_change();
CREATE TRIGGER register_keep_subjects BEFORE TRUNCATE ON register_subject
    FOR EACH STATEMENT EXECUTE FUNCTION openbeian_refuse_change();
CREATE TRIGGER register_keep_services BEFORE TRUNCATE ON register_service
    FOR EACH STATEMENT EXECUTE FUNCTION openbeian_refuse_change();
CREATE FUNCTION register_guard_access() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    -- The province's id may be learnt later; the end is written once.
    IF (NEW.id, NEW.service_id, NEW.appid, NEW.number, NEW.since, NEW.order_id)
       IS DISTINCT FROM (OLD.id, OLD.service_id, OLD.appid, OLD.number, OLD.since, OLD.order_id)
       OR (OLD.province_access_id <> '' AND NEW.province_access_id <> OLD.province_access_id) THEN
        RAISE EXCEPTION 'what an access is does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.until IS NOT NULL AND NEW.until IS DISTINCT FROM OLD.until THEN
        RAISE EXCEPTION 'an access that has ended is not restored' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $guard$;
CREATE FUNCTION register_guard_former() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    -- Key rotation rewrites the seal.
    IF to_jsonb(NEW) - 'sealed' <> to_jsonb(OLD) - 'sealed' THEN
        RAISE EXCEPTION 'what was on file does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $guard$;
CREATE TRIGGER register_guard_access BEFORE UPDATE ON register_access
    FOR EACH ROW EXECUTE FUNCTION register_guard_access();
CREATE TRIGGER register_guard_former BEFORE UPDATE ON register_formercontent
    FOR EACH ROW EXECUTE FUNCTION register_guard_former();
CREATE TRIGGER register_keep_access BEFORE DELETE ON register_access
    FOR EACH ROW EXECUTE FUNCTION openbeian_refuse_change();
CREATE TRIGGER register_keep_former BEFORE DELETE ON register_formercontent
    FOR EACH ROW EXECUTE FUNCTION openbeian_refuse_change();
CREATE TRIGGER register_keep_accesses BEFORE TRUNCATE ON register_access
    FOR EACH STATEMENT EXECUTE FUNCTION openbeian_refuse_change();
CREATE TRIGGER register_keep_formers BEFORE TRUNCATE ON register_formercontent
    FOR EACH STATEMENT EXECUTE FUNCTION openbeian_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("register", "0001_initial"), ("ledger", "0002_append_only")]
    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
