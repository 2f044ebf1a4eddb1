from secrets import token_urlsafe

import psycopg
import pytest

CALLBACK = "https://app.example/callback"
STOCK_APPS = {prefix: (f"app-{prefix}1", token_urlsafe(32)) for prefix in ("app_", "other_app_", "deleted_app_")}
STOCK_CLIENTS = {prefix: (f"client-{prefix}1", token_urlsafe(32)) for prefix in ("", "other_", "deleted_")}
# Of hundreds of bad requests from one address none is throttled: what is compared comes behind that.
UNTHROTTLED = {
    "GATEHOUSE_FAILURES_BURST": "100000",
    "GATEHOUSE_CONSUMER_BURST": "100000",
    "GATEHOUSE_ADDRESS_BURST": "100000",
}


@pytest.fixture(scope="module")
def server():
    from tests.servers import start_server

    with start_server(environment=UNTHROTTLED) as base_url:
        yield base_url


@pytest.fixture(scope="module")
def stock():
    """Stock django-oauth-toolkit."""
    from tests.oracle.people import PersonSide
    from tests.oracle.projects import start_project
    from tests.visitor import Visitor

    clients = list(STOCK_CLIENTS.values())
    apps = [(*pair, CALLBACK) for pair in STOCK_APPS.values()]
    with (
        start_project("tests.oracle.stock_settings", clients=clients, apps=apps) as (url, database),
        psycopg.connect(database, autocommit=True) as connection,
        Visitor(url) as visitor,
    ):
        for key, _ in (STOCK_CLIENTS["deleted_"], STOCK_APPS["deleted_app_"]):
            connection.execute("DELETE FROM oauth2_provider_application WHERE client_id = %s", [key])

        def expire(token):
            connection.execute(
                "UPDATE oauth2_provider_accesstoken SET expires = now() - interval '1 second'"
                " WHERE token_checksum = encode(sha256(%s), 'hex')",
                [token.encode()],
            )

        def expire_code():
            connection.execute("UPDATE oauth2_provider_grant SET expires = now() - interval '1 second'")

        side = PersonSide(url, STOCK_CLIENTS | STOCK_APPS, expire, visitor=visitor, expire_code=expire_code)
        with side.http:
            yield side


@pytest.fixture(scope="module")
def ours(server):
    """The same clients and apps in a company of ours, with Ana signed in."""
    from config.database import conninfo
    from consumers import credentials, registration
    from tenants.context import tenant_scope
    from tests.cast import make_acme, make_app, make_machine
    from tests.oracle.people import PersonSide
    from tests.visitor import Visitor

    acme = make_acme()
    machines = {prefix: make_machine(acme.tenant) for prefix in STOCK_CLIENTS}
    apps = {
        prefix: make_app(acme.tenant, redirect_uris=CALLBACK, is_first_party=True, skips_consent=True)
        for prefix in STOCK_APPS
    }
    with tenant_scope(acme.tenant):
        for gone in (machines["deleted_"], apps["deleted_app_"]):
            registration.delete_consumer(consumer=gone.consumer)
    with psycopg.connect(conninfo("owner"), autocommit=True) as connection, Visitor(server) as visitor:
        visitor.sign_in(acme.ana)

        def expire(token):
            digest = credentials.halved(credentials.digest(token))
            connection.execute(
                "UPDATE authorizations_accesstoken SET expires = now() - interval '1 second' WHERE token_checksum = %s",
                [digest],
            )

        def expire_code():
            every = "UPDATE authorizations_authorizationcode SET expires = now() - interval '1 second'"
            connection.execute(f"{every} WHERE tenant_id = %s", [acme.tenant.pk])

        clients = {prefix: client.auth for prefix, client in (machines | apps).items()}
        side = PersonSide(f"{server}{acme.path}", clients, expire, visitor=visitor, expire_code=expire_code)
        with side.http:
            yield side
