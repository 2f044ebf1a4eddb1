"""An app's request to act for a person (RFC 6749 §4.1.1), validated and kept: what the pages are about, so that nothing
they post has to be believed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from authorizations.models.codes import DeviceCode
from authorizations.models.families import TokenFamily
from consumers.models import Consumer
from tenants.models import Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet


class AuthorizationRequest(models.Model):
    """Referred to by a signed id, and only by the browser it came from. Decided once, finished once."""

    class ResponseMode(models.TextChoices):
        QUERY = "query", "query"
        FORM_POST = "form_post", "form_post"

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    consumer = TenantForeignKey(Consumer, models.CASCADE, related_name="+")
    # Of a device (RFC 8628) there is the device code; of a redirect its address, and whether the request named it.
    device_code = TenantForeignKey(DeviceCode, models.CASCADE, null=True, related_name="+")
    redirect_uri = models.TextField(blank=True)
    response_mode = models.CharField(max_length=9, choices=ResponseMode, default=ResponseMode.QUERY)
    # Every scope asked for, the default ones when none was.
    scopes = ArrayField(models.TextField())
    resources = ArrayField(models.TextField(), default=list)
    state = models.TextField(blank=True)
    nonce = models.TextField(blank=True)
    code_challenge = models.CharField(max_length=43, blank=True)
    prompt = ArrayField(models.CharField(max_length=14), default=list)
    max_age = models.PositiveIntegerField(null=True)
    login_hint = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=10, blank=True)
    # Digest of the secret in the cookie of the browser that brought it.
    browser = models.BinaryField(max_length=32)
    # Who it was shown to and who decided.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    # What came of a yes.
    family = TenantForeignKey(TokenFamily, models.CASCADE, null=True, related_name="+")
    # When the answer went to the app.
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta:
        # For the end of a family or a device code, which looks whether anything refers to it.
        indexes = [
            models.Index(
                fields=["tenant", "family"], condition=~models.Q(family=None), name="authorizations_request_family"
            ),
            models.Index(
                fields=["tenant", "device_code"],
                condition=~models.Q(device_code=None),
                name="authorizations_request_device",
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.pk} of {self.consumer_id}"

    @property
    def is_denied(self) -> bool:
        return self.decided_at is not None and self.family_id is None
