"""Row-level security for what a company owns, the append-only chained log, and two unlogged tables."""

from django.db import migrations

from tenants.scoping import TenantTable

OWN_PERSON = "user_id = nullif(current_setting('app.person', true), '')::bigint"

# The chain: each line's hash covers its content and the hash before it. The lock makes one company's lines
# queue; the trigger owns the three columns, so nobody can hand in a sequence or a hash of their own.
CHAIN = """
CREATE FUNCTION tenants_audit_digest(event tenants_auditevent) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(convert_to(jsonb_build_array(
    event.tenant_id, event.sequence, encode(event.previous_hash, 'hex'),
    extract(epoch FROM event.at)::text, event.actor_id, event.actor_name, event.verb, event.object_type,
    event.object_id, event.object_name, event.before, event.after, host(event.address), event.request_id
  )::text, 'UTF8'))
$$;
CREATE FUNCTION tenants_audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('tenants_auditevent', NEW.tenant_id));
  SELECT sequence, hash INTO last FROM tenants_auditevent
    WHERE tenant_id = NEW.tenant_id ORDER BY sequence DESC LIMIT 1;
  NEW.sequence := coalesce(last.sequence, 0) + 1;
  NEW.previous_hash := coalesce(last.hash, ''::bytea);
  NEW.hash := tenants_audit_digest(NEW);
  RETURN NEW;
END $$;
CREATE TRIGGER chain BEFORE INSERT ON tenants_auditevent FOR EACH ROW EXECUTE FUNCTION tenants_audit_chain();
"""

APPEND_ONLY = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gatehouse_app') THEN
    REVOKE UPDATE, DELETE, TRUNCATE ON tenants_auditevent FROM gatehouse_app;
    REVOKE DELETE ON tenants_tenant FROM gatehouse_app;
  END IF;
END $$;
"""

# The application may read every company's address (it resolves them) and make one, but change only its own.
TENANT_ROWS = """
ALTER TABLE tenants_tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants_tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY resolve ON tenants_tenant FOR SELECT USING (true);
CREATE POLICY found ON tenants_tenant FOR INSERT WITH CHECK (true);
CREATE POLICY own_company ON tenants_tenant FOR UPDATE
  USING (id = nullif(current_setting('app.tenant', true), '')::bigint);
CREATE POLICY owner ON tenants_tenant TO CURRENT_USER USING (true) WITH CHECK (true);
"""

UNLOGGED = """
ALTER TABLE tenants_throttle SET UNLOGGED;
CREATE UNLOGGED TABLE gatehouse_cache (
  cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX gatehouse_cache_expires ON gatehouse_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        TenantTable("Membership", readable=OWN_PERSON),
        TenantTable("Domain", readable="true"),
        TenantTable("AuditEvent"),
        migrations.RunSQL(TENANT_ROWS, migrations.RunSQL.noop),
        migrations.RunSQL(CHAIN, "DROP FUNCTION tenants_audit_chain CASCADE; DROP FUNCTION tenants_audit_digest"),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
        migrations.RunSQL(UNLOGGED, "DROP TABLE gatehouse_cache"),
    ]
