"""The end of a consumer's own token."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from collections.abc import Callable

from oauth.postgres import Asked, Line, Row, Statement
from oauth.request import WireRequest
from oauth.store.way_in import AUDIT_COLUMNS, CALLER, HERE, Caller, Client, admit, ask_for, found, number, run, twin

# What `ended` gave back is in the log. $6 address, $7 request id.
LINE = f"""line AS (
  INSERT INTO tenants_auditevent {AUDIT_COLUMNS}
  SELECT tenant, now(), name, 'token.revoked', 'consumer', consumer::text, name,
    jsonb_build_object('authorization', ended.authorization_id), '{{}}'::jsonb, $6::text::inet, $7::text, 0, ''::bytea,
    ''::bytea
  FROM caller, ended
)"""
# $5 the token's digest.
REVOKE = f"""
WITH {CALLER},
ended AS (
  DELETE FROM authorizations_accesstoken k USING caller
  WHERE caller.doubt IS NULL AND k.tenant_id = caller.tenant AND k.token_checksum = $5::bytea
    AND k.consumer_id = caller.consumer
  RETURNING k.authorization_id
),
{LINE}
SELECT doubt, tenant, consumer, name, secret FROM caller
"""
# The same of a refresh token, used or not: all that came of the sign-in ends with it (RFC 7009 §2.1).
REVOKE_REFRESH = f"""
WITH {CALLER},
meant AS MATERIALIZED (
  SELECT caller.tenant, caller.consumer, k.family_id AS family FROM caller
  LEFT JOIN authorizations_refreshtoken k ON k.tenant_id = caller.tenant AND k.token_checksum = $5::bytea
  WHERE caller.doubt IS NULL
),
ended AS (
  UPDATE authorizations_tokenfamily f SET ended_at = now(), ended_because = 'revoked'
  FROM meant WHERE f.tenant_id = meant.tenant AND f.id = meant.family AND f.consumer_id = meant.consumer
    AND f.ended_at IS NULL
  RETURNING f.authorization_id
),
{LINE}
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

revoking = twin("revoke", REVOKE)
revoking_refresh = twin("revoke_refresh", REVOKE_REFRESH)
finding_revoker = twin("revoker", REVOKER)
revoking_signed = Statement(b"revoke_signed", REVOKE_SIGNED.encode())


def revoke(request: WireRequest, client: Client, digest: bytes) -> Caller:
    """End the client's own opaque token, if this is one, with its line in the log."""
    asked = revoking.asked(request, *client, digest, request.address, request.request_id)
    return _caller(ask_for(request, client, asked))


def revoke_refresh(request: WireRequest, client: Client, digest: bytes) -> Caller:
    """End the family of the client's own refresh token, if this is one, with its line in the log."""
    asked = revoking_refresh.asked(request, *client, digest, request.address, request.request_id)
    return _caller(ask_for(request, client, asked))


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

    admit(request, client)
    return _caller(found(run(work)))


def _caller(row: Row) -> Caller:
    doubt, tenant, consumer, name, secret = row[:5]
    return Caller(int(tenant), doubt, number(consumer), name, number(secret))
