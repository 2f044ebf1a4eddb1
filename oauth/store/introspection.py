"""What a token is worth now."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from dataclasses import dataclass

from oauth.postgres import Param, Row
from oauth.request import WireRequest
from oauth.store.way_in import CLIENT, COMPANY, DOUBT, Caller, Client, ask_for, number, twin

# `o` is the token's owner. A machine whose authorization was revoked has no permissions left to see other consumers'
# tokens with.
SEEN = f"""
SELECT CASE {DOUBT} END, t.id, c.id, c.name, s.id,
  CASE WHEN c.authorization_grant_type <> 'client-credentials' OR own.id IS NOT NULL
    THEN array_to_string(c.ceiling, ' ') END,
  o.id = c.id, o.client_id, array_to_string(o.ceiling, ' ')"""
OWN = """
  LEFT JOIN authorizations_authorization own ON own.tenant_id = t.id AND own.consumer_id = c.id
    AND own.user_id IS NULL AND own.revoked_at IS NULL
"""
# $5 the token's digest.
INTROSPECT = f"""
WITH {COMPANY}
{SEEN}, a.id, k.scope, floor(extract(epoch FROM k.created))::bigint, floor(extract(epoch FROM k.expires))::bigint
{CLIENT} {OWN}
  LEFT JOIN authorizations_accesstoken k ON k.tenant_id = t.id AND k.token_checksum = $5::bytea AND k.expires > now()
  LEFT JOIN consumers_consumer o ON o.tenant_id = t.id AND o.id = k.consumer_id
    AND o.suspended_at IS NULL AND o.deleted_at IS NULL
  LEFT JOIN authorizations_authorization a ON a.tenant_id = t.id AND a.id = k.authorization_id
    AND a.consumer_id = o.id AND a.revoked_at IS NULL
"""
# $5 key id, $6 jti, $7 client_id, $8 authorization, $9 scope, $10 iat, $11 exp, all as the claims say: the
# answer counts only if the signature proves right under the public key that comes with it.
INTROSPECT_SIGNED = f"""
WITH {COMPANY}
{SEEN}, CASE WHEN r.jti IS NULL AND to_timestamp($11::bigint) > now() AND g.id IS NOT NULL THEN a.id END,
  $9::text, $10::bigint, $11::bigint, g.public_jwk
{CLIENT} {OWN}
  LEFT JOIN oauth_signingkey g ON g.tenant_id = t.id AND g.kid = $5::text
  LEFT JOIN authorizations_revokedtoken r ON r.tenant_id = t.id AND r.jti = $6::bytea
  LEFT JOIN consumers_consumer o ON o.tenant_id = t.id AND o.client_id = $7::text
    AND o.suspended_at IS NULL AND o.deleted_at IS NULL
  LEFT JOIN authorizations_authorization a ON a.tenant_id = t.id AND a.id = $8::bigint
    AND a.consumer_id = o.id AND a.revoked_at IS NULL
"""

introspecting = twin("introspect", INTROSPECT)
introspecting_signed = twin("introspect_signed", INTROSPECT_SIGNED)


@dataclass(slots=True)
class Seen(Caller):
    """What introspection found. `authorization` is 0 when the token is of no use any more."""

    caller_scopes: str = ""
    authorization: int = 0
    is_own: bool = False
    client_id: str = ""
    scope: str = ""
    owner_scopes: str = ""
    created: int = 0
    expires: int = 0
    public_jwk: str = ""


def introspect(request: WireRequest, client: Client, digest: bytes) -> Seen:
    return _seen(ask_for(request, client, introspecting.asked(request, *client, digest)))


def introspect_signed(request: WireRequest, client: Client, claims: tuple[Param, ...]) -> Seen:
    """`claims` are kid, jti, client_id, authorization, scope, iat, exp of a token not verified yet."""
    return _seen(ask_for(request, client, introspecting_signed.asked(request, *client, *claims)))


def _seen(row: Row) -> Seen:
    doubt, tenant, consumer, name, secret, caller_scopes, own, client_id, owner_scopes, authorization, *found = row
    seen = Seen(int(tenant), doubt, number(consumer), name, number(secret), caller_scopes)
    if authorization:
        scope, created, expires, *jwk = found
        seen.authorization, seen.is_own, seen.client_id, seen.scope = int(authorization), own == "t", client_id, scope
        seen.owner_scopes, seen.created, seen.expires = owner_scopes, int(created), int(expires)
        seen.public_jwk = jwk[0] if jwk else ""
    return seen
