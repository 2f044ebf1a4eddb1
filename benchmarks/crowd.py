"""Companies, consumers and live tokens by the million, written straight into the tables."""

from __future__ import annotations

from benchmarks.rows import insert

CONSUMERS_EACH = 10
# A few companies at a time: the database keeps the ceiling of every consumer that is tied (consumers.0004).
TIES_AT_ONCE = 200
TOKENS = """
WITH picked AS MATERIALIZED (
  SELECT row_number() OVER () - 1 AS place, tenant_id, consumer_id, id FROM authorizations_authorization LIMIT 200000
)
INSERT INTO authorizations_accesstoken
  (tenant_id, token_checksum, consumer_id, authorization_id, scope, created, expires)
SELECT p.tenant_id, substr(sha256((%(salt)s || n)::bytea), 1, 16), p.consumer_id, p.id, 'assets:view work_orders:view',
  now(), now() + interval '1 hour'
FROM generate_series(1, %(more)s) n JOIN picked p ON p.place = n %% (SELECT count(*) FROM picked)
"""


def statements() -> list[str]:
    """Companies %(have)s + 1 to %(want)s, each with a group and %(each)s consumers. What is new has larger ids than
    %(last)s: a range, of which the planner knows how many rows to expect."""
    from authorizations.models import Authorization
    from consumers.models import Consumer, ConsumerSecret
    from permissions.models import PermissionGroup
    from tenants.models import Tenant

    new = "consumers_consumer c WHERE c.tenant_id > %(last)s"
    return [
        insert(
            Tenant, "generate_series(%(have)s + 1, %(want)s) n",
            slug="'crowd-' || n", name="'Crowd ' || n", modules="'{assets,work_orders}'",
        ),
        insert(
            PermissionGroup, "tenants_tenant t WHERE t.id > %(last)s",
            tenant_id="t.id", name="'All'", scopes="'{assets:view,assets:edit,work_orders:view,work_orders:add}'",
        ),
        insert(
            Consumer,
            "permissions_permissiongroup g, generate_series(1, %(each)s) n WHERE g.tenant_id > %(last)s",
            tenant_id="g.tenant_id", client_id="'gk_' || g.tenant_id || '_' || n", name="'Consumer ' || n",
            authorization_grant_type="'client-credentials'", client_type="'confidential'",
        ),
        insert(
            ConsumerSecret, new,
            tenant_id="c.tenant_id", consumer_id="c.id", name="'default'", digest="sha256(c.client_id::bytea)",
            last_four="'xxxx'",
        ),
        insert(Authorization, new, tenant_id="c.tenant_id", consumer_id="c.id", granted_at="now()"),
    ]  # fmt: skip


def ties() -> str:
    from consumers.models import ConsumerGroup

    return insert(
        ConsumerGroup,
        "consumers_consumer c JOIN permissions_permissiongroup g USING (tenant_id) "
        "WHERE c.tenant_id BETWEEN %(first)s AND %(final)s",
        tenant_id="c.tenant_id",
        consumer_id="c.id",
        group_id="g.id",
    )


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
        for statement in statements():
            connection.execute(statement, known)
            # The next one joins what this one wrote; without statistics its plan may take hours.
            connection.execute("ANALYZE")
        tie = ties()
        for first in range(last + 1, number("SELECT max(id) FROM tenants_tenant") + 1, TIES_AT_ONCE):
            connection.execute(tie, {"first": first, "final": first + TIES_AT_ONCE - 1})
        there = number("SELECT count(*) FROM authorizations_accesstoken")
        if tokens > there:
            connection.execute(TOKENS, {"more": tokens - there, "salt": str(there)})
        connection.execute("VACUUM ANALYZE")
        return (
            number("SELECT count(*) FROM consumers_consumer"),
            number("SELECT count(*) FROM authorizations_accesstoken"),
        )
