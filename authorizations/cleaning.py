"""What has expired. An hour is kept, for clocks that disagree and for whoever looks into a failure."""

from __future__ import annotations

from typing import LiteralString

from tenants.cleaning import delete_batch

# That nothing of `other` refers to a row any more; its own time comes first.
FREE: LiteralString = (
    "NOT EXISTS (SELECT FROM {other} o WHERE o.tenant_id = {table}.tenant_id AND o.{column} = {table}.id)"
)
DEVICES: LiteralString = "authorizations_devicecode"
FAMILIES: LiteralString = "authorizations_tokenfamily"
REQUESTS: LiteralString = "authorizations_authorizationrequest"
CODES: LiteralString = "authorizations_authorizationcode"
REFRESH_TOKENS: LiteralString = "authorizations_refreshtoken"


def drop_expired_access_tokens() -> int:
    return delete_batch("authorizations_accesstoken", "expires < now() - interval '1 hour'")


def drop_expired_revocations() -> int:
    """A revoked signed token needs remembering only while it would be valid."""
    return delete_batch("authorizations_revokedtoken", "expires < now() - interval '1 hour'")


def drop_expired_requests() -> int:
    """Apps' requests to act for somebody, answered or left."""
    return delete_batch(REQUESTS, "expires_at < now() - interval '1 hour'")


def drop_expired_codes() -> int:
    """Used ones too: till then, a second use is a replay."""
    return delete_batch(CODES, "expires < now() - interval '1 hour'")


def drop_expired_device_codes() -> int:
    free = FREE.format(other=REQUESTS, table=DEVICES, column="device_code_id")
    return delete_batch(DEVICES, f"expires < now() - interval '1 hour' AND {free}")


def drop_expired_refresh_tokens() -> int:
    """Used ones stay as long: that they come back is a theft."""
    return delete_batch(REFRESH_TOKENS, "expires < now() - interval '1 hour'")


def drop_ended_families() -> int:
    """A day after the last of a sign-in could be used: the longest access token lives two hours."""
    over: LiteralString = "least(ended_at, coalesce(refreshable_until, created_at)) < now() - interval '1 day'"
    tables: tuple[LiteralString, ...] = (REFRESH_TOKENS, CODES, REQUESTS, DEVICES)
    free = [FREE.format(other=other, table=FAMILIES, column="family_id") for other in tables]
    return delete_batch(FAMILIES, " AND ".join([over, *free]))
