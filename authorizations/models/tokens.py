"""Tokens as rows: the digest, whose they are and until when. Never the token itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from oauth2_provider.models import AbstractAccessToken, AbstractIDToken, AbstractRefreshToken

from authorizations.models.authorization import Authorization
from authorizations.models.families import TokenFamily
from consumers.models import Consumer
from tenants.models import Tenant
from tenants.scoping import TenantForeignKey, TenantManager, TenantQuerySet


class AccessToken(AbstractAccessToken):
    """An opaque access token. About 200 bytes with its indexes, so DOT's convenience columns are gone.

    The references carry no constraint in the database: the one INSERT that makes a row selects it from
    the live consumer and authorization, and every use joins them again.
    """

    id = None
    token = None
    id_token = None
    source_refresh_token = None
    resource = None
    updated = None

    token_checksum = models.BinaryField(max_length=32, primary_key=True)
    tenant = models.ForeignKey(Tenant, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    application = TenantForeignKey(Consumer, models.DO_NOTHING, related_name="+", db_column="consumer_id")
    authorization = TenantForeignKey(Authorization, models.DO_NOTHING, related_name="+")
    # null for a machine's.
    family = TenantForeignKey(TokenFamily, models.DO_NOTHING, null=True, related_name="+")
    # The APIs it is for (RFC 8707 §2.2); null: the company's own.
    audience = ArrayField(models.TextField(), null=True)
    user = models.ForeignKey(
        "accounts.User", models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    created = models.DateTimeField()

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta(AbstractAccessToken.Meta):
        abstract = False
        indexes = [BrinIndex(fields=["expires"], name="authorizations_token_expiry", autosummarize=True)]


class RefreshToken(AbstractRefreshToken):
    """Used once, for a successor (RFC 9700 §4.14). The successor is the HMAC of this one's plaintext with `salt`, so
    whoever presents this one again within seconds gets the very same, though nothing of it is kept but its digest.

    Like access tokens it has no constraints in the database: each would lock the company's row with every refresh.
    """

    id = None
    user = None
    token = None
    application = None
    access_token = None
    token_family = None
    resource = None
    updated = None
    revoked = None

    tenant = models.ForeignKey(Tenant, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    token_checksum = models.BinaryField(max_length=16, primary_key=True)
    family = TenantForeignKey(TokenFamily, models.DO_NOTHING, related_name="refresh_tokens")
    created = models.DateTimeField()
    # Unused until then it is dead, whatever its family has left.
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    salt = models.BinaryField(max_length=16, null=True)
    successor = models.BinaryField(max_length=16, null=True)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta(AbstractRefreshToken.Meta):
        abstract = False
        unique_together: ClassVar[list[Any]] = []
        indexes: ClassVar[list[Any]] = [
            # As that of codes.
            models.Index(fields=["family"], name="authorizations_refresh_family"),
            BrinIndex(fields=["expires"], name="authorizations_refresh_expiry", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"refresh token of {self.family_id}"


class IDToken(AbstractIDToken):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    application = TenantForeignKey(Consumer, models.CASCADE, related_name="+", db_column="consumer_id")
    user = models.ForeignKey("accounts.User", models.CASCADE, null=True, related_name="+", db_index=False)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta(AbstractIDToken.Meta):
        abstract = False


class RevokedToken(models.Model):
    """A signed (RFC 9068) access token that was revoked before it expired, by its `jti`."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    jti = models.BinaryField(max_length=16, primary_key=True)
    expires = models.DateTimeField()

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta:
        indexes = [BrinIndex(fields=["expires"], name="authorizations_revoked_expiry", autosummarize=True)]

    def __str__(self) -> str:
        return bytes(self.jti).hex()
