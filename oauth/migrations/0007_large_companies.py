"""Planned as for a large company, however small most are.

Where every company has one member, one consumer, one sign-in, the planner takes reading all rows of a company for as
good as reading the one that is meant, and chooses by chance: then a company with 5,000 consumers has 5,000 read for
every token. A company is assumed to have a tenth of a table instead (tenants.scoping.COMPANIES_ASSUMED). The fence asks
for it once more, so the planner reckons with a hundredth."""

from django.db import migrations

EVERY_TABLE = """
DO $$
DECLARE fenced regclass;
BEGIN
  FOR fenced IN
    SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relkind = 'r' AND c.relrowsecurity AND c.relnamespace = 'public'::regnamespace
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN tenant_id {option}', fenced);
    EXECUTE format('ANALYZE %s', fenced);
  END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0006_unforeseen_company"),
        ("authorizations", "0011_device_redemption"),
        ("consumers", "0007_of_browsers"),
        ("permissions", "0006_member_ceiling"),
        ("tenants", "0004_people"),
    ]

    operations = [
        migrations.RunSQL(
            EVERY_TABLE.replace("{option}", "SET (n_distinct = 10)"),
            EVERY_TABLE.replace("{option}", "RESET (n_distinct)"),
        )
    ]
