"""A device's question: authenticate, narrow and keep, in one statement."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from dataclasses import dataclass

from oauth.postgres import Param, Row
from oauth.request import WireRequest
from oauth.store.way_in import CLIENT, COMPANY, DOUBT, Caller, Client, ask_for, number, twin
from permissions.scopes import IDENTITY

ANY_APP = ", ".join(f"'{scope}'" for scope in sorted(IDENTITY))
# $5 the scopes asked for, separated by spaces, or null; $6 every spelling of the other APIs asked for, $7 how many they
# are, $8 the company's own API if it was asked for beside them; $9 digest of the device code, $10 of the user code,
# $11 address, $12 user agent, $13 seconds, $14 interval. `kept` is empty when another device waits under the very same
# user code.
ASK = f"""
WITH {COMPANY},
verdict AS MATERIALIZED (
  SELECT t.id AS tenant, c.id AS consumer, c.name, s.id AS secret,
    CASE
      WHEN $5::text IS NOT NULL THEN string_to_array($5::text, ' ')
      WHEN cardinality(c.default_scopes) = 0 THEN c.ceiling
      ELSE ARRAY(SELECT scope FROM unnest(c.ceiling) scope WHERE scope = ANY (c.default_scopes))
    END AS scopes,
    array_append(r.resources, $8::text) AS resources,
    CASE {DOUBT}
      WHEN c.authorization_grant_type <> 'authorization-code' THEN 'wrong_grant_type'
      WHEN NOT c.allows_device_flow THEN 'no_device_flow'
      WHEN cardinality(r.resources) <> $7::int THEN 'unknown_resource'
      WHEN $5::text IS NOT NULL AND NOT string_to_array($5::text, ' ') <@ (c.ceiling || ARRAY[{ANY_APP}])
        THEN 'scope_beyond_groups'
      WHEN $5::text IS NULL AND (cardinality(c.ceiling) = 0
        OR cardinality(c.default_scopes) > 0 AND NOT c.default_scopes::text[] && c.ceiling) THEN 'no_scope_left'
    END AS refusal
  {CLIENT}
  LEFT JOIN LATERAL (
    SELECT ARRAY(SELECT k.resource::text FROM unnest(string_to_array($6::text, ' ')) WITH ORDINALITY AS w (named, place)
      JOIN consumers_consumer k ON k.tenant_id = t.id AND k.resource = w.named AND k.resource <> ''
        AND k.deleted_at IS NULL AND k.suspended_at IS NULL
      ORDER BY w.place) AS resources
  ) r ON true
),
kept AS (
  INSERT INTO authorizations_devicecode (tenant_id, consumer_id, device_checksum, user_code_checksum, scopes, resources,
    address, agent, created_at, expires, interval_seconds)
  SELECT tenant, consumer, $9::bytea, $10::bytea, scopes, array_remove(resources, NULL), $11::text::inet, $12::text,
    now(), now() + make_interval(secs => $13::int), $14::int
  FROM verdict WHERE refusal IS NULL
  ON CONFLICT DO NOTHING RETURNING tenant_id
)
SELECT refusal, tenant, consumer, name, secret, EXISTS (SELECT FROM kept) FROM verdict
"""

asking = twin("device_ask", ASK)


@dataclass(slots=True)
class Asking(Caller):
    """`is_kept` is false for a refusal, and when the user code is taken."""

    is_kept: bool = False


def ask_device(request: WireRequest, client: Client, asked: tuple[Param, ...]) -> Asking:
    """`asked` are the parameters from $5 on."""
    return _asking(ask_for(request, client, asking.asked(request, *client, *asked)))


def _asking(row: Row) -> Asking:
    doubt, tenant, consumer, name, secret, kept = row
    return Asking(int(tenant), doubt, number(consumer), name, number(secret), kept == "t")
