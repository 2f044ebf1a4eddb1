"""Row-level security for logos."""

from django.db import migrations

from tenants.scoping import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("consumers", "0005_for_people")]

    operations = [TenantTable("ConsumerLogo"), TenantReference("ConsumerLogo", "consumer")]
