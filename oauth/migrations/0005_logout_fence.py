"""Row-level security for logout deliveries."""

from django.db import migrations

from tenants.scoping import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("oauth", "0004_logout_delivery"), ("consumers", "0006_logo_fence")]

    operations = [TenantTable("LogoutDelivery"), TenantReference("LogoutDelivery", "consumer")]
