from contextlib import contextmanager
from secrets import token_hex, token_urlsafe

import httpx
import psycopg
import pytest

CALLBACK = "https://app.example/callback"
STOCK_APPS = {prefix: (f"app-{prefix}1", token_urlsafe(32)) for prefix in ("app_", "other_app_", "deleted_app_")}
HOME = "https://app.example/"
STOCK_DEVICES = {prefix: (f"{prefix}1", token_urlsafe(32)) for prefix in ("device_", "other_device_")}
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
    apps = [(*pair, CALLBACK, HOME) for pair in STOCK_APPS.values()]
    devices = list(STOCK_DEVICES.values())
    with (
        start_project("tests.oracle.stock_settings", clients=clients, apps=apps, devices=devices) as (url, database),
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

        def expire_codes():
            for table in ("grant", "devicegrant"):
                connection.execute(f"UPDATE oauth2_provider_{table} SET expires = now() - interval '1 second'")

        def ask_device(client):
            """Its own endpoint breaks with oauthlib 4, so this writes what that would have written."""
            asked = {"device_code": token_urlsafe(32), "user_code": token_hex(4)}
            connection.execute(
                "INSERT INTO oauth2_provider_devicegrant"
                " (device_code, user_code, client_id, scope, interval, status, last_checked, expires) VALUES"
                " (%s, %s, %s, 'assets:view', 5, 'authorization-pending', now(), now() + interval '15 minutes')",
                [*asked.values(), client[0]],
            )
            return asked

        def decide(visitor, asked, answer):
            page = visitor.post(visitor.get(f"{url}/device/"), "", [("user_code", asked["user_code"])])
            done = visitor.post(page, "", [("action", "accept" if answer == "Allow" else "deny")])
            assert "/device/done/" in str(done.url), done.text

        clients = STOCK_CLIENTS | STOCK_APPS | STOCK_DEVICES
        ways = {"expire_codes": expire_codes, "ask_device": ask_device, "decide": decide}
        side = PersonSide(url, clients, expire, visitor=visitor, newcomer=lambda: Visitor(url), **ways)
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
        prefix: make_app(
            acme.tenant,
            redirect_uris=CALLBACK,
            post_logout_redirect_uris=HOME,
            is_first_party=True,
            skips_consent=True,
        )
        for prefix in STOCK_APPS
    }
    devices = {prefix: make_app(acme.tenant, allows_device_flow=True) for prefix in STOCK_DEVICES}
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

        def expire_codes():
            for table in ("authorizationcode", "devicecode"):
                every = f"UPDATE authorizations_{table} SET expires = now() - interval '1 second'"
                connection.execute(f"{every} WHERE tenant_id = %s", [acme.tenant.pk])

        @contextmanager
        def newcomer():
            with Visitor(server) as found:
                found.sign_in(acme.ana)
                yield found

        def ask_device(client):
            sent = {"client_id": client[0], "scope": "assets:view"}
            answer = httpx.post(f"{server}{acme.path}/oauth/device_authorization", auth=client, data=sent)
            return answer.raise_for_status().json()

        def decide(visitor, asked, answer):
            page = visitor.press(visitor.get(asked["verification_uri_complete"]), "Yes, it is the same")
            assert visitor.press(page, answer).status_code == 200

        clients = {prefix: client.auth for prefix, client in (machines | apps | devices).items()}
        ways = {"expire_codes": expire_codes, "ask_device": ask_device, "decide": decide}
        side = PersonSide(f"{server}{acme.path}", clients, expire, visitor=visitor, newcomer=newcomer, **ways)
        with side.http:
            yield side
