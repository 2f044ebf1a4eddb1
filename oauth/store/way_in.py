"""The way in: company, throttle, client authentication, and the line the statements travel on.

Each begins with COMPANY, which finds the company and tells PostgreSQL so (`app.tenant`, for this transaction):
row-level security then lets the rest of the statement, which hangs on COMPANY's row by left joins, see that company's
rows. A row the planner reached any earlier would be seen by nobody. Nothing is trusted that was remembered from an
earlier request.
"""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
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

# $1 the company's address. MATERIALIZED: once, and before anything that asks for its id.
COMPANY = """
company AS MATERIALIZED (
  SELECT t.id, t.slug, t.modules, t.access_token_seconds, t.refresh_idle_seconds, t.subject_salt, t.suspended_at,
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


# Of an authorization `{0}`: the consumer's own.
OF_MACHINE = "{0}.user_id IS NULL AND {0}.revoked_at IS NULL"


def joined(table: str, alias: str, key: str, also: str = "true") -> str:
    """Joins the one row of company `t` that `key` names, if it is `also` so, or nulls. OFFSET 0 keeps the key in one
    piece and apart from the rest: the planner doesn't know which company it will be, and where most have few rows,
    reading all of a company's looks as good to it as reading the one that is meant."""
    return f"""LEFT JOIN LATERAL (
    SELECT {alias}.* FROM {table} {alias} WHERE {alias}.tenant_id = t.id AND {key} OFFSET 0
  ) {alias} ON {also}"""


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
# Why the client is not believed. A public one has no secret, and is believed only without one (RFC 6749 §2.1).
DOUBT = """
      WHEN c.id IS NULL THEN 'unknown_key'
      WHEN c.client_type = 'public' AND $4::text <> 'none' THEN 'public_with_secret'
      WHEN c.client_type <> 'public' AND $4::text = 'none' THEN 'secret_missing'
      WHEN c.client_type <> 'public' AND s.id IS NULL THEN 'wrong_secret'
      WHEN s.retired_at IS NOT NULL THEN 'retired_secret'
      WHEN s.expires_at <= now() THEN 'expired_secret'
      WHEN c.client_type <> 'public' AND c.token_endpoint_auth_method NOT IN ('', $4::text) THEN 'wrong_method'
      WHEN c.suspended_at IS NOT NULL THEN 'consumer_suspended'
      WHEN t.suspended_at IS NOT NULL THEN 'company_suspended'
"""
CALLER = f"""
{COMPANY},
caller AS (
  SELECT t.id AS tenant, c.id AS consumer, c.name, s.id AS secret, CASE {DOUBT} END AS doubt {CLIENT}
)
"""

AUDIT_COLUMNS = """(tenant_id, at, actor_name, verb, object_type, object_id, object_name, before, after,
    address, request_id, sequence, previous_hash, hash)"""


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


def ask_for(request: WireRequest, client: Client, asked: Asked) -> Row:
    admit(request, client)
    return one(asked)


def one(asked: Asked) -> Row:
    return found(run(lambda line: line.ask(asked))[0])


def found(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def caller_key(request: WireRequest, client: Client) -> tuple[str, str, str]:
    return (request.slug or request.host or "", client.key, network(request.address))


def admit(request: WireRequest, client: Client) -> None:
    """One permit, from this process's lease or from the database in a transaction of its own: the buckets of a
    busy client must not stay locked while its token is written to disk."""
    caller = caller_key(request, client)
    verdict = leases.take(caller)
    if isinstance(verdict, Ask):
        permits, wait = one(Asked(throttling, bucket_params(verdict, caller)))
        verdict = leases.settle(caller, verdict, Answer(int(permits), float(wait)))
    if verdict is not None:
        raise TooManyRequests(ceil(verdict))


def bucket_params(ask: Ask, caller: tuple[str, str, str]) -> tuple[Param, ...]:
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
    leases.failed(caller_key(request, client))


def run[T](work: Callable[[Line], T]) -> T:
    return lines.run(work)


def number(value: str) -> int | None:
    return int(value) if value else None
