"""The lists of Settings under load: one company with 1,000 rows in each, beside 100,000 other companies.

Everything is written straight into the tables; the pages are asked for as a signed-in super administrator's browser
does, through the production door.
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks import house
from benchmarks.crowd import grow
from benchmarks.wire import Case, best, chosen, heading, memory, show

COMPANIES, ROWS = 100_000, 1_000
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
SEED = (
    """INSERT INTO tenants_tenant (slug, name, colour, language, time_zone, modules, access_token_seconds, created_at)
       VALUES ('busy', 'Busy', '#0b6bcb', 'en', 'UTC', %(modules)s, 3600, now())""",
    """INSERT INTO accounts_user (password, is_superuser, email, full_name, language, theme, is_active, is_staff,
         created_at)
       SELECT '!', false, 'person-' || n || '@example.test', 'Person ' || n, 'en', 'system', true, false, now()
       FROM generate_series(1, %(rows)s) n""",
    """INSERT INTO tenants_membership (tenant_id, user_id, role, created_at, invited_name, joined_at)
       SELECT t.id, u.id, CASE WHEN u.email = 'person-1@example.test' THEN 'super_admin' ELSE 'developer' END, now(),
         '', now() - u.id * interval '1 hour'
       FROM tenants_tenant t, accounts_user u WHERE t.slug = 'busy'""",
    """INSERT INTO permissions_permissiongroup (tenant_id, name, description, is_read_only, scopes, created_at,
         updated_at)
       SELECT t.id, 'Group ' || n, 'What it is for, in a sentence of the usual length.', n %% 2 = 0,
         '{assets:view,assets:edit,work_orders:view,work_orders:add,inventory:view}', now(), now()
       FROM tenants_tenant t, generate_series(1, %(rows)s) n WHERE t.slug = 'busy'""",
    """INSERT INTO consumers_consumer (tenant_id, client_id, name, description, token_format,
         token_endpoint_auth_method, default_scopes, registration_source, authorization_grant_type, client_type,
         redirect_uris, post_logout_redirect_uris, allowed_origins, created, updated)
       SELECT t.id, 'gk_' || substr(md5(n::text), 1, 24), 'Consumer ' || n, 'Brings work orders to the ledger.',
         'opaque', '', '{}', 'manual', 'client-credentials', 'confidential', '', '', '',
         now() - n * interval '1 hour', now()
       FROM tenants_tenant t, generate_series(1, %(rows)s) n WHERE t.slug = 'busy'""",
    """INSERT INTO consumers_consumergroup (tenant_id, consumer_id, group_id)
       SELECT c.tenant_id, c.id, g.id
       FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM consumers_consumer) c
       JOIN (SELECT *, row_number() OVER (ORDER BY id) AS n FROM permissions_permissiongroup) g
         ON g.tenant_id = c.tenant_id AND g.n IN (c.n, c.n %% %(rows)s + 1)
       JOIN tenants_tenant t ON t.id = c.tenant_id WHERE t.slug = 'busy'""",
    """INSERT INTO consumers_consumersecret (tenant_id, consumer_id, name, digest, last_four, created_at)
       SELECT c.tenant_id, c.id, 'default', sha256(c.client_id::bytea), 'x4fQ', now()
       FROM consumers_consumer c JOIN tenants_tenant t ON t.id = c.tenant_id WHERE t.slug = 'busy'""",
    """INSERT INTO authorizations_authorization (tenant_id, consumer_id, granted_at, last_accessed_at,
         last_accessed_address)
       SELECT c.tenant_id, c.id, c.created, now() - c.id %% 97 * interval '1 minute', '192.0.2.7'
       FROM consumers_consumer c JOIN tenants_tenant t ON t.id = c.tenant_id WHERE t.slug = 'busy'""",
    """INSERT INTO consumers_consumeruserobjectpermission (tenant_id, content_object_id, user_id, permission_id)
       SELECT c.tenant_id, c.id, m.user_id, p.id
       FROM consumers_consumer c JOIN tenants_tenant t ON t.id = c.tenant_id
       JOIN tenants_membership m ON m.tenant_id = c.tenant_id AND m.user_id %% 1000 = c.id %% 1000
       JOIN auth_permission p ON p.codename = 'manage_consumer' WHERE t.slug = 'busy'""",
    """INSERT INTO tenants_auditevent (tenant_id, at, actor_name, verb, object_type, object_id, object_name, before,
         after, address, request_id, sequence, previous_hash, hash)
       SELECT c.tenant_id, c.created, 'Person 1', 'consumer.registered', 'consumer', c.id, c.name, '{}',
         '{"name": "Consumer", "token_format": "opaque"}', '192.0.2.7', gen_random_uuid(), 0, '', ''
       FROM consumers_consumer c JOIN tenants_tenant t ON t.id = c.tenant_id WHERE t.slug = 'busy'""",
)


class Pages:
    """The busy company, its super administrator's browser, and the lists it asks for."""

    def __init__(self, opened: house.House) -> None:
        from django.test import Client

        from accounts.models import User

        seed()
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


def seed(companies: int = COMPANIES, rows: int = ROWS) -> None:
    from psycopg import connect

    from config.database import conninfo

    with connect(conninfo("owner"), autocommit=True) as connection:
        for statement in SEED:
            connection.execute(statement, {"rows": rows, "modules": MODULES})
            connection.execute("ANALYZE")
    grow(companies, tokens=0, consumers_each=1)


def table(opened: house.House, options: argparse.Namespace) -> None:
    pages = Pages(opened)
    print(f"\n{COMPANIES:,} companies; one with {ROWS:,} rows in each list")
    heading()
    for case in chosen(pages.cases(), options.only):
        show(case, best(opened, case, options), pages.statements(case))
    memory(opened)
