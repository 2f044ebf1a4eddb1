"""Every SQL statement of the wire, on one page, and the functions that ask them.

A company's rows are visible only after ENTER has set `app.tenant` for the transaction it travels with: no such
company, or no permit left, and the statements behind it see nothing and change nothing. No statement trusts
anything remembered from an earlier request.
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
from tenants.throttling import Answer, Ask, Leases, address_rate, bucket, consumer_rate, failure_rate, network

HERE = "nullif(current_setting('app.tenant', true), '')::bigint"
NOW = "floor(extract(epoch FROM now()))::bigint"


def company(slug: str, host: str) -> str:
    """A company by its address or, when that is null, by a host name of its own."""
    return f"""(SELECT t.id, t.slug, t.suspended_at IS NULL AS active FROM tenants_tenant t
    WHERE t.slug = coalesce({slug}::text, (SELECT o.slug FROM tenants_domain d
      JOIN tenants_tenant o ON o.id = d.tenant_id WHERE d.host = {host}::text)))"""


# $1 the company's address or null, $2 its own host name or null.
ENTER = f"""
SELECT set_config('app.tenant', c.id::text, true), c.id, c.slug, c.active FROM {company("$1", "$2")} c
"""


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
# $12, $13 as $1, $2 of ENTER. Without a permit nobody enters.
ENTER_THROTTLED = f"""
WITH {BUCKETS}
SELECT CASE WHEN p.permits > 0 THEN set_config('app.tenant', c.id::text, true) END, c.id, c.slug, c.active,
  p.permits, p.wait
FROM pass p LEFT JOIN {company("$12", "$13")} c ON true
"""

# $1 the client's key, $2 the digest of its secret, $3 the method it used. `doubt` is why it is not believed.
CALLER = f"""
caller AS (
  SELECT t.id AS tenant, t.modules, t.access_token_seconds AS company_seconds, c.id AS consumer, c.name,
    c.authorization_grant_type AS grant_type, c.token_format, c.access_token_seconds AS own_seconds,
    c.default_scopes, s.id AS secret,
    CASE
      WHEN c.id IS NULL THEN 'unknown_key'
      WHEN s.id IS NULL THEN 'wrong_secret'
      WHEN s.retired_at IS NOT NULL THEN 'retired_secret'
      WHEN s.expires_at <= now() THEN 'expired_secret'
      WHEN c.token_endpoint_auth_method NOT IN ('', $3::text) THEN 'wrong_method'
      WHEN c.suspended_at IS NOT NULL THEN 'consumer_suspended'
      WHEN t.suspended_at IS NOT NULL THEN 'company_suspended'
    END AS doubt
  FROM tenants_tenant t
  LEFT JOIN consumers_consumer c ON c.tenant_id = t.id AND c.client_id = $1::text AND c.deleted_at IS NULL
  LEFT JOIN consumers_consumersecret s ON s.tenant_id = t.id AND s.consumer_id = c.id AND s.digest = $2::bytea
  WHERE t.id = {HERE}
)
"""


def groups_of(tenant: str, consumer: str) -> str:
    return f"""consumers_consumergroup g
      JOIN permissions_permissiongroup p ON p.tenant_id = g.tenant_id AND p.id = g.group_id
      WHERE g.tenant_id = {tenant} AND g.consumer_id = {consumer}"""


def group_scopes(tenant: str, consumer: str) -> str:
    return f"(SELECT string_agg(array_to_string(p.scopes, ' '), ' ') FROM {groups_of(tenant, consumer)})"


# $4 the scopes asked for, separated by spaces, or null; $5 the digest an opaque token would have.
ISSUE = f"""
WITH {CALLER},
entitled AS (
  SELECT caller.*, a.id AS authorization_id, ARRAY(
    SELECT DISTINCT scope FROM (SELECT unnest(p.scopes) AS scope FROM
      {groups_of("caller.tenant", "caller.consumer")}) granted
    WHERE split_part(scope, ':', 1) = ANY (caller.modules)) AS ceiling
  FROM caller LEFT JOIN authorizations_authorization a ON a.tenant_id = caller.tenant
    AND a.consumer_id = caller.consumer AND a.user_id IS NULL AND a.revoked_at IS NULL
),
narrowed AS (
  SELECT *, CASE
      WHEN $4::text IS NOT NULL THEN string_to_array($4::text, ' ')
      ELSE ARRAY(SELECT scope FROM unnest(ceiling) scope
        WHERE cardinality(default_scopes) = 0 OR scope = ANY (default_scopes) ORDER BY scope)
    END AS scopes, coalesce(own_seconds, company_seconds) AS seconds
  FROM entitled
),
verdict AS (
  SELECT *, CASE
      WHEN doubt IS NOT NULL THEN doubt
      WHEN grant_type <> 'client-credentials' THEN 'wrong_grant_type'
      WHEN authorization_id IS NULL THEN 'authorization_revoked'
      WHEN NOT scopes <@ ceiling THEN 'scope_beyond_groups'
      WHEN cardinality(scopes) = 0 THEN 'no_scope_left'
    END AS refusal
  FROM narrowed
),
kept AS (
  INSERT INTO authorizations_accesstoken
    (tenant_id, token_checksum, consumer_id, authorization_id, scope, created, expires)
  SELECT tenant, $5::bytea, consumer, authorization_id, array_to_string(scopes, ' '), now(),
    now() + make_interval(secs => seconds)
  FROM verdict WHERE refusal IS NULL AND token_format = 'opaque'
)
SELECT refusal, tenant, consumer, name, secret, authorization_id, array_to_string(scopes, ' '), token_format,
  seconds, {NOW},
  CASE WHEN refusal IS NULL AND token_format = 'jwt' THEN (SELECT k.kid || ' ' || k.sealed FROM oauth_signingkey k
    WHERE k.tenant_id = tenant AND k.state = 'active' AND k.algorithm = 'ES256') END
FROM verdict
"""

# What introspection answers with; `k` is the token as its row or as its claims say.
FOUND = f"""
  SELECT k.scope, k.created, k.expires, k.authorization_id, o.id AS owner, o.client_id,
    {group_scopes("o.tenant_id", "o.id")} AS owner_scopes
  FROM k
  JOIN consumers_consumer o ON o.tenant_id = caller.tenant AND o.id = k.consumer_id
    AND o.suspended_at IS NULL AND o.deleted_at IS NULL
  JOIN authorizations_authorization a ON a.tenant_id = caller.tenant AND a.id = k.authorization_id
    AND a.consumer_id = o.id AND a.revoked_at IS NULL
"""
SEEN = f"""
SELECT doubt, tenant, consumer, name, secret,
  CASE WHEN owner <> consumer THEN {group_scopes("tenant", "consumer")} END,
  array_to_string(modules, ' '), authorization_id, owner = consumer, client_id, scope,
  owner_scopes, created, expires
"""
# $4 the token's digest.
INTROSPECT = f"""
WITH {CALLER}
{SEEN}
FROM caller LEFT JOIN LATERAL (
  WITH k AS (SELECT t.consumer_id, t.authorization_id, t.scope, floor(extract(epoch FROM t.created))::bigint AS created,
      floor(extract(epoch FROM t.expires))::bigint AS expires
    FROM authorizations_accesstoken t
    WHERE t.tenant_id = caller.tenant AND t.token_checksum = $4::bytea AND t.expires > now())
  {FOUND}
) found ON caller.doubt IS NULL
"""
# $4 key id, $5 jti, $6 client_id, $7 authorization, $8 scope, $9 iat, $10 exp, all as the claims say: the
# answer counts only if the signature proves right under the public key that comes with it.
INTROSPECT_SIGNED = f"""
WITH {CALLER}
{SEEN}, public_jwk
FROM caller LEFT JOIN LATERAL (
  WITH k AS (SELECT o.id AS consumer_id, $7::bigint AS authorization_id, $8::text AS scope, $9::bigint AS created,
      $10::bigint AS expires
    FROM consumers_consumer o WHERE o.tenant_id = caller.tenant AND o.client_id = $6::text
      AND to_timestamp($10::bigint) > now() AND NOT EXISTS (
        SELECT FROM authorizations_revokedtoken r WHERE r.tenant_id = caller.tenant AND r.jti = $5::bytea))
  SELECT seen.*, s.public_jwk FROM ({FOUND}) seen
  JOIN oauth_signingkey s ON s.tenant_id = caller.tenant AND s.kid = $4::text
) found ON caller.doubt IS NULL
"""

AUDIT_COLUMNS = """(tenant_id, at, actor_name, verb, object_type, object_id, object_name, before, after,
    address, request_id, sequence, previous_hash, hash)"""
# $4 the token's digest, $5 address, $6 request id.
REVOKE = f"""
WITH {CALLER},
ended AS (
  DELETE FROM authorizations_accesstoken k USING caller
  WHERE caller.doubt IS NULL AND k.tenant_id = caller.tenant AND k.token_checksum = $4::bytea
    AND k.consumer_id = caller.consumer
  RETURNING k.authorization_id
),
line AS (
  INSERT INTO tenants_auditevent {AUDIT_COLUMNS}
  SELECT tenant, now(), name, 'token.revoked', 'consumer', consumer::text, name,
    jsonb_build_object('authorization', ended.authorization_id), '{{}}'::jsonb, $5::text::inet, $6::text, 0, ''::bytea,
    ''::bytea
  FROM caller, ended
)
SELECT doubt, tenant, consumer, name, secret FROM caller
"""
# $4 key id.
REVOKER = f"""
WITH {CALLER}
SELECT doubt, tenant, consumer, name, secret, k.public_jwk
FROM caller LEFT JOIN oauth_signingkey k ON k.tenant_id = caller.tenant AND k.kid = $4::text
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

KEYS = f"""
SELECT json_agg(k.public_jwk ORDER BY k.created_at, k.kid) FROM oauth_signingkey k WHERE k.tenant_id = {HERE}
"""

# $1 key id, $2 public JWK, $3 sealed private key.
KEEP_FIRST_KEY = f"""
INSERT INTO oauth_signingkey (tenant_id, kid, algorithm, state, public_jwk, sealed, created_at, activated_at)
SELECT {HERE}, $1::text, 'ES256', 'active', $2::text::jsonb, $3::text, now(), now() WHERE {HERE} IS NOT NULL
ON CONFLICT DO NOTHING
"""

STATEMENTS = {
    name: Statement(name.encode(), sql.encode())
    for name, sql in {
        "enter": ENTER,
        "enter_throttled": ENTER_THROTTLED,
        "throttle": THROTTLE,
        "issue": ISSUE,
        "introspect": INTROSPECT,
        "introspect_signed": INTROSPECT_SIGNED,
        "revoke": REVOKE,
        "revoker": REVOKER,
        "revoke_signed": REVOKE_SIGNED,
        "keys": KEYS,
        "keep_first_key": KEEP_FIRST_KEY,
    }.items()
}
ALL = tuple(STATEMENTS.values())
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
    modules: str = ""
    authorization: int = 0
    is_own: bool = False
    client_id: str = ""
    scope: str = ""
    owner_scopes: str = ""
    created: int = 0
    expires: int = 0
    public_jwk: str = ""


def issue(request: WireRequest, client: Client, asked: str | None, digest: bytes) -> Issued:
    """Authenticate the client, narrow what it asked for and, for an opaque token, keep the row."""
    _admit(request, client)
    asking = Asked(STATEMENTS["issue"], (*client_params(client), asked, digest))
    _, row = _run(lambda line: line.ask(_enter(request), asking))
    if row is None:
        raise NotFound
    refusal, tenant, consumer, name, secret, authorization, scope, token_format, seconds, now, key = map(text, row)
    return Issued(
        tenant=int(tenant),
        doubt=refusal,
        consumer=number(consumer),
        name=name,
        secret=number(secret),
        authorization=int(authorization or 0),
        scope=scope,
        token_format=token_format,
        seconds=int(seconds or 0),
        now=int(now),
        key=key,
    )


def introspect(request: WireRequest, client: Client, digest: bytes) -> Seen:
    return _seen(request, client, Asked(STATEMENTS["introspect"], (*client_params(client), digest)))


def introspect_signed(request: WireRequest, client: Client, claims: tuple[Param, ...]) -> Seen:
    """`claims` are kid, jti, client_id, authorization, scope, iat, exp of a token not verified yet."""
    return _seen(request, client, Asked(STATEMENTS["introspect_signed"], (*client_params(client), *claims)))


def _seen(request: WireRequest, client: Client, asked: Asked) -> Seen:
    row = _together(request, client, lambda line, enter: line.ask(enter, asked))
    doubt, tenant, consumer, name, secret, caller_scopes, modules, authorization, own, *found = map(text, row)
    seen = Seen(int(tenant), doubt, number(consumer), name, number(secret), caller_scopes, modules)
    if authorization:
        client_id, scope, owner_scopes, created, expires, *jwk = found
        seen.authorization, seen.is_own, seen.client_id, seen.scope = int(authorization), own == "t", client_id, scope
        seen.owner_scopes, seen.created, seen.expires = owner_scopes, int(created), int(expires)
        seen.public_jwk = jwk[0] if jwk else ""
    return seen


def revoke(request: WireRequest, client: Client, digest: bytes) -> Caller:
    """End the client's own opaque token, if this is one, with its line in the log."""
    params = (*client_params(client), digest, request.address, request.request_id)
    return _caller(_together(request, client, lambda line, enter: line.ask(enter, Asked(STATEMENTS["revoke"], params))))


def revoke_signed(
    request: WireRequest, client: Client, kid: str, jti: bytes, expires: int, authorization: int,
    is_genuine: Callable[[str], bool],
) -> Caller:  # fmt: skip
    """End the client's own signed token: `is_genuine` judges it under the public key found, in the middle of
    the one transaction, so that nothing is written on the word of a forged one."""

    def work(line: Line, enter: Asked) -> list[Row | None]:
        entered, row = line.begin(enter, Asked(STATEMENTS["revoker"], (*client_params(client), kid)))
        if row is None or row[0] is not None or not is_genuine(text(row[5])):
            line.ask()
            return [entered, row]
        params = (jti, expires, int(text(row[2])), text(row[3]), authorization, request.address, request.request_id)
        line.ask(Asked(STATEMENTS["revoke_signed"], params))
        return [entered, row]

    return _caller(_together(request, client, work))


def _caller(row: Row) -> Caller:
    doubt, tenant, consumer, name, secret = map(text, row[:5])
    return Caller(int(tenant), doubt, number(consumer), name, number(secret))


class Company(NamedTuple):
    id: int
    slug: str
    is_active: bool


def find_company(request: WireRequest) -> Company:
    """The company asked for. Raises NotFound, also for a suspended one."""
    (row,) = _run(lambda line: line.ask(_enter(request)))
    return _company(row)


def public_keys(request: WireRequest) -> str:
    """The company's public keys, a JSON array. Raises NotFound, also for a suspended company."""
    entered, row = _run(lambda line: line.ask(_enter(request), Asked(STATEMENTS["keys"], ())))
    _company(entered)
    return text(row[0]) or "[]" if row else "[]"


def keep_first_key(request: WireRequest, kid: str, public_jwk: str, sealed: str) -> None:
    """Give the company its first signing key, unless another request was faster."""
    asked = Asked(STATEMENTS["keep_first_key"], (kid, public_jwk, sealed))
    _run(lambda line: line.ask(_enter(request), asked))


def _company(row: Row | None) -> Company:
    if row is None or row[3] != b"t":
        raise NotFound
    return Company(int(text(row[1])), text(row[2]), True)


# The way in


def _enter(request: WireRequest) -> Asked:
    return Asked(STATEMENTS["enter"], (request.slug, request.host))


def _caller_key(request: WireRequest, client: Client) -> tuple[str, str, str]:
    return (request.slug or request.host or "", client.key, network(request.address))


def _admit(request: WireRequest, client: Client) -> None:
    """One permit, from this process's lease or from the database in a transaction of its own: the buckets of a
    busy client must not stay locked while its token is written to disk."""
    caller = _caller_key(request, client)
    verdict = leases.take(caller)
    if isinstance(verdict, Ask):
        asked = Asked(STATEMENTS["throttle"], _bucket_params(verdict, caller))
        (row,) = _run(lambda line: line.ask(asked))
        verdict = leases.settle(caller, verdict, _answer(row))
    if verdict is not None:
        raise TooManyRequests(ceil(verdict))


def _together(request: WireRequest, client: Client, work: Callable[[Line, Asked], list[Row | None]]) -> Row:
    """Throttle, company and work in one transaction. Raises TooManyRequests or NotFound."""
    caller = _caller_key(request, client)
    verdict = leases.take(caller)
    if isinstance(verdict, float):
        raise TooManyRequests(ceil(verdict))
    if verdict is None:
        _, row = _run(lambda line: work(line, _enter(request)))
    else:
        params = (*_bucket_params(verdict, caller), request.slug, request.host)
        entered, row = _run(lambda line: work(line, Asked(STATEMENTS["enter_throttled"], params)))
        assert entered is not None
        wait = leases.settle(caller, verdict, _answer(entered[4:]))
        if wait is not None:
            raise TooManyRequests(ceil(wait))
    if row is None:
        raise NotFound
    return row


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


def _answer(row: Row | None) -> Answer:
    assert row is not None
    return Answer(int(text(row[0])), float(text(row[1])))


def note_failure(request: WireRequest, client: Client) -> None:
    leases.failed(_caller_key(request, client))


def _run(work: Callable[[Line], list[Row | None]]) -> list[Row | None]:
    return lines.run(ALL, work)


def client_params(client: Client) -> tuple[Param, ...]:
    return client.key, client.digest, client.method


def text(value: bytes | None) -> str:
    return "" if value is None else value.decode()


def number(value: str) -> int | None:
    return int(value) if value else None
