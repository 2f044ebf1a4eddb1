"""Consumer.ceiling, kept by the database itself: every way to change a group, a tie or a company's modules ends here,
in the same transaction, so the wire reads one column and it is never out of date.

Two changes at once can't leave an old ceiling behind. Who ties a consumer to a group shares an advisory lock on the
group's scopes and on the company's modules, which a change of either wants for itself, so one waits for the other (and
nobody for an edit of anything else). Who recomputes first locks the consumers and only then, in a statement of its own,
reads what is committed by then.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION consumers_ceiling(company bigint, consumer bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(DISTINCT held.scope ORDER BY held.scope), '{}')
  FROM consumers_consumergroup g
  JOIN permissions_permissiongroup p ON p.tenant_id = g.tenant_id AND p.id = g.group_id
  JOIN tenants_tenant t ON t.id = g.tenant_id
  CROSS JOIN LATERAL unnest(p.scopes::text[]) AS held (scope)
  WHERE g.tenant_id = company AND g.consumer_id = consumer AND split_part(held.scope, ':', 1) = ANY (t.modules)
$$;

CREATE FUNCTION consumers_refresh_ceilings(company bigint, those bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM consumers_consumer c WHERE c.tenant_id = company AND c.id = ANY (those)
    ORDER BY c.id FOR NO KEY UPDATE;
  UPDATE consumers_consumer c SET ceiling = now.ceiling
  FROM (SELECT id, consumers_ceiling(company, id) AS ceiling FROM unnest(those) AS id) now
  WHERE c.tenant_id = company AND c.id = now.id AND c.ceiling IS DISTINCT FROM now.ceiling;
END $$;

CREATE FUNCTION consumers_ties_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  company bigint;
BEGIN
  FOR company IN SELECT DISTINCT tenant_id FROM ties ORDER BY tenant_id LOOP
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ceiling.company', company));
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ceiling.group', held.id))
      FROM (SELECT DISTINCT group_id AS id FROM ties WHERE tenant_id = company ORDER BY 1) held;
    PERFORM consumers_refresh_ceilings(
      company, ARRAY(SELECT DISTINCT consumer_id FROM ties WHERE tenant_id = company));
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION consumers_group_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('ceiling.group', NEW.id));
  RETURN NEW;
END $$;

CREATE FUNCTION consumers_modules_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('ceiling.company', NEW.id));
  RETURN NEW;
END $$;

CREATE FUNCTION consumers_group_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM consumers_refresh_ceilings(NEW.tenant_id, ARRAY(
    SELECT consumer_id FROM consumers_consumergroup WHERE tenant_id = NEW.tenant_id AND group_id = NEW.id));
  RETURN NULL;
END $$;

CREATE FUNCTION consumers_modules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM consumers_refresh_ceilings(NEW.id, ARRAY(
    SELECT id FROM consumers_consumer WHERE tenant_id = NEW.id AND deleted_at IS NULL));
  RETURN NULL;
END $$;

-- Deeper than one: it is one of the triggers above that writes.
CREATE FUNCTION consumers_keep_ceiling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.ceiling := '{}';
  ELSIF pg_trigger_depth() < 2 THEN
    NEW.ceiling := OLD.ceiling;
  END IF;
  RETURN NEW;
END $$;
"""

BACKFILL = "UPDATE consumers_consumer SET ceiling = consumers_ceiling(tenant_id, id)"

TRIGGERS = """
CREATE TRIGGER ceiling_of_new_ties AFTER INSERT ON consumers_consumergroup
  REFERENCING NEW TABLE AS ties FOR EACH STATEMENT EXECUTE FUNCTION consumers_ties_changed();
CREATE TRIGGER ceiling_of_old_ties AFTER DELETE ON consumers_consumergroup
  REFERENCING OLD TABLE AS ties FOR EACH STATEMENT EXECUTE FUNCTION consumers_ties_changed();
CREATE TRIGGER ceiling_first BEFORE UPDATE OF scopes ON permissions_permissiongroup
  FOR EACH ROW WHEN (OLD.scopes IS DISTINCT FROM NEW.scopes) EXECUTE FUNCTION consumers_group_changes();
CREATE TRIGGER ceiling_first BEFORE UPDATE OF modules ON tenants_tenant
  FOR EACH ROW WHEN (OLD.modules IS DISTINCT FROM NEW.modules) EXECUTE FUNCTION consumers_modules_change();
CREATE TRIGGER ceiling AFTER UPDATE OF scopes ON permissions_permissiongroup
  FOR EACH ROW WHEN (OLD.scopes IS DISTINCT FROM NEW.scopes) EXECUTE FUNCTION consumers_group_changed();
CREATE TRIGGER ceiling AFTER UPDATE OF modules ON tenants_tenant
  FOR EACH ROW WHEN (OLD.modules IS DISTINCT FROM NEW.modules) EXECUTE FUNCTION consumers_modules_changed();
CREATE TRIGGER ceiling BEFORE INSERT OR UPDATE OF ceiling ON consumers_consumer
  FOR EACH ROW EXECUTE FUNCTION consumers_keep_ceiling();
"""

NO_TIE_MOVES = """
CREATE FUNCTION consumers_tie_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a tie is added or removed, never moved';
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON consumers_consumergroup
  FOR EACH ROW EXECUTE FUNCTION consumers_tie_stays();
"""

UNDO = """
DROP TRIGGER ceiling ON consumers_consumer;
DROP TRIGGER ceiling ON tenants_tenant;
DROP TRIGGER ceiling_first ON tenants_tenant;
DROP TRIGGER ceiling_first ON permissions_permissiongroup;
DROP TRIGGER ceiling ON permissions_permissiongroup;
DROP TRIGGER ceiling_of_old_ties ON consumers_consumergroup;
DROP TRIGGER ceiling_of_new_ties ON consumers_consumergroup;
DROP TRIGGER stays ON consumers_consumergroup;
DROP FUNCTION consumers_tie_stays, consumers_keep_ceiling, consumers_modules_changed, consumers_group_changed,
  consumers_modules_change, consumers_group_changes, consumers_ties_changed, consumers_refresh_ceilings(bigint, bigint[]), consumers_ceiling(bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("consumers", "0003_visible_names"), ("permissions", "0002_fences"), ("tenants", "0002_fences")]

    operations = [
        migrations.AddField(
            model_name="consumer",
            name="ceiling",
            field=ArrayField(base_field=models.TextField(), default=list, editable=False),
        ),
        migrations.RunSQL(FUNCTIONS, UNDO),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS + NO_TIE_MOVES, migrations.RunSQL.noop),
    ]
