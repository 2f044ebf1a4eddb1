"""Two resource servers of one company: a token for one is nothing to the other (RFC 8707 §2, RFC 9068 §4)."""

import httpx
import pytest

from tests import cast
from tests.examples.programs import resource_server
from tests.servers import start_server

METERS, PUMPS = "https://meters.example", "https://pumps.example/v2"


@pytest.fixture(scope="module")
def world():
    acme = cast.make_acme()
    # To see the tokens that are for it an API needs no permission.
    meters = cast.make_machine(acme.tenant, "assets:view", name="Meters", resource=METERS)
    pumps = cast.make_machine(acme.tenant, "assets:view", name="Pumps", resource=PUMPS)
    with start_server() as base_url:
        issuer = f"{base_url}{acme.path}"
        with (
            resource_server(issuer, meters, RESOURCE=METERS) as first,
            resource_server(issuer, pumps, RESOURCE=PUMPS) as second,
        ):
            yield acme, issuer, {METERS: first, PUMPS: second}


def token_for(issuer, machine, *resources):
    form = {"grant_type": "client_credentials", "resource": list(resources)}
    return httpx.post(f"{issuer}/oauth/token", data=form, auth=machine.auth).json()["access_token"]


def taken_by(servers, path, token):
    headers = {"Authorization": f"Bearer {token}"}
    statuses = {name: httpx.get(f"{address}{path}", headers=headers).status_code for name, address in servers.items()}
    assert set(statuses.values()) <= {200, 401}, statuses
    return {name for name, status in statuses.items() if status == 200}


@pytest.mark.rfc("8707", "2", "RI-03")
@pytest.mark.rfc("9068", "4", "AT-05")
@pytest.mark.parametrize(("token_format", "path"), [("opaque", "/work-orders"), ("jwt", "/jwt/work-orders")])
def test_a_token_for_one_api_is_refused_by_the_other(world, token_format, path):
    acme, issuer, servers = world
    machine = cast.make_machine(acme.tenant, "work_orders:view", token_format=token_format)

    assert taken_by(servers, path, token_for(issuer, machine, METERS)) == {METERS}
    assert taken_by(servers, path, token_for(issuer, machine, PUMPS)) == {PUMPS}
    assert taken_by(servers, path, token_for(issuer, machine, METERS, PUMPS)) == {METERS, PUMPS}
    assert taken_by(servers, path, token_for(issuer, machine)) == set()


@pytest.mark.rfc("9728", "3", "PR-01")
@pytest.mark.rfc("9728", "5.1", "PR-03")
def test_each_publishes_whose_tokens_it_takes_and_leads_there(world):
    _, issuer, servers = world
    for name, path in ((METERS, ""), (PUMPS, "/v2")):
        found = httpx.get(f"{servers[name]}/.well-known/oauth-protected-resource{path}").json()
        assert (found["resource"], found["authorization_servers"]) == (name, [issuer])
        answer = httpx.get(f"{servers[name]}/work-orders")
        assert answer.status_code == 401
        host = name.removesuffix(path)
        named = f'resource_metadata="{host}/.well-known/oauth-protected-resource{path}"'
        assert answer.headers["WWW-Authenticate"] == f'Bearer realm="work-orders", {named}'
