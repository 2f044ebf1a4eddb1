"""Tokens that have expired. An hour is kept, for clocks that disagree and for whoever looks into a failure."""

from __future__ import annotations

from tenants.cleaning import delete_batch


def drop_expired_access_tokens() -> int:
    return delete_batch("authorizations_accesstoken", "expires < now() - interval '1 hour'")


def drop_expired_revocations() -> int:
    """A revoked signed token needs remembering only while it would be valid."""
    return delete_batch("authorizations_revokedtoken", "expires < now() - interval '1 hour'")
