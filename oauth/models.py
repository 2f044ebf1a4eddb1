"""A company's signing keys (the private half is sealed, oauth.keys; the rest is what JWKS publishes), and the outbox of
what apps have to hear."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consumers.models import Consumer
from tenants.models import Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet


class SigningKey(models.Model):
    class State(models.TextChoices):
        NEXT = "next", pgettext_lazy("signing key", "Next")
        ACTIVE = "active", pgettext_lazy("signing key", "Active")
        RETIRED = "retired", pgettext_lazy("signing key", "Retired")

    class Algorithm(models.TextChoices):
        ES256 = "ES256", "ES256"
        RS256 = "RS256", "RS256"

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="signing_keys", db_index=False)
    kid = models.CharField(max_length=43)
    algorithm = models.CharField(max_length=8, choices=Algorithm, default=Algorithm.ES256)
    state = models.CharField(max_length=8, choices=State, default=State.NEXT)
    public_jwk = models.JSONField()
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kid"], name="oauth_signingkey_kid_once"),
            models.UniqueConstraint(
                fields=["tenant", "algorithm"],
                condition=models.Q(state="active"),
                name="oauth_signingkey_one_active",
            ),
        ]

    def __str__(self) -> str:
        return self.kid


class LogoutDelivery(models.Model):
    """An app that has to hear that a session of a person's is over (OpenID Connect Back-Channel Logout), until it has
    or we give up (oauth.backchannel). Written in the transaction that ends the session."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    consumer = TenantForeignKey(Consumer, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    sid = models.CharField(max_length=43)
    # The address the session was at: who the app knows us as.
    issuer = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta:
        # The worker asks for what is due of all companies.
        indexes = [models.Index(fields=["due_at"], name="oauth_logout_due")]

    def __str__(self) -> str:
        return f"logout of {self.user_id} at {self.consumer_id}"
