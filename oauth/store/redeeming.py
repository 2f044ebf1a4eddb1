"""An authorization code for its tokens: authenticate, prove, use up and keep, in one statement."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from oauth.postgres import Param
from oauth.request import WireRequest
from oauth.store.people import FACTS, Granted, granted, keep_access, keep_refresh, verdict
from oauth.store.way_in import Client, ask_for, twin

# $11 the challenge that belongs to the verifier, "" without one; $12 the redirect URI, or null: it may be left out when
# PKCE ties the code to its request (PROTOCOL.md, choice 2).
PROOF = """
  LEFT JOIN authorizations_authorizationcode k ON k.tenant_id = t.id AND k.code_checksum = $5::bytea
"""
# In this order: who doesn't prove that the code is theirs neither uses it up nor ends anything (choice 3); who does and
# is late has replayed it, however long ago it expired. `redemption` is the access token's digest of the request that
# used it: the very same one, sent again over a new connection, is no replay.
REFUSALS = """
      WHEN f.id IS NULL THEN 'unknown_code'
      WHEN k.code_challenge <> '' AND $11::text = '' THEN 'verifier_missing'
      WHEN k.code_challenge = '' AND $11::text <> '' THEN 'verifier_unexpected'
      WHEN k.code_challenge <> $11::text THEN 'wrong_verifier'
      WHEN k.redirect_uri <> $12::text THEN 'other_redirect'
      WHEN k.code_challenge = '' AND $12::text IS NULL THEN 'redirect_left_out'
      WHEN k.used_at IS NOT NULL AND k.redemption IS DISTINCT FROM $6::bytea THEN 'code_replayed'
      WHEN k.used_at IS NULL AND k.expires <= now() THEN 'code_expired'
"""
# Of several at once, all but one wait for it at `used` and then find nothing to update.
REDEEM = f"""
{verdict(proof=PROOF, refusals=REFUSALS, columns=", k.used_at")},
used AS (
  UPDATE authorizations_authorizationcode k SET used_at = now(), redemption = $6::bytea
  FROM verdict v
  WHERE v.refusal IS NULL AND v.used_at IS NULL AND k.tenant_id = v.tenant AND k.code_checksum = $5::bytea
    AND k.used_at IS NULL
  RETURNING 1
),
first AS MATERIALIZED (SELECT v.* FROM verdict v, used),
access AS ({keep_access("first")}),
refresh AS ({keep_refresh("first")})
SELECT CASE WHEN refusal IS NULL AND used_at IS NULL AND NOT EXISTS (SELECT FROM used) THEN 'code_replayed'
  ELSE refusal END, {FACTS}
FROM verdict
"""

redeeming = twin("redeem", REDEEM)


def redeem(
    request: WireRequest, client: Client, proof: tuple[Param, ...], challenge: str, redirect: str | None
) -> Granted:
    """`proof` is people.common()'s."""
    return granted(client, ask_for(request, client, redeeming.asked(request, *client, *proof, challenge, redirect)))
