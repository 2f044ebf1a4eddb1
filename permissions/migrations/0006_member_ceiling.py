"""Membership.ceiling, kept by the database itself as a consumer's is (consumers/migrations/0004_ceiling, which says how
two changes at once take turns): every way to change a group, a tie or a company's modules ends here."""

from django.db import migrations

from tenants.scoping import TenantReference, TenantTable

FUNCTIONS = """
CREATE FUNCTION permissions_refresh_members(company bigint, those bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM tenants_membership m WHERE m.tenant_id = company AND m.id = ANY (those)
    ORDER BY m.id FOR NO KEY UPDATE;
  UPDATE tenants_membership m SET ceiling = now.ceiling
  FROM (
    SELECT one.id, coalesce((
      SELECT array_agg(DISTINCT held.scope ORDER BY held.scope)
      FROM permissions_membergroup g
      JOIN permissions_permissiongroup p ON p.tenant_id = g.tenant_id AND p.id = g.group_id
      JOIN tenants_tenant t ON t.id = g.tenant_id
      CROSS JOIN LATERAL unnest(p.scopes::text[]) AS held (scope)
      WHERE g.tenant_id = company AND g.membership_id = one.id
        AND split_part(held.scope, ':', 1) = ANY (t.modules)
    ), '{}') AS ceiling
    FROM unnest(those) AS one (id)
  ) now
  WHERE m.tenant_id = company AND m.id = now.id AND m.ceiling IS DISTINCT FROM now.ceiling;
END $$;

CREATE FUNCTION permissions_member_ties_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  company bigint;
BEGIN
  FOR company IN SELECT DISTINCT tenant_id FROM ties ORDER BY tenant_id LOOP
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ceiling.company', company));
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('ceiling.group', held.id))
      FROM (SELECT DISTINCT group_id AS id FROM ties WHERE tenant_id = company ORDER BY 1) held;
    PERFORM permissions_refresh_members(
      company, ARRAY(SELECT DISTINCT membership_id FROM ties WHERE tenant_id = company));
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION permissions_members_group_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('ceiling.group', NEW.id));
  RETURN NEW;
END $$;

CREATE FUNCTION permissions_members_modules_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('ceiling.company', NEW.id));
  RETURN NEW;
END $$;

CREATE FUNCTION permissions_members_group_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM permissions_refresh_members(NEW.tenant_id, ARRAY(
    SELECT membership_id FROM permissions_membergroup WHERE tenant_id = NEW.tenant_id AND group_id = NEW.id));
  RETURN NULL;
END $$;

CREATE FUNCTION permissions_members_modules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM permissions_refresh_members(NEW.id, ARRAY(
    SELECT DISTINCT membership_id FROM permissions_membergroup WHERE tenant_id = NEW.id));
  RETURN NULL;
END $$;

-- Deeper than one: it is one of the triggers above that writes.
CREATE FUNCTION permissions_keep_member_ceiling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.ceiling := '{}';
  ELSIF pg_trigger_depth() < 2 THEN
    NEW.ceiling := OLD.ceiling;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION permissions_member_tie_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a tie is added or removed, never moved';
END $$;
"""

TRIGGERS = """
CREATE TRIGGER ceiling_of_new_ties AFTER INSERT ON permissions_membergroup
  REFERENCING NEW TABLE AS ties FOR EACH STATEMENT EXECUTE FUNCTION permissions_member_ties_changed();
CREATE TRIGGER ceiling_of_old_ties AFTER DELETE ON permissions_membergroup
  REFERENCING OLD TABLE AS ties FOR EACH STATEMENT EXECUTE FUNCTION permissions_member_ties_changed();
CREATE TRIGGER stays BEFORE UPDATE ON permissions_membergroup
  FOR EACH ROW EXECUTE FUNCTION permissions_member_tie_stays();
CREATE TRIGGER member_ceiling_first BEFORE UPDATE OF scopes ON permissions_permissiongroup
  FOR EACH ROW WHEN (OLD.scopes IS DISTINCT FROM NEW.scopes) EXECUTE FUNCTION permissions_members_group_changes();
CREATE TRIGGER member_ceiling_first BEFORE UPDATE OF modules ON tenants_tenant
  FOR EACH ROW WHEN (OLD.modules IS DISTINCT FROM NEW.modules) EXECUTE FUNCTION permissions_members_modules_change();
CREATE TRIGGER member_ceiling AFTER UPDATE OF scopes ON permissions_permissiongroup
  FOR EACH ROW WHEN (OLD.scopes IS DISTINCT FROM NEW.scopes) EXECUTE FUNCTION permissions_members_group_changed();
CREATE TRIGGER member_ceiling AFTER UPDATE OF modules ON tenants_tenant
  FOR EACH ROW WHEN (OLD.modules IS DISTINCT FROM NEW.modules) EXECUTE FUNCTION permissions_members_modules_changed();
CREATE TRIGGER ceiling BEFORE INSERT OR UPDATE OF ceiling ON tenants_membership
  FOR EACH ROW EXECUTE FUNCTION permissions_keep_member_ceiling();
"""

UNDO = """
DROP TRIGGER ceiling ON tenants_membership;
DROP TRIGGER member_ceiling ON tenants_tenant;
DROP TRIGGER member_ceiling ON permissions_permissiongroup;
DROP TRIGGER member_ceiling_first ON tenants_tenant;
DROP TRIGGER member_ceiling_first ON permissions_permissiongroup;
DROP FUNCTION permissions_member_tie_stays CASCADE;
DROP FUNCTION permissions_keep_member_ceiling;
DROP FUNCTION permissions_members_modules_changed;
DROP FUNCTION permissions_members_group_changed;
DROP FUNCTION permissions_members_modules_change;
DROP FUNCTION permissions_members_group_changes;
DROP FUNCTION permissions_member_ties_changed CASCADE;
DROP FUNCTION permissions_refresh_members;
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0005_membergroup"), ("tenants", "0004_people")]

    operations = [
        TenantTable("MemberGroup"),
        TenantReference("MemberGroup", "membership"),
        TenantReference("MemberGroup", "group"),
        migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDO),
    ]
