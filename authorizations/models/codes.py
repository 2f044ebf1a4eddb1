"""One-time codes: what an app holds between a person's yes and its tokens. Only digests are kept."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from oauth2_provider.models import AbstractDeviceGrant, AbstractGrant

from authorizations.models.families import TokenFamily
from consumers.models import Consumer
from tenants.models import Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet


class AuthorizationCode(AbstractGrant):
    """Who, what and for which app stands in its family; here is what the redemption must match (RFC 6749 §4.1.3,
    RFC 7636 §4.6)."""

    id = None
    user = None
    code = None
    application = None
    scope = None
    updated = None
    code_challenge_method = None
    nonce = None
    claims = None
    resource = None

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    code_checksum = models.BinaryField(max_length=16, primary_key=True)
    family = TenantForeignKey(TokenFamily, models.CASCADE, related_name="codes")
    # What the code was sent to, and whether the request named it: then a redemption that names one must name this.
    redirect_uri = models.TextField()
    # "" for a consumer marked "legacy, no PKCE" that sent none.
    code_challenge = models.CharField(max_length=43, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    # Which request used it: the digest of the access token it made for it. Sent again after a lost connection, that
    # request is no replay.
    redemption = models.BinaryField(max_length=16, null=True)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta(AbstractGrant.Meta):
        abstract = False
        # For the end of a family, which looks whether anything refers to it. Not by company first: that a code is
        # looked up by its digest, the planner would else forget while the table's statistics are young.
        indexes = [models.Index(fields=["family"], name="authorizations_code_family")]

    def __str__(self) -> str:
        return f"code of {self.family_id}"


class DeviceCodeQuerySet(TenantQuerySet["DeviceCode"]):
    def waiting(self) -> DeviceCodeQuerySet:
        """Those that nobody answered and that can still be answered."""
        return self.filter(decided_at=None, expires__gt=Now())


class DeviceCode(AbstractDeviceGrant):
    """A device's question (RFC 8628), waiting for a person who types its user code on a device they trust."""

    user = None
    device_code = None
    user_code = None
    scope = None
    interval = None
    status = None
    client_id = None
    last_checked = None

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    consumer = TenantForeignKey(Consumer, models.CASCADE, related_name="+")
    device_checksum = models.BinaryField(max_length=16)
    user_code_checksum = models.BinaryField(max_length=16)
    scopes = ArrayField(models.TextField())
    resources = ArrayField(models.TextField(), default=list)
    # Where the device asked from, to be shown to the person (RFC 8628 §5.4).
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    interval_seconds = models.PositiveIntegerField(default=5)
    polled_at = models.DateTimeField(null=True)
    # Decided with a family: allowed. Decided without: denied.
    decided_at = models.DateTimeField(null=True)
    family = TenantForeignKey(TokenFamily, models.CASCADE, null=True, related_name="+")
    used_at = models.DateTimeField(null=True)
    # As that of authorization codes.
    redemption = models.BinaryField(max_length=16, null=True)

    objects: ClassVar[Any] = TenantManager.of(DeviceCodeQuerySet)()

    class Meta(AbstractDeviceGrant.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["tenant", "device_checksum"], name="authorizations_device_once"),
            models.UniqueConstraint(
                fields=["tenant", "user_code_checksum"],
                condition=models.Q(decided_at=None),
                name="authorizations_user_code_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "family"], condition=~models.Q(family=None), name="authorizations_device_family"
            )
        ]

    def __str__(self) -> str:
        return f"device of {self.consumer_id}"
