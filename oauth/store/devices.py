"""A device's question, and the answer it comes back for: one statement each."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from dataclasses import dataclass

from oauth.postgres import Param, Row
from oauth.request import WireRequest
from oauth.store.apis import array, named
from oauth.store.issuing import NOTHING_WANTED, WANTED
from oauth.store.people import FACTS, Granted, granted, keep_access, keep_refresh, verdict
from oauth.store.way_in import CLIENT, COMPANY, DOUBT, Caller, Client, ask_for, number, twin
from permissions.scopes import IDENTITY

# $5 the scopes asked for, separated by spaces, or null; $6 every spelling of the other APIs asked for, $7 how many they
# are, $8 the company's own API if it was asked for beside them; $9 digest of the device code, $10 of the user code,
# $11 address, $12 user agent, $13 seconds, $14 interval. `kept` is empty when another device waits under the very same
# user code.
ASK = f"""
WITH {COMPANY},
verdict AS MATERIALIZED (
  SELECT t.id AS tenant, c.id AS consumer, c.name, s.id AS secret, {WANTED} AS scopes,
    array_append(r.resources, $8::text) AS resources,
    CASE {DOUBT}
      WHEN c.authorization_grant_type <> 'authorization-code' THEN 'wrong_grant_type'
      WHEN NOT c.allows_device_flow THEN 'no_device_flow'
      WHEN cardinality(r.resources) <> $7::int THEN 'unknown_resource'
      WHEN $5::text IS NOT NULL AND NOT string_to_array($5::text, ' ') <@ (c.ceiling || {array(IDENTITY)})
        THEN 'scope_beyond_groups'
      {NOTHING_WANTED}
    END AS refusal
  {CLIENT}
  {named(6)}
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

# A second less than was asked for: requests don't travel equally fast.
TOO_FAST = "k.polled_at > now() - make_interval(secs => k.interval_seconds - 1)"
PROOF = """
  LEFT JOIN authorizations_devicecode k ON k.tenant_id = t.id AND k.device_checksum = $5::bytea AND k.consumer_id = c.id
"""
REFUSALS = """
      WHEN NOT c.allows_device_flow THEN 'no_device_flow'
      WHEN k.id IS NULL THEN 'unknown_device_code'
      WHEN k.used_at IS NOT NULL AND k.redemption IS DISTINCT FROM $6::bytea THEN 'device_code_used'
      WHEN k.decided_at IS NOT NULL AND k.family_id IS NULL THEN 'denied'
      WHEN k.used_at IS NULL AND k.expires <= now() THEN 'device_code_expired'
      WHEN k.decided_at IS NULL THEN 'pending'
"""
# Whether a poll is too fast is judged on the row as `polled` finds it, so several at once don't all pass. Of several
# that come for the tokens, all but one wait for it at `used` and then find nothing to update; what the first got stays
# good, for a device that lost the answer polls on and must not be taken for a thief. `redemption` is as with codes
# (redeeming): the very same request, sent again over a new connection, is answered again.
POLL = f"""
{verdict(proof=PROOF, refusals=REFUSALS, columns=", k.used_at")},
polled AS (
  UPDATE authorizations_devicecode k SET polled_at = now(),
    interval_seconds = k.interval_seconds + CASE WHEN {TOO_FAST} THEN 5 ELSE 0 END
  FROM verdict v
  WHERE v.refusal = 'pending' AND k.tenant_id = v.tenant AND k.device_checksum = $5::bytea AND k.decided_at IS NULL
  RETURNING new.interval_seconds > old.interval_seconds AS is_too_fast
),
used AS (
  UPDATE authorizations_devicecode k SET used_at = now(), redemption = $6::bytea
  FROM verdict v
  WHERE v.refusal IS NULL AND v.used_at IS NULL AND k.tenant_id = v.tenant AND k.device_checksum = $5::bytea
    AND k.used_at IS NULL
  RETURNING 1
),
first AS MATERIALIZED (SELECT v.* FROM verdict v, used),
access AS ({keep_access("first")}),
refresh AS ({keep_refresh("first")})
SELECT CASE WHEN refusal IS NULL AND used_at IS NULL AND NOT EXISTS (SELECT FROM used) THEN 'device_code_used'
    WHEN refusal = 'pending' AND (SELECT is_too_fast FROM polled) THEN 'too_fast'
    ELSE refusal END, {FACTS}
FROM verdict
"""

asking = twin("device_ask", ASK)
polling = twin("device_poll", POLL)


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


def poll_device(request: WireRequest, client: Client, proof: tuple[Param, ...]) -> Granted:
    """`proof` is people.common()'s."""
    return granted(client, ask_for(request, client, polling.asked(request, *client, *proof)))
