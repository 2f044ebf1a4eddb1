from secrets import token_urlsafe

import psycopg
import pytest

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
    from tests.oracle.projects import start_project
    from tests.oracle.sides import Side

    clients = list(STOCK_CLIENTS.values())
    with (
        start_project("tests.oracle.stock_settings", clients=clients) as (url, database),
        psycopg.connect(database, autocommit=True) as connection,
    ):
        deleted = "DELETE FROM oauth2_provider_application WHERE client_id = %s"
        connection.execute(deleted, [STOCK_CLIENTS["deleted_"][0]])

        def expire(token):
            connection.execute(
                "UPDATE oauth2_provider_accesstoken SET expires = now() - interval '1 second'"
                " WHERE token_checksum = encode(sha256(%s), 'hex')",
                [token.encode()],
            )

        side = Side(url, STOCK_CLIENTS, expire)
        with side.http:
            yield side


@pytest.fixture(scope="module")
def ours(server):
    """The same three clients in a company of ours."""
    from config.database import conninfo
    from consumers import credentials, registration
    from tenants.context import tenant_scope
    from tests.cast import make_acme, make_machine
    from tests.oracle.sides import Side

    acme = make_acme()
    machines = {prefix: make_machine(acme.tenant) for prefix in ("", "other_", "deleted_")}
    with tenant_scope(acme.tenant):
        registration.delete_consumer(consumer=machines["deleted_"].consumer)
    with psycopg.connect(conninfo("owner"), autocommit=True) as connection:

        def expire(token):
            digest = credentials.halved(credentials.digest(token))
            connection.execute(
                "UPDATE authorizations_accesstoken SET expires = now() - interval '1 second' WHERE token_checksum = %s",
                [digest],
            )

        clients = {prefix: machine.auth for prefix, machine in machines.items()}
        side = Side(f"{server}{acme.path}", clients, expire)
        with side.http:
            yield side
