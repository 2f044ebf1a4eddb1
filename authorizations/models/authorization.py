"""The durable "yes": company × consumer × person (or nobody, for client credentials) × scopes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from consumers.models import Consumer
from permissions.roles import within_role
from permissions.scopes import IDENTITY, Scopes
from tenants.models import Membership, Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet

# Still there, or ended by the time the person chose, though somebody may have said yes anew since (granting).
EXPIRED = Q(expires_at__lte=Now()) & (Q(revoked_at=None) | Q(revoked_at__gte=F("expires_at")))


class AuthorizationQuerySet(TenantQuerySet["Authorization"]):
    def live(self) -> AuthorizationQuerySet:
        return self.filter(revoked_at=None).exclude(expires_at__lte=Now())

    def revoked(self) -> AuthorizationQuerySet:
        """Those that somebody ended."""
        return self.exclude(revoked_at=None).exclude(EXPIRED)

    def expired(self) -> AuthorizationQuerySet:
        """Those whose time ended them."""
        return self.filter(EXPIRED)

    def with_owners(self) -> AuthorizationQuerySet:
        """With what every list shows beside the row: consumer, person, and what the person may do."""
        here = Prefetch("user__memberships", Membership.objects.all(), to_attr="memberships_here")
        return self.select_related("consumer", "user").prefetch_related(here)

    def end(self, *, by: Any) -> int:
        """Mark as revoked. Every use of a token asks for its authorization, so this alone ends them all."""
        return self.live().update(revoked_at=timezone.now(), revoked_by=by)


class Authorization(models.Model):
    """Codes and tokens hang on it; revoking it ends them. `scopes` is null for client credentials, which
    follow the consumer's permission groups; for a person it is what they agreed to."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    consumer = TenantForeignKey(Consumer, models.CASCADE, related_name="authorizations")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="authorizations", db_index=False
    )
    scopes = ArrayField(models.CharField(max_length=60), null=True)
    # What the person unticked: not asked for again until the app insists (prompt=consent) or wants something new.
    declined_scopes = ArrayField(models.CharField(max_length=60), default=list)
    # Till when the person wants it, if shorter than the app's own; the wire asks for it with every use.
    expires_at = models.DateTimeField(_("until"), null=True)
    granted_at = models.DateTimeField(_("granted on"), auto_now_add=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    last_accessed_at = models.DateTimeField(_("last accessed"), null=True)
    last_accessed_address = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    objects: ClassVar[Any] = TenantManager.of(AuthorizationQuerySet)()

    class Meta:
        verbose_name = _("app authorization")
        verbose_name_plural = _("app authorizations")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "consumer", "user"],
                condition=models.Q(revoked_at=None),
                nulls_distinct=False,
                name="authorizations_one_live",
            )
        ]
        indexes = [
            # A consumer's last accessed, revoked authorizations included.
            models.Index(fields=["tenant", "consumer"], name="authorizations_of_consumer"),
            # What one person agreed to, across a company's consumers.
            models.Index(
                fields=["tenant", "user"],
                condition=models.Q(revoked_at=None, user__isnull=False),
                name="authorizations_of_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer}, {self.user}" if self.user_id else str(self.consumer)

    @property
    def state(self) -> str:
        """live, expired or revoked."""
        if self.is_live:
            return "live"
        is_expired = self.expires_at is not None and (self.revoked_at is None or self.revoked_at >= self.expires_at)
        return "expired" if is_expired else "revoked"

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())

    @property
    def can_be_replaced(self) -> bool:
        """Whether a super administrator can let the consumer in again: a machine's, revoked, with no successor."""
        machine = self.user_id is None and self.consumer.deleted_at is None
        return machine and not self.is_live and not self.consumer.authorizations.live().filter(user=None).exists()

    @property
    def effective_scopes(self) -> Scopes:
        """What it allows now: for client credentials all that the consumer may get, for a person what they agreed
        to, the consumer may still get and they may still do."""
        most = frozenset(self.consumer.ceiling)
        if self.scopes is None:
            return most
        if self.membership is None or not self.membership.is_active:
            return frozenset()
        held = within_role(self.membership.role, self.membership.held(most))
        return (held | IDENTITY) & frozenset(self.scopes)

    @cached_property
    def membership(self) -> Membership | None:
        """The person's, in this company; None for a machine's and for somebody who left."""
        if self.user is None:
            return None
        here = getattr(self.user, "memberships_here", None)
        found = Membership.objects.select_related("user").filter(user=self.user) if here is None else here
        return next(iter(found), None)
