"""Tokens as rows: the digest, whose they are and until when. Never the token itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from oauth2_provider.models import AbstractAccessToken, AbstractIDToken, AbstractRefreshToken

from authorizations.models.authorization import Authorization
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
    user = models.ForeignKey(
        "accounts.User", models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    created = models.DateTimeField()

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta(AbstractAccessToken.Meta):
        abstract = False
        indexes = [BrinIndex(fields=["expires"], name="authorizations_token_expiry", autosummarize=True)]


class RefreshToken(AbstractRefreshToken):
    token = None
    access_token = None
    resource = None
    updated = None

    token_checksum = models.BinaryField(max_length=32)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    application = TenantForeignKey(Consumer, models.CASCADE, related_name="+", db_column="consumer_id")
    authorization = TenantForeignKey(Authorization, models.CASCADE, related_name="refresh_tokens")
    user = models.ForeignKey("accounts.User", models.CASCADE, null=True, related_name="+", db_index=False)

    objects: ClassVar[Any] = TenantManager.of(TenantQuerySet)()

    class Meta(AbstractRefreshToken.Meta):
        abstract = False
        unique_together: ClassVar[list[Any]] = []
        indexes: ClassVar[list[Any]] = []
        constraints = [models.UniqueConstraint(fields=["tenant", "token_checksum"], name="authorizations_refresh_once")]


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
