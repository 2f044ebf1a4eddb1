"""Row-level security and company-bound references for families, codes, refresh tokens, devices and requests."""

from django.db import migrations

from tenants.scoping import TenantReference, TenantTable


class Migration(migrations.Migration):
    dependencies = [("authorizations", "0006_families"), ("consumers", "0006_logo_fence")]

    operations = [
        TenantTable("TokenFamily"),
        TenantTable("AuthorizationCode", key="code_checksum"),
        TenantTable("RefreshToken", key="token_checksum"),
        TenantTable("DeviceCode"),
        TenantTable("AuthorizationRequest"),
        TenantReference("TokenFamily", "authorization"),
        TenantReference("TokenFamily", "consumer"),
        TenantReference("AuthorizationCode", "family"),
        TenantReference("DeviceCode", "consumer"),
        TenantReference("DeviceCode", "family"),
        TenantReference("AuthorizationRequest", "consumer"),
        TenantReference("AuthorizationRequest", "device_code"),
        TenantReference("AuthorizationRequest", "family"),
    ]
