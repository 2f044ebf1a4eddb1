"""Row-level security for signing keys."""

from django.db import migrations

from tenants.scoping import TenantTable


class Migration(migrations.Migration):
    dependencies = [("oauth", "0001_initial")]

    operations = [TenantTable("SigningKey")]
