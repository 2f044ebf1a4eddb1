"""Third-party applications: OAuth consumers, their secrets, the groups that bound them, and the people
who look after them. The consumer is django-oauth-toolkit's Application, swapped and slimmed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase
from oauth2_provider.models import AbstractApplication

from consumers.credentials import mint_key
from permissions.models import PermissionGroup
from tenants.models import Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet
from tenants.text import harmless, validate_visible


class ConsumerQuerySet(TenantQuerySet["Consumer"]):
    def present(self) -> ConsumerQuerySet:
        return self.filter(deleted_at=None)

    def with_authorized(self) -> ConsumerQuerySet:
        """Adds `is_authorized`: whether it has a live authorization; an app that acts for people may always ask.
        The layer above is reached by name."""
        granted = apps.get_model("authorizations", "Authorization").objects.filter(consumer=OuterRef("pk"))
        for_people = models.Q(authorization_grant_type=Consumer.GRANT_AUTHORIZATION_CODE)
        return self.annotate(is_authorized=models.Q(Exists(granted.live())) | for_people)

    def for_list(self) -> ConsumerQuerySet:
        """Adds what the list shows of other tables, so that a page is one statement."""
        granted = apps.get_model("authorizations", "Authorization").objects.filter(consumer=OuterRef("pk"))
        latest = granted.exclude(last_accessed_at=None).order_by("-last_accessed_at")
        secrets = ConsumerSecret.objects.filter(consumer=OuterRef("pk")).working().order_by("-created_at")
        groups = PermissionGroup.objects.filter(consumer_ties__consumer=OuterRef("pk")).order_by("name")
        return self.with_authorized().annotate(
            last_four=Subquery(secrets.values("last_four")[:1]),
            group_names=ArraySubquery(groups.values("name")),
            last_accessed_at=Subquery(latest.values("last_accessed_at")[:1]),
            last_accessed_address=Subquery(latest.values("last_accessed_address")[:1]),
        )


class Consumer(AbstractApplication):
    """A third-party system connected to one company. `client_id` is its key."""

    GRANT_NAMES: ClassVar[dict[str, Any]] = {
        AbstractApplication.GRANT_CLIENT_CREDENTIALS: _("Client credentials"),
        AbstractApplication.GRANT_AUTHORIZATION_CODE: _("Authorization code"),
    }

    class TokenFormat(models.TextChoices):
        OPAQUE = "opaque", _("Opaque")
        JWT = "jwt", _("JWT")

    class AuthMethod(models.TextChoices):
        ANY = "", _("Basic or post")
        BASIC = "client_secret_basic", _("HTTP Basic only")
        POST = "client_secret_post", _("Request body only")

    class IDTokenAlgorithm(models.TextChoices):
        RS256 = "RS256", "RS256"
        ES256 = "ES256", "ES256"

    # What DOT's contract has and we don't keep: one owner, one recoverable-by-hash secret, one key.
    user = None
    client_secret = None
    hash_client_secret = None
    skip_authorization = None
    algorithm = None
    cimd_expires_at = None

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="consumers", db_index=False)
    client_id = models.CharField(_("key"), max_length=255, default=mint_key, editable=False)
    name = models.CharField(_("name"), max_length=80, validators=[validate_visible])
    description = models.CharField(_("description"), max_length=240, blank=True, validators=[validate_visible])
    groups = models.ManyToManyField(PermissionGroup, through="ConsumerGroup", related_name="consumers")
    token_format = models.CharField(_("token format"), max_length=6, choices=TokenFormat, default=TokenFormat.OPAQUE)
    access_token_seconds = models.PositiveIntegerField(_("access token lifetime"), null=True, blank=True)
    token_endpoint_auth_method = models.CharField(
        _("client authentication"), max_length=24, choices=AuthMethod, default=AuthMethod.ANY, blank=True
    )
    default_scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    # The most it may get now: what its groups hold, narrowed by the company's modules. Only the database's triggers
    # write it (migration 0004), in the transaction that changes a group, a tie or a module; what we save is ignored.
    ceiling = ArrayField(models.TextField(), default=list, editable=False)
    # The identifier of the API this consumer is, as a resource server (RFC 8707 `resource`, RFC 9068 `aud`): tokens may
    # be asked for it, and it may introspect those and no others.
    resource = models.CharField(_("API identifier"), max_length=200, blank=True)

    # Of apps that act for a person (authorization code); `redirect_uris` and `post_logout_redirect_uris` are DOT's,
    # one URL per line, `allowed_origins` too.
    url = models.URLField(_("URL"), max_length=400, blank=True)
    privacy_policy_url = models.URLField(_("privacy policy URL"), max_length=400, blank=True)
    eula_url = models.URLField(_("end user license agreement URL"), max_length=400, blank=True)
    is_first_party = models.BooleanField(_("our own app"), default=False)
    skips_consent = models.BooleanField(_("skips the consent page"), default=False)
    # Of what it may ask for, what a person may untick.
    optional_scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    issues_refresh_tokens = models.BooleanField(_("gets refresh tokens"), default=True)
    # null: as the company has it.
    refresh_idle_seconds = models.PositiveIntegerField(_("sign-out after inactivity"), null=True, blank=True)
    refresh_absolute_seconds = models.PositiveIntegerField(_("sign-in again after"), null=True, blank=True)
    allows_device_flow = models.BooleanField(_("may be used on devices without a browser"), default=False)
    legacy_without_pkce = models.BooleanField(_("legacy, no PKCE"), default=False)
    pairwise_subject = models.BooleanField(_("sees people under identifiers of its own"), default=False)
    id_token_algorithm = models.CharField(
        _("ID token signature"), max_length=5, choices=IDTokenAlgorithm, default=IDTokenAlgorithm.RS256
    )
    backchannel_logout_url = models.URLField(_("back-channel logout URL"), max_length=400, blank=True)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True)
    suspended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    objects: ClassVar[Any] = TenantManager.of(ConsumerQuerySet)()

    class Meta:
        verbose_name = _("OAuth consumer")
        verbose_name_plural = _("OAuth consumers")
        permissions = [("manage_consumer", "May manage this OAuth consumer")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "client_id"], name="consumers_consumer_key_once"),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=models.Q(deleted_at=None),
                name="consumers_consumer_name_once",
            ),
            models.CheckConstraint(
                condition=models.Q(access_token_seconds=None)
                | models.Q(access_token_seconds__gte=900, access_token_seconds__lte=7200),
                name="consumers_consumer_access_token_seconds",
            ),
            models.UniqueConstraint(
                fields=["tenant", "resource"],
                condition=models.Q(deleted_at=None) & ~models.Q(resource=""),
                name="consumers_consumer_resource_once",
            ),
            # Only our own confidential app may go without asking, and only a confidential one without PKCE
            # (PROTOCOL.md, choice 8).
            models.CheckConstraint(
                condition=models.Q(skips_consent=False) | models.Q(is_first_party=True, client_type="confidential"),
                name="consumers_consumer_skips_consent",
            ),
            models.CheckConstraint(
                condition=models.Q(legacy_without_pkce=False) | models.Q(client_type="confidential"),
                name="consumers_consumer_without_pkce",
            ),
            models.CheckConstraint(
                condition=models.Q(authorization_grant_type="authorization-code") | ~models.Q(client_type="public"),
                name="consumers_consumer_public_for_people",
            ),
        ]
        indexes = [
            # For the wire, which asks with every request of a page at another site whose origins may call.
            models.Index(
                fields=["tenant"],
                condition=models.Q(client_type="public", deleted_at=None, suspended_at=None)
                & ~models.Q(allowed_origins=""),
                name="consumers_of_browsers",
            ),
        ]

    def __str__(self) -> str:
        return harmless(self.name)

    @property
    def key(self) -> str:
        return self.client_id

    @property
    def grant_type(self) -> str:
        """The grant's name on the wire (RFC 6749): client_credentials, authorization_code."""
        return self.authorization_grant_type.replace("-", "_")

    @property
    def grant_name(self) -> str:
        """The grant's name on the screen."""
        return str(self.GRANT_NAMES[self.authorization_grant_type])

    @property
    def state(self) -> str:
        if self.deleted_at:
            return "deleted"
        return "suspended" if self.suspended_at else "active"

    @property
    def is_public(self) -> bool:
        """Whether it has no secret (RFC 6749 §2.1): a browser, mobile or command-line app."""
        return self.client_type == self.CLIENT_PUBLIC

    @property
    def acts_for_people(self) -> bool:
        return self.authorization_grant_type == self.GRANT_AUTHORIZATION_CODE

    def within(self, company: Tenant, name: str) -> int:
        """The lifetime of that name, in seconds: its own if it has one, and never longer than its company's."""
        most: int = getattr(company, name)
        return min(getattr(self, name) or most, most)


class ConsumerLogo(models.Model):
    """A consumer's picture as we drew it anew from what was uploaded (consumers.logos): PNG, never hot-linked."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    consumer = TenantForeignKey(Consumer, models.CASCADE, related_name="logos")
    png = models.BinaryField()
    etag = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "consumer"], name="consumers_logo_once")]

    def __str__(self) -> str:
        return self.etag


class ConsumerGroup(models.Model):
    """A consumer's tie to a permission group of the same company."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    consumer = TenantForeignKey(Consumer, models.CASCADE, related_name="group_ties")
    group = TenantForeignKey(PermissionGroup, models.CASCADE, related_name="consumer_ties")

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "consumer", "group"], name="consumers_group_once"),
        ]
        indexes = [models.Index(fields=["tenant", "group"], name="consumers_group_of_group")]

    def __str__(self) -> str:
        return f"{self.consumer_id} in {self.group_id}"


class ConsumerSecretQuerySet(TenantQuerySet["ConsumerSecret"]):
    def working(self) -> ConsumerSecretQuerySet:
        return self.filter(retired_at=None).exclude(expires_at__lte=timezone.now())


class ConsumerSecret(models.Model):
    """One of a consumer's secrets. The secret itself was shown once; here are its digest and last four."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    consumer = TenantForeignKey(Consumer, models.CASCADE, related_name="secrets")
    name = models.CharField(_("name"), max_length=80, validators=[validate_visible])
    digest = models.BinaryField(max_length=32)
    last_four = models.CharField(max_length=4)
    created_at = models.DateTimeField(_("creation date"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    objects: ClassVar[Any] = TenantManager.of(ConsumerSecretQuerySet)()

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "consumer", "digest"], name="consumers_secret_once"),
            models.UniqueConstraint(
                fields=["tenant", "consumer", "name"],
                condition=models.Q(retired_at=None),
                name="consumers_secret_name_once",
            ),
        ]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} (…{self.last_four})"

    @property
    def state(self) -> str:
        if self.retired_at:
            return "retired"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "active"


class ConsumerUserObjectPermission(UserObjectPermissionBase):
    """django-guardian's row "this person may manage this consumer", fenced by company like all others."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    content_object = TenantForeignKey(Consumer, models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        unique_together = [["tenant", "user", "permission", "content_object"]]
        indexes = [models.Index(fields=["tenant", "content_object"], name="consumers_manager_consumer")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.tenant_id = self.content_object.tenant_id
        super().save(*args, **kwargs)
