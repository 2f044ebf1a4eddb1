"""One sign-in's worth of codes and tokens: from a person's yes through every refresh to its end."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from authorizations.models.authorization import Authorization
from consumers.models import Consumer
from tenants.models import Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet


class TokenFamilyQuerySet(TenantQuerySet["TokenFamily"]):
    def living(self) -> TokenFamilyQuerySet:
        return self.filter(ended_at=None)


class TokenFamily(models.Model):
    """Made when a person says yes, under their Authorization; its code, refresh and access tokens refer to it. Every
    use of any of them asks whether family and authorization live, so ending either ends them all at once."""

    class End(models.TextChoices):
        CODE_REPLAYED = "code_replayed", _("Its code was used twice")
        REFRESH_REUSED = "refresh_reused", _("A refresh token was used twice")
        REVOKED = "revoked", _("The app gave it back")
        SIGNED_OUT = "signed_out", _("The person signed out")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    authorization = TenantForeignKey(Authorization, models.CASCADE, related_name="families")
    consumer = TenantForeignKey(Consumer, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    # What was agreed to this time, within the authorization's.
    scopes = ArrayField(models.TextField())
    # The APIs its access tokens may be for (RFC 8707); empty: the company's own.
    resources = ArrayField(models.TextField(), default=list)
    # For the ID token: the request's nonce, when and how the person signed in, and under which of their sessions.
    nonce = models.TextField(blank=True)
    signed_in_at = models.DateTimeField()
    amr = ArrayField(models.TextField(), default=list)
    acr = models.CharField(max_length=40, blank=True)
    sid = models.CharField(max_length=43, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # When no refresh leads on any more; null: it has no refresh tokens.
    refreshable_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=20, choices=End, blank=True)

    objects: ClassVar[Any] = TenantManager.of(TokenFamilyQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "authorization"], name="authorizations_family_of"),
            models.Index(
                fields=["tenant", "user", "sid"],
                condition=models.Q(ended_at=None) & ~models.Q(sid=""),
                name="authorizations_family_session",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} of {self.authorization_id}"
