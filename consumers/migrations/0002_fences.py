"""Row-level security and company-bound references for consumers and what hangs on them."""

from django.db import migrations

from tenants.scoping import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("consumers", "0001_initial"), ("permissions", "0002_fences")]

    operations = [
        TenantTable("Consumer"),
        TenantTable("ConsumerGroup"),
        TenantTable("ConsumerSecret"),
        TenantTable("ConsumerUserObjectPermission"),
        TenantReference("ConsumerGroup", "consumer"),
        TenantReference("ConsumerGroup", "group"),
        TenantReference("ConsumerSecret", "consumer"),
        TenantReference("ConsumerUserObjectPermission", "content_object"),
    ]
