"""Row-level security and company-bound references for authorizations, codes and tokens."""

from django.db import migrations

from tenants.scoping import TenantReference, TenantTable

OWN_PERSON = "user_id = nullif(current_setting('app.person', true), '')::bigint"


class Migration(migrations.Migration):
    dependencies = [("authorizations", "0002_initial"), ("consumers", "0002_fences")]

    operations = [
        TenantTable("Authorization", readable=OWN_PERSON),
        TenantTable("AuthorizationCode"),
        TenantTable("AccessToken", key="token_checksum"),
        TenantTable("RefreshToken"),
        TenantTable("IDToken"),
        TenantTable("DeviceCode"),
        TenantTable("RevokedToken", key="jti"),
        TenantReference("Authorization", "consumer"),
        TenantReference("AuthorizationCode", "application"),
        TenantReference("RefreshToken", "application"),
        TenantReference("RefreshToken", "authorization"),
        TenantReference("IDToken", "application"),
    ]
