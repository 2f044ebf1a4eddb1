"""What a token is worth now."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from dataclasses import dataclass, field

from oauth.postgres import Param, Row
from oauth.request import WireRequest
from oauth.store.people import LIVE, MEMBER, WITHIN_ROLE
from oauth.store.way_in import CLIENT, COMPANY, DOUBT, OF_MACHINE, Caller, Client, ask_for, joined, number, twin
from permissions.scopes import IDENTITY, Scopes

EVERYTHING = "*"
# `o` is the token's owner. A machine whose authorization was revoked has no permissions left to see other consumers'
# tokens with.
SEEN = f"""
SELECT CASE {DOUBT} END, t.id, c.id, c.name, s.id,
  CASE WHEN c.authorization_grant_type <> 'client-credentials' OR own.id IS NOT NULL
    THEN array_to_string(c.ceiling, ' ') END,
  CASE WHEN c.authorization_grant_type <> 'client-credentials' OR own.id IS NOT NULL THEN c.resource END,
  o.id, o.client_id, array_to_string(o.ceiling, ' '), o.pairwise_subject, t.subject_salt, u.subject,
  CASE WHEN m.role = 'super_admin' THEN '{EVERYTHING}'
    ELSE array_to_string(ARRAY(SELECT scope FROM unnest(m.ceiling) scope WHERE {WITHIN_ROLE}), ' ') END"""
OWN = joined("authorizations_authorization", "own", f"own.consumer_id = c.id AND {OF_MACHINE.format('own')}")


def alive(*, owner: str, family: str, authorization: str) -> str:
    """Who and what a token hangs on, named by these expressions; `a` is only there when all of it lives. Without a
    family it is a machine's."""
    whole = f"""{LIVE} AND a.consumer_id = o.id
    AND CASE WHEN {family} IS NULL THEN a.user_id IS NULL ELSE u.id IS NOT NULL AND f.authorization_id = a.id END"""
    return f"""
  {joined("consumers_consumer", "o", owner, "o.suspended_at IS NULL AND o.deleted_at IS NULL")}
  {joined("authorizations_tokenfamily", "f", f"f.id = {family}", "f.consumer_id = o.id AND f.ended_at IS NULL")}
  {MEMBER}
  LEFT JOIN accounts_user u ON u.id = m.user_id AND u.is_active
    AND (u.tokens_not_before IS NULL OR least(f.signed_in_at, f.created_at) >= u.tokens_not_before)
  {joined("authorizations_authorization", "a", f"a.id = {authorization}", whole)}
"""


# $5 the token's digest.
INTROSPECT = f"""
WITH {COMPANY}
{SEEN}, a.id, k.scope, floor(extract(epoch FROM k.created))::bigint, floor(extract(epoch FROM k.expires))::bigint,
  array_to_string(k.audience, ' ')
{CLIENT} {OWN}
  LEFT JOIN authorizations_accesstoken k ON k.tenant_id = t.id AND k.token_checksum = $5::bytea AND k.expires > now()
  {alive(owner="o.id = k.consumer_id", family="k.family_id", authorization="k.authorization_id")}
"""
# A refresh token that waits to be used, of the caller alone.
INTROSPECT_REFRESH = f"""
WITH {COMPANY}
{SEEN}, CASE WHEN f.refreshable_until > now() THEN a.id END, array_to_string(f.scopes, ' '),
  floor(extract(epoch FROM k.created))::bigint,
  floor(extract(epoch FROM least(k.expires, f.refreshable_until)))::bigint, ''
{CLIENT} {OWN}
  LEFT JOIN authorizations_refreshtoken k ON k.tenant_id = t.id AND k.token_checksum = $5::bytea
    AND k.expires > now() AND k.used_at IS NULL AND c.issues_refresh_tokens
  {alive(owner="o.id = c.id", family="k.family_id", authorization="f.authorization_id")}
"""
# $5 key id, $6 jti, $7 client_id, $8 authorization, $9 scope, $10 iat, $11 exp, $12 family or 0, $13 audience, all as
# the claims say: the answer counts only if the signature proves right under the public key that comes with it.
INTROSPECT_SIGNED = f"""
WITH {COMPANY}
{SEEN}, CASE WHEN r.jti IS NULL AND to_timestamp($11::bigint) > now() AND g.id IS NOT NULL THEN a.id END,
  $9::text, $10::bigint, $11::bigint, $13::text, g.public_jwk
{CLIENT} {OWN}
  LEFT JOIN oauth_signingkey g ON g.tenant_id = t.id AND g.kid = $5::text
  LEFT JOIN authorizations_revokedtoken r ON r.tenant_id = t.id AND r.jti = $6::bytea
  {alive(owner="o.client_id = $7::text", family="nullif($12::bigint, 0)", authorization="$8::bigint")}
"""

introspecting = twin("introspect", INTROSPECT)
introspecting_refresh = twin("introspect_refresh", INTROSPECT_REFRESH)
introspecting_signed = twin("introspect_signed", INTROSPECT_SIGNED)


@dataclass(slots=True)
class Seen(Caller):
    """What introspection found. `authorization` is 0 when the token is of no use any more; `subject` is "" in a
    machine's; `left` is what it is still worth; `caller_resource` the API the caller is, if it may ask at all;
    `audience` is empty for the company's own API. `consumer` is the caller, `owner` whose token it is."""

    caller_scopes: str = ""
    caller_resource: str = ""
    authorization: int = 0
    owner: int = 0
    client_id: str = ""
    pairwise_subject: bool = False
    subject_salt: str = ""
    subject: str = ""
    left: Scopes = frozenset()
    created: int = 0
    expires: int = 0
    audience: list[str] = field(default_factory=list)
    public_jwk: str = ""

    @property
    def is_own(self) -> bool:
        return self.owner == self.consumer


def introspect(request: WireRequest, client: Client, digest: bytes) -> Seen:
    return _seen(ask_for(request, client, introspecting.asked(request, *client, digest)))


def introspect_refresh(request: WireRequest, client: Client, digest: bytes) -> Seen:
    return _seen(ask_for(request, client, introspecting_refresh.asked(request, *client, digest)))


def introspect_signed(request: WireRequest, client: Client, claims: tuple[Param, ...]) -> Seen:
    """`claims` are kid, jti, client_id, authorization, scope, iat, exp, family and audience of a token not verified
    yet."""
    return _seen(ask_for(request, client, introspecting_signed.asked(request, *client, *claims)))


def _seen(row: Row) -> Seen:
    doubt, tenant, consumer, name, secret, caller_scopes, caller_resource, *owner = row
    seen = Seen(int(tenant), doubt, number(consumer), name, number(secret), caller_scopes, caller_resource)
    number_of_owner, client_id, ceiling, pairwise, salt, subject, held, authorization, *found = owner
    if authorization:
        scope, created, expires, audience, *jwk = found
        seen.authorization, seen.owner, seen.client_id = int(authorization), int(number_of_owner), client_id
        seen.pairwise_subject, seen.subject_salt, seen.subject = pairwise == "t", salt, subject
        seen.left = worth(scope, ceiling, held if subject else None)
        seen.created, seen.expires, seen.audience = int(created), int(expires), audience.split()
        seen.public_jwk = jwk[0] if jwk else ""
    return seen


def worth(scope: str, ceiling: str, held: str | None) -> Scopes:
    """Of a token's scopes, what its consumer may get and its person, if it has one, may do."""
    scopes, most = frozenset(scope.split()), frozenset(ceiling.split(" "))
    if held is None:
        return scopes & most
    return scopes & (IDENTITY | (most if held == EVERYTHING else most.intersection(held.split(" "))))
