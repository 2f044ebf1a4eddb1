"""A refresh token for its successor (RFC 6749 §6, RFC 9700 §4.14): authenticate, use up and keep, in one statement."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from oauth.postgres import Param
from oauth.request import WireRequest
from oauth.store.people import FACTS, Granted, granted, keep_access, keep_refresh, verdict
from oauth.store.way_in import Client, ask_for, twin

# $11 the scopes asked for, separated by spaces, or null; $12 the salt of the successor, if this is the first use.
PROOF = """
  LEFT JOIN authorizations_refreshtoken k ON k.tenant_id = t.id AND k.token_checksum = $5::bytea
"""
# A repeat is forgiven for ten seconds, for whoever lost the answer, and only until the successor is used: then the
# answer did arrive (PROTOCOL.md, choice 4). Reuse counts however long ago the token expired. OFFSET 0: the one row is
# looked up, not found in a table of all that the company's apps have used.
REFUSALS = """
      WHEN NOT c.issues_refresh_tokens THEN 'no_refresh_tokens'
      WHEN f.id IS NULL THEN 'unknown_refresh_token'
      WHEN k.used_at IS NOT NULL AND (k.used_at <= now() - interval '10 seconds' OR EXISTS (
        SELECT FROM authorizations_refreshtoken n
        WHERE n.tenant_id = t.id AND n.token_checksum = k.successor AND n.used_at IS NOT NULL OFFSET 0
      )) THEN 'refresh_reused'
"""
# An idle lifetime that was shortened since counts at once.
LAST = """
      WHEN k.expires <= now() OR f.refreshable_until <= now() OR f.refreshable_until IS NULL
        OR k.created <= now() - make_interval(secs => least(c.refresh_idle_seconds, t.refresh_idle_seconds))
        THEN 'refresh_expired'
      WHEN NOT string_to_array($11::text, ' ') <@ f.scopes THEN 'scope_beyond_consent'
"""
ASKED = "AND ($11::text IS NULL OR scope = ANY (string_to_array($11::text, ' ')))"
# Who finds it used meanwhile asks again, and then sees the salt the other one left.
AGAIN = "used_meanwhile"
REFRESH = f"""
{verdict(proof=PROOF, refusals=REFUSALS, columns=", k.used_at, k.salt", asked=ASKED, last=LAST)},
used AS (
  UPDATE authorizations_refreshtoken k SET used_at = now(), salt = $12::bytea, successor = $7::bytea
  FROM verdict v
  WHERE v.refusal IS NULL AND v.used_at IS NULL AND k.tenant_id = v.tenant AND k.token_checksum = $5::bytea
    AND k.used_at IS NULL
  RETURNING 1
),
first AS MATERIALIZED (SELECT v.* FROM verdict v, used),
served AS MATERIALIZED (
  SELECT v.* FROM verdict v WHERE refusal IS NULL AND (used_at IS NOT NULL OR EXISTS (SELECT FROM used))
),
access AS ({keep_access("served")} ON CONFLICT DO NOTHING),
refresh AS ({keep_refresh("first")})
SELECT CASE WHEN refusal IS NULL AND used_at IS NULL AND NOT EXISTS (SELECT FROM used) THEN '{AGAIN}'
  ELSE refusal END, {FACTS}, encode(salt, 'hex')
FROM verdict
"""

refreshing = twin("refresh", REFRESH)


def refresh(request: WireRequest, client: Client, proof: tuple[Param, ...], scope: str | None, salt: bytes) -> Granted:
    """`proof` is people.common()'s. The salt that counts comes back, "" for `salt` itself."""
    asked = refreshing.asked(request, *client, *proof, scope, salt)
    found = granted(client, ask_for(request, client, asked))
    return granted(client, ask_for(request, client, asked)) if found.doubt == AGAIN else found
