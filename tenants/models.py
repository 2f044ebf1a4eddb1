"""The companies, the addresses they answer at, who belongs to them, and what happened in them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.scoping import TenantManager, TenantQuerySet


class Tenant(models.Model):
    """A company. `modules` are the slugs of the catalogue's modules it has (permissions.catalogue)."""

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    slug = models.CharField(
        _("address"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"\A[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z", _("Use small letters, digits and hyphens."))
        ],
    )
    name = models.CharField(_("name"), max_length=80)
    colour = models.CharField(_("colour"), max_length=7, blank=True, validators=[RegexValidator(r"\A#[0-9a-f]{6}\Z")])
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    modules = ArrayField(models.CharField(max_length=40), verbose_name=_("modules"), default=list, blank=True)
    access_token_seconds = models.PositiveIntegerField(_("access token lifetime"), default=3600)
    # A refresh token dies unused after the one, a sign-in's whole family of them after the other.
    refresh_idle_seconds = models.PositiveIntegerField(_("sign-out after inactivity"), default=14 * 86_400)
    refresh_absolute_seconds = models.PositiveIntegerField(_("sign-in again after"), default=90 * 86_400)
    # What makes a person's pairwise subject (OpenID Connect Core §8.1) this company's own.
    subject_salt = models.UUIDField(editable=False, db_default=RandomUUID())
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(access_token_seconds__gte=900, access_token_seconds__lte=7200),
                name="tenants_tenant_access_token_seconds",
            ),
            models.CheckConstraint(
                condition=models.Q(refresh_idle_seconds__gte=3600, refresh_absolute_seconds__lte=366 * 86_400)
                & models.Q(refresh_idle_seconds__lte=models.F("refresh_absolute_seconds")),
                name="tenants_tenant_refresh_seconds",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.suspended_at is None

    @property
    def path(self) -> str:
        return f"/t/{self.slug}"

    @property
    def issuer(self) -> str:
        """The issuer identifier (RFC 8414 §2): the installation's own base URL, never the Host header."""
        return f"{settings.GATEHOUSE_BASE_URL}{self.path}"


class Domain(models.Model):
    """A host name of its own under which a company's site answers besides /t/<slug>/."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="domains", db_index=False)
    host = models.CharField(_("host name"), max_length=253, unique=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()
    everywhere: ClassVar[models.Manager[Domain]] = models.Manager()

    class Meta:
        verbose_name = _("host name")
        verbose_name_plural = _("host names")

    def __str__(self) -> str:
        return self.host


class MembershipQuerySet(TenantQuerySet["Membership"]):
    def active(self) -> MembershipQuerySet:
        return self.filter(joined_at__isnull=False, suspended_at=None, user__is_active=True)

    def super_admins(self) -> MembershipQuerySet:
        return self.active().filter(role=Membership.Role.SUPER_ADMIN)


class Membership(models.Model):
    """A person in a company, with the role they have there. Until they accept (`joined_at`), all the company
    sees of them is what its super administrator typed: the e-mail address and `invited_name`."""

    class Role(models.TextChoices):
        SUPER_ADMIN = "super_admin", _("Super administrator")
        DEVELOPER = "developer", _("Developer")
        AUDITOR = "auditor", _("Auditor")
        MEMBER = "member", _("Member")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", db_index=False)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    invited_at = models.DateTimeField(_("invited"), null=True, blank=True)
    invited_name = models.CharField(_("full name"), max_length=120, blank=True)
    joined_at = models.DateTimeField(_("member since"), null=True, default=timezone.now)
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True)
    # What the person may do here: what their permission groups hold, narrowed by the company's modules. Only the
    # database's triggers write it (permissions/migrations/0006_member_ceiling). A super administrator may do all that
    # the company's modules know, whatever stands here.
    ceiling = ArrayField(models.TextField(), default=list, editable=False)

    objects: ClassVar[Any] = TenantManager.of(MembershipQuerySet)()
    everywhere: ClassVar[models.Manager[Membership]] = models.Manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="tenants_membership_once")]
        # Switch company asks for one person's memberships everywhere: the one index that can't begin
        # with the company.
        indexes = [models.Index(fields=["user"], name="tenants_membership_user")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(self.user) if self.joined_at else self.invited_name or self.user.email

    @property
    def state(self) -> str:
        if self.suspended_at:
            return "suspended"
        return "active" if self.joined_at else "invited"

    @property
    def is_active(self) -> bool:
        return self.state == "active" and self.user.is_active

    @property
    def is_super_admin(self) -> bool:
        return self.role == self.Role.SUPER_ADMIN

    def held(self, among: frozenset[str]) -> frozenset[str]:
        """Which of these scopes, all of modules the company has, this person may use."""
        return among if self.is_super_admin else among & frozenset(self.ceiling)


class AuditEvent(models.Model):
    """One line of the Transactions log. Append-only: the application role may INSERT and SELECT, and a
    trigger chains each row to the one before it (`sequence`, `previous_hash`, `hash`)."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="audit_events", db_index=False)
    at = models.DateTimeField(_("when"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    actor_name = models.CharField(_("who"), max_length=160, blank=True)
    verb = models.CharField(_("what"), max_length=60)
    object_type = models.CharField(_("kind"), max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(_("on"), max_length=160, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    address = models.GenericIPAddressField(_("address"), null=True)
    request_id = models.CharField(max_length=36, blank=True)
    sequence = models.BigIntegerField(editable=False)
    previous_hash = models.BinaryField(max_length=32, editable=False)
    hash = models.BinaryField(max_length=32, editable=False)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [models.UniqueConstraint(fields=["tenant", "sequence"], name="tenants_auditevent_sequence")]
        indexes = [
            models.Index(fields=["tenant", "at"], name="tenants_auditevent_at"),
            models.Index(fields=["tenant", "object_type", "object_id"], name="tenants_auditevent_object"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.verb} {self.object_name}"


class Throttle(models.Model):
    """One bucket of the generic cell rate algorithm (tenants.throttling). The key is a digest."""

    key = models.BinaryField(max_length=16, primary_key=True)
    arrives_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key.hex()
