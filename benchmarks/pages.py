"""The lists of Settings under load: one company with 1,000 rows in each, beside 100,000 other companies (Scale).

Everything is written straight into the tables; the pages are asked for as a signed-in super administrator's browser
does, through the production door.
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks import house
from benchmarks.crowd import grow
from benchmarks.rows import insert
from benchmarks.scale import Scale
from benchmarks.wire import Case, best, chosen, heading, memory, show

BUDGET, STRETCH = 25_000, 15_000
SETTINGS = "/t/busy/settings"
PATHS = {
    "list: OAuth consumers": f"{SETTINGS}/api-connections/oauth-consumers/",
    "list: App authorizations": f"{SETTINGS}/api-connections/app-authorizations/",
    "list: Permission groups": f"{SETTINGS}/user-accounts/permissions/",
    "list: Members": f"{SETTINGS}/user-accounts/members/",
    "list: Transactions log": f"{SETTINGS}/transactions-log/",
}
MODULES = "{assets,work_orders,work_requests,inventory}"
BUSY = "JOIN tenants_tenant t ON t.id = c.tenant_id WHERE t.slug = 'busy'"


def tied(model: Any, table: str, **columns: str) -> str:
    """Two groups for every row of `table`."""
    source = f"""(SELECT *, row_number() OVER (ORDER BY id) AS n FROM {table}) c
    JOIN (SELECT *, row_number() OVER (ORDER BY id) AS n FROM permissions_permissiongroup) g
      ON g.tenant_id = c.tenant_id AND g.n IN (c.n, c.n %% %(rows)s + 1) {BUSY}"""  # noqa: S608
    return insert(model, source, tenant_id="c.tenant_id", group_id="g.id", **columns)


def statements() -> list[str]:
    """Of %(rows)s rows in each list of one company."""
    from accounts.models import User
    from authorizations.models import Authorization
    from consumers.models import Consumer, ConsumerGroup, ConsumerSecret, ConsumerUserObjectPermission
    from permissions.models import MemberGroup, PermissionGroup
    from tenants.models import AuditEvent, Membership, Tenant

    series = "generate_series(1, %(rows)s) n"
    return [
        insert(Tenant, "(VALUES (1)) one", slug="'busy'", name="'Busy'", modules=f"'{MODULES}'"),
        insert(
            User, series, password="'!'", email="'person-' || n || '@example.test'", full_name="'Person ' || n",
            language="'en'",
        ),
        insert(
            Membership, "tenants_tenant t, accounts_user u WHERE t.slug = 'busy' AND u.email LIKE 'person-%%'",
            tenant_id="t.id", user_id="u.id", joined_at="now() - u.id * interval '1 hour'",
            role="CASE WHEN u.email = 'person-1@example.test' THEN 'super_admin' ELSE 'developer' END",
        ),
        insert(
            PermissionGroup, f"tenants_tenant t, {series} WHERE t.slug = 'busy'",
            tenant_id="t.id", name="'Group ' || n", description="'What it is for, in a sentence of the usual length.'",
            is_read_only="n %% 2 = 0",
            scopes="'{assets:view,assets:edit,work_orders:view,work_orders:add,inventory:view}'",
        ),
        insert(
            Consumer, f"tenants_tenant t, {series} WHERE t.slug = 'busy'",
            tenant_id="t.id", client_id="'gk_' || substr(md5(n::text), 1, 24)", name="'Consumer ' || n",
            description="'Brings work orders to the ledger.'", authorization_grant_type="'client-credentials'",
            client_type="'confidential'", created="now() - n * interval '1 hour'",
        ),
        tied(ConsumerGroup, "consumers_consumer", consumer_id="c.id"),
        tied(MemberGroup, "tenants_membership", membership_id="c.id"),
        insert(
            ConsumerSecret, f"consumers_consumer c {BUSY}",
            tenant_id="c.tenant_id", consumer_id="c.id", name="'default'", digest="sha256(c.client_id::bytea)",
            last_four="'x4fQ'",
        ),
        insert(
            Authorization, f"consumers_consumer c {BUSY}",
            tenant_id="c.tenant_id", consumer_id="c.id", granted_at="c.created",
            last_accessed_at="now() - c.id %% 97 * interval '1 minute'", last_accessed_address="'192.0.2.7'",
        ),
        insert(
            ConsumerUserObjectPermission,
            f"""consumers_consumer c
            JOIN tenants_membership m ON m.tenant_id = c.tenant_id AND m.user_id %% 1000 = c.id %% 1000
            JOIN auth_permission p ON p.codename = 'manage_consumer' {BUSY}""",
            tenant_id="c.tenant_id", content_object_id="c.id", user_id="m.user_id", permission_id="p.id",
        ),
        insert(
            AuditEvent, f"consumers_consumer c {BUSY}",
            tenant_id="c.tenant_id", at="c.created", actor_name="'Person 1'", verb="'consumer.registered'",
            object_type="'consumer'", object_id="c.id", object_name="c.name", before="'{}'::jsonb",
            after="""'{"name": "Consumer", "token_format": "opaque"}'::jsonb""", address="'192.0.2.7'",
            request_id="gen_random_uuid()", sequence="0", previous_hash="''", hash="''",
        ),
    ]  # fmt: skip


class Pages:
    """The busy company, its super administrator's browser, and the lists it asks for."""

    def __init__(self, opened: house.House, size: Scale) -> None:
        from django.test import Client

        from accounts.models import User

        seed(size)
        self.house = opened
        self.browser = Client(headers={"host": opened.host})
        ana = User.objects.get(email="person-1@example.test")
        self.browser.force_login(ana, "allauth.account.auth_backends.AuthenticationBackend")

    def cases(self) -> list[Case]:
        return [Case(name, BUDGET, STRETCH, lambda _, path=path: self.request(path)) for name, path in PATHS.items()]  # type: ignore[misc]

    def request(self, path: str) -> bytes:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.browser.cookies.items())
        lines = (f"GET {path} HTTP/1.1", f"Host: {self.house.host}", f"Cookie: {cookies}", "Accept-Language: en")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def statements(self, case: Case) -> str:
        """What one page asks of PostgreSQL, counted in this process; BEGIN and COMMIT not counted."""
        from django.db import connection

        sent: list[str] = []

        def count(execute: Any, sql: str, *rest: Any) -> Any:
            sent.append(sql)
            return execute(sql, *rest)

        self.browser.get(PATHS[case.name])
        with connection.execute_wrapper(count):
            answer = self.browser.get(PATHS[case.name])
        assert answer.status_code == 200, answer.status_code
        return str(len(sent))


def seed(size: Scale) -> None:
    from psycopg import connect

    from config.database import conninfo

    with connect(conninfo("owner"), autocommit=True) as connection:
        for statement in statements():
            connection.execute(statement, {"rows": size.rows})
            connection.execute("ANALYZE")
    grow(size.companies, tokens=0, consumers_each=1)


def table(opened: house.House, size: Scale, options: argparse.Namespace) -> None:
    pages = Pages(opened, size)
    print(f"\n{size.companies:,} companies; one with {size.rows:,} rows in each list")
    heading()
    for case in chosen(pages.cases(), options.only):
        show(case, best(opened, case, options), pages.statements(case))
    memory(opened)
