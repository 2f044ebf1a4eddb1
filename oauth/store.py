"""Every SQL statement of the wire, on one page, and the functions that ask them.

Each begins with COMPANY, which finds the company and tells PostgreSQL so (`app.tenant`, for this transaction):
row-level security then lets the rest of the statement, which hangs on COMPANY's row by left joins, see that company's
rows. A row the planner reached any earlier would be seen by nobody. Nothing is trusted that was remembered from an
earlier request.
"""

# ruff: noqa: S608 (the statements are put together from constants of this page, never from a request)
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from oauth.errors import NotFound, TooManyRequests
from oauth.postgres import Asked, Line, Lines, Param, Row, Statement
from oauth.request import WireRequest
from permissions.scopes import render
from tenants.throttling import Answer, Ask, Leases, address_rate, bucket, consumer_rate, failure_rate, network

HERE = "nullif(current_setting('app.tenant', true), '')::bigint"
NOW = "floor(extract(epoch FROM now()))::bigint"

# $1 the company's address. MATERIALIZED: once, and before anything that asks for its id.
COMPANY = """
company AS MATERIALIZED (
  SELECT t.id, t.slug, t.modules, t.access_token_seconds, t.suspended_at,
    set_config('app.tenant', t.id::text, true)
  FROM tenants_tenant t WHERE t.slug = $1::text
)
"""
# $1 its own host name instead.
COMPANY_BY_HOST = COMPANY.replace(
    "FROM tenants_tenant t WHERE t.slug = $1::text",
    """FROM tenants_tenant t
  WHERE t.id = (SELECT d.tenant_id FROM tenants_domain d WHERE d.host = $1::text)""",
)


def take(name: str, key: str, secs: str, burst: str) -> str:
    """Permits from one bucket, as many of $1 as it has (GCRA); `wait` is how long it has none, if positive."""
    booked = "greatest(b.arrives_at, now())"
    room = f"floor({burst}::float8 - extract(epoch FROM {booked} - now())::float8 / {secs}::float8)"
    return f"""{name} AS (
  INSERT INTO tenants_throttle AS b (key, arrives_at)
  VALUES ({key}::bytea, now() + make_interval(secs => {secs}::float8 * least($1::int, {burst}::float8)))
  ON CONFLICT (key) DO UPDATE SET arrives_at =
    {booked} + make_interval(secs => {secs}::float8 * greatest(0, least($1::int, {room})))
  RETURNING round(extract(epoch FROM new.arrives_at - greatest(coalesce(old.arrives_at, now()), now()))::float8
      / {secs}::float8)::int AS permits,
    extract(epoch FROM new.arrives_at - now())::float8 - ({burst}::float8 - 1) * {secs}::float8 AS wait
)"""


# $1 permits wanted, $2 failures to note, then key, interval and burst of each of the three buckets.
BUCKETS = f"""
{take("by_consumer", "$3", "$4", "$5")},
{take("by_address", "$6", "$7", "$8")},
noted AS (
  INSERT INTO tenants_throttle AS b (key, arrives_at)
  SELECT $9::bytea, now() + make_interval(secs => $10::float8 * least($2::int, $11::float8)) WHERE $2::int > 0
  ON CONFLICT (key) DO UPDATE SET arrives_at = least(
    greatest(b.arrives_at, now()) + make_interval(secs => $10::float8 * $2::int),
    now() + make_interval(secs => $10::float8 * $11::float8))
  RETURNING arrives_at
),
failing AS (
  SELECT coalesce(extract(epoch FROM coalesce((SELECT arrives_at FROM noted),
    (SELECT arrives_at FROM tenants_throttle WHERE key = $9::bytea)) - now())::float8, 0)
    - ($11::float8 - 1) * $10::float8 AS wait
),
pass AS (
  SELECT CASE WHEN f.wait > 0 THEN 0 ELSE least(c.permits, a.permits) END AS permits,
    greatest(f.wait, c.wait, a.wait) AS wait
  FROM by_consumer c, by_address a, failing f
)
"""
THROTTLE = f"""
WITH {BUCKETS} SELECT permits, wait FROM pass
"""
# $2 the client's key, $3 the digest of its secret, $4 the method it used.
CLIENT = """
  FROM company t
  LEFT JOIN consumers_consumer c ON c.tenant_id = t.id AND c.client_id = $2::text AND c.deleted_at IS NULL
  LEFT JOIN consumers_consumersecret s ON s.tenant_id = t.id AND s.consumer_id = c.id AND s.digest = $3::bytea
"""
# Why the client is not believed.
DOUBT = """
      WHEN c.id IS NULL THEN 'unknown_key'
      WHEN s.id IS NULL THEN 'wrong_secret'
      WHEN s.retired_at IS NOT NULL THEN 'retired_secret'
      WHEN s.expires_at <= now() THEN 'expired_secret'
      WHEN c.token_endpoint_auth_method NOT IN ('', $4::text) THEN 'wrong_method'
      WHEN c.suspended_at IS NOT NULL THEN 'consumer_suspended'
      WHEN t.suspended_at IS NOT NULL THEN 'company_suspended'
"""
CALLER = f"""
{COMPANY},
caller AS (
  SELECT t.id AS tenant, c.id AS consumer, c.name, s.id AS secret, CASE {DOUBT} END AS doubt {CLIENT}
)
"""

# $5 the scopes asked for, separated by spaces, or null; $6 (opaque only) the token's digest. Consumer.ceiling is kept
# by triggers in the transaction that changes a group, a tie or a module (consumers/migrations/0004_ceiling). A
# consumer's own lifetime is not longer than its company's (least() passes over null): a company that shortens its own
# shortens all at once.
NARROWED = f"""
WITH {COMPANY},
verdict AS MATERIALIZED (
  SELECT t.id AS tenant, c.id AS consumer, c.name, s.id AS secret, a.id AS authorization_id, c.token_format,
    least(c.access_token_seconds, t.access_token_seconds) AS seconds,
    CASE
      WHEN $5::text IS NOT NULL THEN string_to_array($5::text, ' ')
      WHEN cardinality(c.default_scopes) = 0 THEN c.ceiling
      ELSE ARRAY(SELECT scope FROM unnest(c.ceiling) scope WHERE scope = ANY (c.default_scopes))
    END AS scopes,
    CASE {DOUBT}
      WHEN c.authorization_grant_type <> 'client-credentials' THEN 'wrong_grant_type'
      WHEN a.id IS NULL THEN 'authorization_revoked'
      WHEN $5::text IS NOT NULL AND NOT string_to_array($5::text, ' ') <@ c.ceiling THEN 'scope_beyond_groups'
      WHEN $5::text IS NULL AND (cardinality(c.ceiling) = 0
        OR cardinality(c.default_scopes) > 0 AND NOT c.default_scopes::text[] && c.ceiling) THEN 'no_scope_left'
    END AS refusal
  {CLIENT}
  LEFT JOIN authorizations_authorization a ON a.tenant_id = t.id AND a.consumer_id = c.id
    AND a.user_id IS NULL AND a.revoked_at IS NULL
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

AUDIT_COLUMNS = """(tenant_id, at, actor_name, verb, object_type, object_id, object_name, before, after,
    address, request_id, sequence, previous_hash, hash)"""
# $5 the token's digest, $6 address, $7 request id.
REVOKE = f"""
WITH {CALLER},
ended AS (
  DELETE FROM authorizations_accesstoken k USING caller
  WHERE caller.doubt IS NULL AND k.tenant_id = caller.tenant AND k.token_checksum = $5::bytea
    AND k.consumer_id = caller.consumer
  RETURNING k.authorization_id
),
line AS (
  INSERT INTO tenants_auditevent {AUDIT_COLUMNS}
  SELECT tenant, now(), name, 'token.revoked', 'consumer', consumer::text, name,
    jsonb_build_object('authorization', ended.authorization_id), '{{}}'::jsonb, $6::text::inet, $7::text, 0, ''::bytea,
    ''::bytea
  FROM caller, ended
)
SELECT doubt, tenant, consumer, name, secret FROM caller
"""
# $5 key id.
REVOKER = f"""
WITH {CALLER}
SELECT doubt, tenant, consumer, name, secret, k.public_jwk
FROM caller LEFT JOIN oauth_signingkey k ON k.tenant_id = caller.tenant AND k.kid = $5::text
"""
# $1 jti, $2 its expiry, $3 consumer, $4 its name, $5 authorization, $6 address, $7 request id.
REVOKE_SIGNED = f"""
WITH ended AS (
  INSERT INTO authorizations_revokedtoken (tenant_id, jti, expires)
  SELECT {HERE}, $1::bytea, to_timestamp($2::bigint) WHERE to_timestamp($2::bigint) > now()
  ON CONFLICT DO NOTHING RETURNING tenant_id
)
INSERT INTO tenants_auditevent {AUDIT_COLUMNS}
SELECT tenant_id, now(), $4::text, 'token.revoked', 'consumer', $3::bigint::text, $4::text,
  jsonb_build_object('authorization', $5::bigint), '{{}}'::jsonb, $6::text::inet, $7::text, 0, ''::bytea,
  ''::bytea
FROM ended
"""

FIND_COMPANY = f"""
WITH {COMPANY} SELECT id, slug, suspended_at IS NULL FROM company
"""
KEYS = f"""
WITH {COMPANY}
SELECT id, slug, suspended_at IS NULL, (SELECT json_agg(k.public_jwk ORDER BY k.created_at, k.kid)
  FROM oauth_signingkey k WHERE k.tenant_id = company.id)
FROM company
"""

# $2 key id, $3 public JWK, $4 sealed private key.
KEEP_FIRST_KEY = f"""
WITH {COMPANY}
INSERT INTO oauth_signingkey (tenant_id, kid, algorithm, state, public_jwk, sealed, created_at, activated_at)
SELECT id, $2::text, 'ES256', 'active', $3::text::jsonb, $4::text, now(), now() FROM company
ON CONFLICT DO NOTHING
"""


class Twin(NamedTuple):
    """A statement that finds its company by address, and its double that does by host name."""

    by_slug: Statement
    by_host: Statement

    def asked(self, request: WireRequest, *params: Param) -> Asked:
        if request.host is None:
            return Asked(self.by_slug, (request.slug, *params))
        return Asked(self.by_host, (request.host, *params))


def twin(name: str, sql: str) -> Twin:
    by_host = sql.replace(COMPANY, COMPANY_BY_HOST)
    return Twin(Statement(name.encode(), sql.encode()), Statement(f"{name}_by_host".encode(), by_host.encode()))


issuing_opaque = twin("issue_opaque", ISSUE_OPAQUE)
issuing_signed = twin("issue_signed", ISSUE_SIGNED)
introspecting = twin("introspect", INTROSPECT)
introspecting_signed = twin("introspect_signed", INTROSPECT_SIGNED)
revoking = twin("revoke", REVOKE)
finding_revoker = twin("revoker", REVOKER)
finding_company = twin("company", FIND_COMPANY)
listing_keys = twin("keys", KEYS)
keeping_first_key = twin("keep_first_key", KEEP_FIRST_KEY)
revoking_signed = Statement(b"revoke_signed", REVOKE_SIGNED.encode())
throttling = Statement(b"throttle", THROTTLE.encode())
lines = Lines()
leases = Leases()


class Client(NamedTuple):
    """Who somebody says they are: the key, the digest of the secret, and how they said it."""

    key: str
    digest: bytes
    method: str


@dataclass(slots=True)
class Caller:
    """What the company knows of a client. `doubt` is why it is not believed, "" when it is."""

    tenant: int
    doubt: str
    consumer: int | None
    name: str
    secret: int | None


@dataclass(slots=True)
class Issued(Caller):
    """The grant's outcome: a refusal, or the facts the token is made of. `key` is "kid sealed-key"."""

    authorization: int = 0
    scope: str = ""
    token_format: str = ""
    seconds: int = 0
    now: int = 0
    key: str = ""


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


def issue_opaque(request: WireRequest, client: Client, asked: str | None, digest: bytes) -> Issued:
    """Authenticate the client, narrow what it asked for and keep the row of its token. Nothing is kept for a consumer
    whose tokens are signed: see `token_format`."""
    return _issued(_ask_for(request, client, issuing_opaque.asked(request, *client, asked, digest)))


def issue_signed(request: WireRequest, client: Client, asked: str | None) -> Issued:
    """The same for a signed token, of which nothing is kept. `key` is "" while the company has none."""
    return _issued(_ask_for(request, client, issuing_signed.asked(request, *client, asked)))


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


def introspect(request: WireRequest, client: Client, digest: bytes) -> Seen:
    return _seen(_ask_for(request, client, introspecting.asked(request, *client, digest)))


def introspect_signed(request: WireRequest, client: Client, claims: tuple[Param, ...]) -> Seen:
    """`claims` are kid, jti, client_id, authorization, scope, iat, exp of a token not verified yet."""
    return _seen(_ask_for(request, client, introspecting_signed.asked(request, *client, *claims)))


def _seen(row: Row) -> Seen:
    doubt, tenant, consumer, name, secret, caller_scopes, own, client_id, owner_scopes, authorization, *found = row
    seen = Seen(int(tenant), doubt, number(consumer), name, number(secret), caller_scopes)
    if authorization:
        scope, created, expires, *jwk = found
        seen.authorization, seen.is_own, seen.client_id, seen.scope = int(authorization), own == "t", client_id, scope
        seen.owner_scopes, seen.created, seen.expires = owner_scopes, int(created), int(expires)
        seen.public_jwk = jwk[0] if jwk else ""
    return seen


def revoke(request: WireRequest, client: Client, digest: bytes) -> Caller:
    """End the client's own opaque token, if this is one, with its line in the log."""
    asked = revoking.asked(request, *client, digest, request.address, request.request_id)
    return _caller(_ask_for(request, client, asked))


def revoke_signed(
    request: WireRequest, client: Client, kid: str, jti: bytes, expires: int, authorization: int,
    is_genuine: Callable[[str], bool],
) -> Caller:  # fmt: skip
    """End the client's own signed token: `is_genuine` judges it under the public key found, in the middle of
    the one transaction, so that nothing is written on the word of a forged one."""
    finding = finding_revoker.asked(request, *client, kid)

    def work(line: Line) -> Row | None:
        (row,) = line.begin(finding)
        if row is not None and not row[0] and is_genuine(row[5]):
            about = (int(row[2]), row[3], authorization, request.address, request.request_id)
            line.ask(Asked(revoking_signed, (jti, expires, *about)))
        else:
            line.ask()
        return row

    _admit(request, client)
    return _caller(_found(_run(work)))


def _caller(row: Row) -> Caller:
    doubt, tenant, consumer, name, secret = row[:5]
    return Caller(int(tenant), doubt, number(consumer), name, number(secret))


class Company(NamedTuple):
    id: int
    slug: str


def find_company(request: WireRequest) -> Company:
    """The company asked for. Raises NotFound, also for a suspended one."""
    return _company(_one(finding_company.asked(request)))


def public_keys(request: WireRequest) -> tuple[Company, str]:
    """The company and its public keys, a JSON array, "" while it has none. Raises NotFound, also for a suspended
    company."""
    row = _one(listing_keys.asked(request))
    return _company(row), row[3]


def keep_first_key(request: WireRequest, kid: str, public_jwk: str, sealed: str) -> None:
    """Give the company its first signing key, unless another request was faster."""
    asked = keeping_first_key.asked(request, kid, public_jwk, sealed)
    _run(lambda line: line.ask(asked))


def _company(row: Row) -> Company:
    if row[2] != "t":
        raise NotFound
    return Company(int(row[0]), row[1])


# The way in


def _ask_for(request: WireRequest, client: Client, asked: Asked) -> Row:
    _admit(request, client)
    return _one(asked)


def _one(asked: Asked) -> Row:
    return _found(_run(lambda line: line.ask(asked))[0])


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _caller_key(request: WireRequest, client: Client) -> tuple[str, str, str]:
    return (request.slug or request.host or "", client.key, network(request.address))


def _admit(request: WireRequest, client: Client) -> None:
    """One permit, from this process's lease or from the database in a transaction of its own: the buckets of a
    busy client must not stay locked while its token is written to disk."""
    caller = _caller_key(request, client)
    verdict = leases.take(caller)
    if isinstance(verdict, Ask):
        permits, wait = _one(Asked(throttling, _bucket_params(verdict, caller)))
        verdict = leases.settle(caller, verdict, Answer(int(permits), float(wait)))
    if verdict is not None:
        raise TooManyRequests(ceil(verdict))


def _bucket_params(ask: Ask, caller: tuple[str, str, str]) -> tuple[Param, ...]:
    company, key, place = caller
    params: list[Param] = [ask.permits, ask.failures]
    for rate, name in (
        (consumer_rate(), bucket("consumer", company, key, place)),
        (address_rate(), bucket("address", place)),
        (failure_rate(), bucket("failures", company, key, place)),
    ):
        params += [name, rate.interval_seconds, rate.burst]
    return tuple(params)


def note_failure(request: WireRequest, client: Client) -> None:
    leases.failed(_caller_key(request, client))


def _run[T](work: Callable[[Line], T]) -> T:
    return lines.run(work)


def number(value: str) -> int | None:
    return int(value) if value else None
