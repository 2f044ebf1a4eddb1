"""A database that goes away, stops answering and comes back: the wire says 503 in JSON, pages say it in a sentence,
nobody waits five seconds, and two seconds after its return everything works without a restart."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from tests.cast import PASSWORD, make_acme, make_machine
from tests.deployment.relay import Relay
from tests.servers import start_server

MOST_SECONDS = 5.0
RECOVERY_SECONDS = 2.0


class Node:
    """A node whose line to its database is in our hands, and a person signed in to it."""

    def __init__(self, base: str, relay: Relay) -> None:
        self.base, self.relay = base, relay
        self.acme = make_acme()
        self.machine = make_machine(self.acme.tenant, "consumers:view", "assets:view")
        self.http = httpx.Client(base_url=base, timeout=20)
        self.token = self.ask("token").json()["access_token"]
        page = self.http.get("/accounts/login/").text
        csrf = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"csrfmiddlewaretoken": csrf, "login": self.acme.ana.email, "password": PASSWORD}
        assert self.http.post("/accounts/login/", data=form).status_code == 302

    def ask(self, what: str) -> httpx.Response:
        path, bearer = self.acme.path, {"Authorization": f"Bearer {getattr(self, 'token', '')}"}
        match what:
            case "token":
                form = {"grant_type": "client_credentials"}
                return self.http.post(f"{path}/oauth/token", data=form, auth=self.machine.auth)
            case "introspect":
                return self.http.post(f"{path}/oauth/introspect", data={"token": self.token}, auth=self.machine.auth)
            case "revoke":
                return self.http.post(f"{path}/oauth/revoke", data={"token": "x"}, auth=self.machine.auth)
            case "jwks":
                return self.http.get(f"{path}/oauth/jwks")
            case "api":
                return httpx.get(f"{self.base}{path}/api/v1/consumers", headers=bearer, timeout=20)
            case "page":
                return self.http.get(f"{path}/settings/general/")
            case "home":
                return self.http.get("/companies/")
            case "readiness":
                return self.http.get("/readyz")
        raise AssertionError(what)


WIRE = ("token", "introspect", "revoke", "jwks")
JSON = (*WIRE, "api", "readiness")
PAGES = ("page", "home")


@pytest.fixture(scope="module")
def node():
    address = urlsplit(os.environ["DATABASE_URL"])
    host = parse_qs(address.query).get("host", [""])[0]
    if not host:
        pytest.skip("the relay speaks unix sockets")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        relay = Relay(Path(folder), f"{host}/.s.PGSQL.5432")
        relay.open()
        url = address._replace(query=f"host={quote(folder, safe='')}").geturl()
        with start_server(environment={"DATABASE_URL": url, "GATEHOUSE_ENV": "development"}) as base:
            node = Node(base, relay)
            yield node
            node.http.close()
        relay.cut()


def assert_it_says_so(node: Node, what: str) -> None:
    begun = time.monotonic()
    answer = node.ask(what)
    assert time.monotonic() - begun < MOST_SECONDS, what
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2"), what
    assert "no-store" in answer.headers["Cache-Control"], what
    if what in JSON:
        assert answer.headers["Content-Type"] == "application/json", what
        assert answer.json(), what
    else:
        assert "Nothing is lost. Reload this page in a few seconds." in answer.text
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def assert_everything_works_again(node: Node) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    waiting = {*JSON, *PAGES}
    while waiting and time.monotonic() < deadline:
        waiting -= {what for what in waiting if node.ask(what).status_code == 200}
    assert not waiting


@pytest.mark.parametrize("fault", ["cut", "hold"])
def test_while_the_database_is_away_everything_says_so_and_afterwards_everything_works(node, fault):
    assert_everything_works_again(node)
    getattr(node.relay, fault)()
    try:
        for _ in range(2):
            for what in (*JSON, *PAGES):
                assert_it_says_so(node, what)
    finally:
        node.relay.open() if fault == "cut" else node.relay.release()
    assert_everything_works_again(node)
