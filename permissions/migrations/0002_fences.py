"""Row-level security for permission groups; the catalogue is the operator's, the application only reads it."""

from django.db import migrations

from tenants.scoping import TenantTable

READ_ONLY = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gatehouse_app') THEN
    REVOKE INSERT, UPDATE, DELETE ON permissions_module FROM gatehouse_app;
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("permissions", "0001_initial")]

    operations = [
        TenantTable("PermissionGroup"),
        migrations.RunSQL(READ_ONLY, migrations.RunSQL.noop),
    ]
