"""A company's signing keys. The private half is sealed (oauth.keys); the rest is what JWKS publishes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenants.models import Tenant
from tenants.scoping import TenantManager, TenantQuerySet


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
