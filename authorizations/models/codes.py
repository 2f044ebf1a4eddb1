"""One-time codes: what an app holds between a person's yes and its tokens."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from oauth2_provider.models import AbstractDeviceGrant, AbstractGrant

from consumers.models import Consumer
from tenants.models import Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet


class AuthorizationCode(AbstractGrant):
    code = models.CharField(max_length=255)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    application = TenantForeignKey(Consumer, models.CASCADE, related_name="+", db_column="consumer_id")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+", db_index=False)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta(AbstractGrant.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="authorizations_code_once")]


class DeviceCode(AbstractDeviceGrant):
    client_id = models.CharField(max_length=255)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey("accounts.User", models.CASCADE, null=True, related_name="+", db_index=False)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta(AbstractDeviceGrant.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["tenant", "device_code"], name="authorizations_device_once")]
