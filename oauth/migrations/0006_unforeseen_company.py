"""The same fence, written so that the planner can't work the company out before the statement does.

The wire's statements find the company themselves, so while they are planned `app.tenant` is empty. A bare
current_setting() is then taken for NULL, the company for one without rows, and reading all of its rows for as good as
reading the one that is meant: with 100,000 sign-ins in a company every refresh would read 100,000 rows. Of a subquery
the planner assumes nothing. Only where more than one index begins with the company is there anything to choose."""

from django.db import migrations

TABLES = (
    "consumers_consumer",
    "consumers_consumersecret",
    "authorizations_tokenfamily",
    "authorizations_devicecode",
)
OWN = "nullif(current_setting('app.tenant', true), '')::bigint"


def policy(company: str) -> str:
    return "".join(f"ALTER POLICY own_company ON {table} USING (tenant_id = {company});\n" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("oauth", "0005_logout_fence"), ("authorizations", "0011_device_redemption")]

    operations = [migrations.RunSQL(policy(f"(SELECT {OWN})"), policy(OWN))]
