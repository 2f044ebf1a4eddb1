"""Companies, consumers and live tokens by the million, written straight into the tables."""

from __future__ import annotations

CONSUMERS_EACH = 10
COMPANIES = """
INSERT INTO tenants_tenant (slug, name, colour, language, time_zone, modules, access_token_seconds, created_at)
SELECT 'crowd-' || n, 'Crowd ' || n, '', 'en', 'UTC', '{assets,work_orders}', 3600, now()
FROM generate_series(%(have)s + 1, %(want)s) n
"""
GROUPS = """
INSERT INTO permissions_permissiongroup (tenant_id, name, description, is_read_only, scopes, created_at, updated_at)
SELECT t.id, 'All', '', false, '{assets:view,assets:edit,work_orders:view,work_orders:add}', now(), now()
FROM tenants_tenant t WHERE t.slug LIKE 'crowd-%%' AND substr(t.slug, 7)::int > %(have)s
"""
CONSUMERS = """
INSERT INTO consumers_consumer (tenant_id, client_id, name, description, token_format, token_endpoint_auth_method,
  default_scopes, registration_source, authorization_grant_type, client_type, redirect_uris,
  post_logout_redirect_uris, allowed_origins, created, updated)
SELECT g.tenant_id, 'gk_' || g.tenant_id || '_' || n, 'Consumer ' || n, '', 'opaque', '', '{}', 'manual',
  'client-credentials', 'confidential', '', '', '', now(), now()
FROM permissions_permissiongroup g JOIN tenants_tenant t ON t.id = g.tenant_id,
  generate_series(1, %(each)s) n
WHERE t.slug LIKE 'crowd-%%' AND substr(t.slug, 7)::int > %(have)s
"""
# A range of ids, of which the planner knows how many rows to expect.
NEW = "c.tenant_id > %(last)s"
# A few companies at a time: the database keeps the ceiling of every consumer that is tied (consumers.0004).
TIES_AT_ONCE = 200
TIES = """
INSERT INTO consumers_consumergroup (tenant_id, consumer_id, group_id)
SELECT c.tenant_id, c.id, g.id FROM consumers_consumer c JOIN permissions_permissiongroup g USING (tenant_id)
WHERE c.tenant_id BETWEEN %(first)s AND %(final)s
"""
SECRETS = f"""
INSERT INTO consumers_consumersecret (tenant_id, consumer_id, name, digest, last_four, created_at)
SELECT c.tenant_id, c.id, 'default', sha256(c.client_id::bytea), 'xxxx', now() FROM consumers_consumer c WHERE {NEW}
"""
AUTHORIZATIONS = f"""
INSERT INTO authorizations_authorization (tenant_id, consumer_id, granted_at)
SELECT c.tenant_id, c.id, now() FROM consumers_consumer c WHERE {NEW}
"""
TOKENS = """
WITH picked AS (SELECT array_agg(id) AS ids FROM (SELECT id FROM authorizations_authorization LIMIT 200000) a)
INSERT INTO authorizations_accesstoken
  (tenant_id, token_checksum, consumer_id, authorization_id, scope, created, expires)
SELECT a.tenant_id, substr(sha256((%(salt)s || n)::bytea), 1, 16), a.consumer_id, a.id, 'assets:view work_orders:view',
  now(), now() + interval '1 hour'
FROM generate_series(1, %(more)s) n, picked JOIN LATERAL (SELECT picked.ids[1 + n %% cardinality(picked.ids)] AS id) i
  ON true JOIN authorizations_authorization a ON a.id = i.id
"""


def grow(companies: int, tokens: int, consumers_each: int = CONSUMERS_EACH) -> tuple[int, int]:
    """Up to so many companies and tokens. Returns how many consumers and tokens there are."""
    from psycopg import connect

    from config.database import conninfo

    with connect(conninfo("owner"), autocommit=True) as connection:

        def number(query: str) -> int:
            found = connection.execute(query).fetchone()
            assert found is not None
            return int(found[0])

        have = number("SELECT count(*) FROM tenants_tenant WHERE slug LIKE 'crowd-%'")
        last = number("SELECT coalesce(max(id), 0) FROM tenants_tenant")
        known = {"have": have, "want": companies, "each": consumers_each, "last": last}
        for statement in (COMPANIES, GROUPS, CONSUMERS, SECRETS, AUTHORIZATIONS):
            connection.execute(statement, known)
            # The next one joins what this one wrote; without statistics its plan may take hours.
            connection.execute("ANALYZE")
        for first in range(last + 1, number("SELECT max(id) FROM tenants_tenant") + 1, TIES_AT_ONCE):
            connection.execute(TIES, {"first": first, "final": first + TIES_AT_ONCE - 1})
        there = number("SELECT count(*) FROM authorizations_accesstoken")
        if tokens > there:
            connection.execute(TOKENS, {"more": tokens - there, "salt": str(there)})
        connection.execute("VACUUM ANALYZE")
        return (
            number("SELECT count(*) FROM consumers_consumer"),
            number("SELECT count(*) FROM authorizations_accesstoken"),
        )
