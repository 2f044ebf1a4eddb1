"""Whom an access token speaks for, and what of them its app may know now."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from dataclasses import dataclass

from oauth.postgres import Param, Row
from oauth.request import WireRequest
from oauth.store.people import HELD, HOLDERS
from oauth.store.way_in import COMPANY, OF_MACHINE, Client, ask_for, joined, twin
from permissions.scopes import Scopes

# `k` is the token. A machine's has no family and nobody to tell of; `alone` says whether it lives.
LEARNED = f"""
SELECT t.suspended_at IS NULL, t.id, k.authorization_id, k.family_id IS NULL AND alone.id IS NOT NULL,
  c.id, c.pairwise_subject, t.subject_salt, u.subject, u.email, u.full_name, u.language,
  CASE WHEN a.id IS NOT NULL AND m.id IS NOT NULL AND u.id IS NOT NULL
      AND (u.tokens_not_before IS NULL OR least(f.signed_in_at, f.created_at) >= u.tokens_not_before)
    THEN array_to_string(ARRAY(
      SELECT scope FROM unnest(string_to_array(k.scope, ' ')) scope WHERE scope = ANY (f.scopes) AND {HELD}
    ), ' ') END
"""
ALONE = f"alone.consumer_id = c.id AND {OF_MACHINE.format('alone')}"
OWNERS = f"""
  {joined("consumers_consumer", "c", "c.id = k.consumer_id", "c.suspended_at IS NULL AND c.deleted_at IS NULL")}
  {joined("authorizations_tokenfamily", "f", "f.id = k.family_id", "f.consumer_id = c.id AND f.ended_at IS NULL")}
  {joined("authorizations_authorization", "alone", "alone.id = k.authorization_id", ALONE)}
  {HOLDERS}
"""
# $2 the token's digest.
LEARN = f"""
WITH {COMPANY}
{LEARNED}
FROM company t
  LEFT JOIN authorizations_accesstoken k ON k.tenant_id = t.id AND k.token_checksum = $2::bytea AND k.expires > now()
  {OWNERS}
"""
# $2 key id, $3 jti, $4 client_id, $5 authorization, $6 family, $7 scope, $8 exp, all as the claims say: the answer
# counts only if the signature proves right under the public key that comes with it.
LEARN_SIGNED = f"""
WITH {COMPANY}
{LEARNED}, k.public_jwk
FROM company t
  LEFT JOIN LATERAL (
    SELECT o.id AS consumer_id, $5::bigint AS authorization_id, nullif($6::bigint, 0) AS family_id, $7::text AS scope,
      g.public_jwk
    FROM consumers_consumer o
    JOIN oauth_signingkey g ON g.tenant_id = t.id AND g.kid = $2::text
    LEFT JOIN authorizations_revokedtoken r ON r.tenant_id = t.id AND r.jti = $3::bytea
    WHERE o.tenant_id = t.id AND o.client_id = $4::text AND r.jti IS NULL AND to_timestamp($8::bigint) > now()
  ) k ON true
  {OWNERS}
"""

# Who asks is known only by the answer: until then all of an address are one caller.
BEARER = Client("", b"", "bearer")

learning = twin("learn", LEARN)
learning_signed = twin("learn_signed", LEARN_SIGNED)


@dataclass(slots=True)
class Learned:
    """`scopes` is empty when the token is worth nothing for a person; `is_machine`: it lives, but speaks for nobody."""

    tenant: int
    authorization: int
    is_machine: bool
    consumer: int
    pairwise_subject: bool
    subject_salt: str
    subject: str
    email: str
    full_name: str
    language: str
    scopes: Scopes
    public_jwk: str


def learn(request: WireRequest, digest: bytes) -> Learned | None:
    """Raises TooManyRequests, as the next does."""
    return _learned(ask_for(request, BEARER, learning.asked(request, digest)))


def learn_signed(request: WireRequest, claims: tuple[Param, ...]) -> Learned | None:
    """`claims` are kid, jti, client_id, authorization, family (0: none), scope, exp of a token not verified yet."""
    return _learned(ask_for(request, BEARER, learning_signed.asked(request, *claims)))


def _learned(row: Row) -> Learned | None:
    """None for a token that is unknown or worth nothing any more."""
    active, tenant, authorization, machine, consumer, pairwise, salt, subject, email, name, language, scopes, *jwk = row
    if active != "t" or not (machine == "t" or scopes):
        return None
    return Learned(
        int(tenant), int(authorization), machine == "t", int(consumer), pairwise == "t", salt, subject, email, name,
        language, frozenset(scopes.split()), jwk[0] if jwk else "",
    )  # fmt: skip
