"""Real client libraries against a real server, and what a server keeps when it is told to stop."""

import os
import subprocess
import sys
import time

import httpx
import pytest
import requests
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.requests_client import OAuth2Session

from tenants.context import tenant_scope
from tests.cast import make_machine
from tests.servers import start_server

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def server():
    with start_server(workers=2) as base_url:
        yield base_url


@pytest.mark.rfc("6749", "4.4", "a stock client gets a token")
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("library", [OAuth2Session, OAuth2Client])
def test_authlib_gets_introspects_and_revokes_a_token(server, acme, any_machine, library, method):
    issuer = f"{server}{acme.path}"
    found = requests.get(f"{server}/.well-known/oauth-authorization-server{acme.path}", timeout=10).json()
    assert found["issuer"] == issuer
    with library(
        any_machine.key, any_machine.secret, token_endpoint_auth_method=method, scope="assets:view"
    ) as session:
        token = session.fetch_token(found["token_endpoint"], grant_type="client_credentials")
        assert (token["token_type"], token["scope"], token["expires_in"]) == ("Bearer", "assets:view", 3600)
        seen = session.introspect_token(found["introspection_endpoint"], token=token["access_token"])
        assert seen.json()["active"] is True
        assert session.revoke_token(found["revocation_endpoint"], token=token["access_token"]).status_code == 200
        seen = session.introspect_token(found["introspection_endpoint"], token=token["access_token"])
        assert seen.json() == {"active": False}


@pytest.mark.rfc("TN", "two workers", "TN-13")
def test_both_workers_know_at_once_what_the_other_did(server, acme, machine):
    url = f"{server}{acme.path}/oauth"
    for _ in range(10):
        token = httpx.post(f"{url}/token", auth=machine.auth, data={"grant_type": "client_credentials"}).json()
        fields = {"token": token["access_token"]}
        assert httpx.post(f"{url}/introspect", auth=machine.auth, data=fields).json()["active"] is True
        httpx.post(f"{url}/revoke", auth=machine.auth, data=fields)
        found = [httpx.post(f"{url}/introspect", auth=machine.auth, data=fields).json() for _ in range(4)]
        assert found == [{"active": False}] * 4


def test_a_real_server_answers_the_odd_requests_too(server, acme, machine):
    url = f"{server}{acme.path}/oauth/token"
    assert httpx.get(url).status_code == 405
    assert httpx.head(f"{server}{acme.path}/oauth/jwks").status_code == 200
    assert httpx.options(url).status_code == 204
    assert httpx.post(url, content=b"x" * 100_000).status_code == 413

    def chunks():
        yield b"grant_type="
        yield b"client_credentials"

    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(url, content=chunks(), headers=sent, auth=machine.auth).status_code == 200


def test_what_was_not_written_yet_is_written_when_the_server_stops(acme):
    machine = make_machine(acme.tenant)
    with start_server(workers=1) as base_url:
        started = time.monotonic()
        answer = httpx.post(
            f"{base_url}{acme.path}/oauth/token", auth=machine.auth, data={"grant_type": "client_credentials"}
        )
        assert answer.status_code == 200
        assert time.monotonic() - started < 5
    with tenant_scope(acme.tenant):
        assert machine.consumer.authorizations.get().last_accessed_at is not None


def test_this_process_writes_what_it_keeps_when_it_ends(acme, machine):
    """Without the two seconds the background thread would have."""
    script = (
        "import django; django.setup()\n"
        "from tenants import background\n"
        "from authorizations import activity\n"
        "background.PAUSE_SECONDS = 60\n"
        f"activity.touch({acme.tenant.pk}, {authorization_of(acme, machine)}, '192.0.2.44')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30, env=environment())
    with tenant_scope(acme.tenant):
        assert machine.consumer.authorizations.get().last_accessed_address == "192.0.2.44"


def authorization_of(acme, machine):
    with tenant_scope(acme.tenant):
        return machine.consumer.authorizations.get().pk


def environment():
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
