"""A token for a machine: authenticate, narrow and keep (or not), in one statement."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from dataclasses import dataclass, field

from oauth.postgres import Row
from oauth.request import WireRequest
from oauth.store.apis import MEANINGFUL, named
from oauth.store.way_in import CLIENT, COMPANY, DOUBT, NOW, OF_MACHINE, Caller, Client, ask_for, joined, number, twin
from permissions.scopes import render

# $5 the scopes asked for, separated by spaces, or null: then the consumer's default ones, or all it may get.
WANTED = """
    CASE
      WHEN $5::text IS NOT NULL THEN string_to_array($5::text, ' ')
      WHEN cardinality(c.default_scopes) = 0 THEN c.ceiling
      ELSE ARRAY(SELECT scope FROM unnest(c.ceiling) scope WHERE scope = ANY (c.default_scopes))
    END
"""
NOTHING_WANTED = """
      WHEN $5::text IS NULL AND (cardinality(c.ceiling) = 0
        OR cardinality(c.default_scopes) > 0 AND NOT c.default_scopes::text[] && c.ceiling) THEN 'no_scope_left'
"""
# $6 (opaque only) the token's digest. Consumer.ceiling is kept
# by triggers in the transaction that changes a group, a tie or a module (consumers/migrations/0004_ceiling). A
# consumer's own lifetime is not longer than its company's (least() passes over null): a company that shortens its own
# shortens all at once.
NARROWED = f"""
WITH {COMPANY},
verdict AS MATERIALIZED (
  SELECT t.id AS tenant, c.id AS consumer, c.name, s.id AS secret, a.id AS authorization_id, c.token_format,
    least(c.access_token_seconds, t.access_token_seconds) AS seconds, {WANTED} AS scopes,
    CASE {DOUBT}
      WHEN c.authorization_grant_type <> 'client-credentials' THEN 'wrong_grant_type'
      WHEN a.id IS NULL THEN 'authorization_revoked'
      WHEN $5::text IS NOT NULL AND NOT string_to_array($5::text, ' ') <@ c.ceiling THEN 'scope_beyond_groups'
      {NOTHING_WANTED}
    END AS refusal
  {CLIENT}
  {joined("authorizations_authorization", "a", f"a.consumer_id = c.id AND {OF_MACHINE.format('a')}")}
)
"""
FACTS = f"""
SELECT refusal, tenant, consumer, name, secret, authorization_id, array_to_string(scopes, ' '), token_format,
  seconds, {NOW}"""
ISSUE_OPAQUE = f"""
{NARROWED},
kept AS (
  INSERT INTO authorizations_accesstoken
    (tenant_id, token_checksum, consumer_id, authorization_id, scope, created, expires)
  SELECT tenant, $6::bytea, consumer, authorization_id, array_to_string(scopes, ' '), now(),
    now() + make_interval(secs => seconds)
  FROM verdict WHERE refusal IS NULL AND token_format = 'opaque'
)
{FACTS} FROM verdict
"""
ISSUE_SIGNED = f"""
{NARROWED}
{FACTS}, CASE WHEN refusal IS NULL AND token_format = 'jwt' THEN (
  SELECT k.kid || ' ' || k.sealed FROM oauth_signingkey k
  WHERE k.tenant_id = tenant AND k.state = 'active' AND k.algorithm = 'ES256') END
FROM verdict
"""

# The same for other APIs than the company's own, which is asked for so much more often that it has statements of its
# own. $7 to $9 are resources.target()'s; a signed token has $6 too, and does not use it.
TARGETED = f"""
{NARROWED},
target AS MATERIALIZED (
  SELECT v.*, array_remove(array_append(r.resources, $9::text), NULL) AS audience, s.scopes AS meaningful,
    CASE
      WHEN refusal IS NOT NULL THEN refusal
      WHEN cardinality(r.resources) <> $8::int THEN 'unknown_resource'
      WHEN s.scopes = '{{}}' THEN 'no_scope_there'
    END AS outcome
  FROM company t CROSS JOIN verdict v {named(7)}
  CROSS JOIN LATERAL (SELECT ARRAY(SELECT scope FROM unnest(v.scopes) scope WHERE {MEANINGFUL}) AS scopes) s
)
"""
TARGETED_FACTS = f"""
SELECT outcome, tenant, consumer, name, secret, authorization_id, array_to_string(meaningful, ' '), token_format,
  seconds, {NOW}, array_to_string(audience, ' ')"""
ISSUE_OPAQUE_FOR = f"""
{TARGETED},
kept AS (
  INSERT INTO authorizations_accesstoken
    (tenant_id, token_checksum, consumer_id, authorization_id, audience, scope, created, expires)
  SELECT tenant, $6::bytea, consumer, authorization_id, audience, array_to_string(meaningful, ' '), now(),
    now() + make_interval(secs => seconds)
  FROM target WHERE outcome IS NULL AND token_format = 'opaque'
)
{TARGETED_FACTS} FROM target
"""
ISSUE_SIGNED_FOR = f"""
{TARGETED}
{TARGETED_FACTS}, CASE WHEN outcome IS NULL AND token_format = 'jwt' AND $6::bytea IS NULL THEN (
  SELECT k.kid || ' ' || k.sealed FROM oauth_signingkey k
  WHERE k.tenant_id = tenant AND k.state = 'active' AND k.algorithm = 'ES256') END
FROM target
"""

issuing_opaque = twin("issue_opaque", ISSUE_OPAQUE)
issuing_signed = twin("issue_signed", ISSUE_SIGNED)
issuing_opaque_for = twin("issue_opaque_for", ISSUE_OPAQUE_FOR)
issuing_signed_for = twin("issue_signed_for", ISSUE_SIGNED_FOR)

type Target = tuple[str, int, str | None]


@dataclass(slots=True)
class Issued(Caller):
    """The grant's outcome: a refusal, or the facts the token is made of. `key` is "kid sealed-key". What a grant that
    acts for a person hands out beside the access token is added by it."""

    authorization: int = 0
    scope: str = ""
    token_format: str = ""
    seconds: int = 0
    now: int = 0
    key: str = ""
    # The APIs it is for; empty: the company's own.
    audience: list[str] = field(default_factory=list)
    refresh_token: str = ""
    id_token: str = ""


def issue_opaque(
    request: WireRequest, client: Client, asked: str | None, digest: bytes, target: Target | None = None
) -> Issued:
    """Authenticate the client, narrow what it asked for and keep the row of its token. Nothing is kept for a consumer
    whose tokens are signed: see `token_format`. `target` is resources.target()'s."""
    if target is not None:
        return _issued_for(ask_for(request, client, issuing_opaque_for.asked(request, *client, asked, digest, *target)))
    return _issued(ask_for(request, client, issuing_opaque.asked(request, *client, asked, digest)))


def issue_signed(request: WireRequest, client: Client, asked: str | None, target: Target | None = None) -> Issued:
    """The same for a signed token, of which nothing is kept. `key` is "" while the company has none."""
    if target is not None:
        return _issued_for(ask_for(request, client, issuing_signed_for.asked(request, *client, asked, None, *target)))
    return _issued(ask_for(request, client, issuing_signed.asked(request, *client, asked)))


def _issued_for(row: Row) -> Issued:
    issued = _issued(row[:10] + row[11:])
    issued.audience = row[10].split()
    return issued


def _issued(row: Row) -> Issued:
    refusal, tenant, consumer, name, secret, authorization, scope, token_format, seconds, now, *key = row
    return Issued(
        tenant=int(tenant),
        doubt=refusal,
        consumer=number(consumer),
        name=name,
        secret=number(secret),
        authorization=int(authorization or 0),
        # Groups may overlap.
        scope=render(set(scope.split())),
        token_format=token_format,
        seconds=int(seconds or 0),
        now=int(now),
        key=key[0] if key else "",
    )
