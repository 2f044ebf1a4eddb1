"""PR rows: the metadata of our own API, and how a client is led to it."""

import json

import pytest
from django.test import Client

from tenants import companies
from tenants.context import tenant_scope
from tenants.models import Domain
from tests.cast import Company, make_tenant
from tests.wire import Wire

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def document(wire, path="", **headers):
    return wire.send("GET", f"{WELL_KNOWN}{path or wire.company.path + '/api'}", headers=headers)


@pytest.mark.rfc("9728", "3", "PR-01")
@pytest.mark.rfc("9728", "2", "PR-02")
@pytest.mark.rfc("9728", "2", "PR-04")
def test_our_api_says_whose_tokens_it_takes(wire, acme):
    answer = document(wire)
    assert (answer.status, answer.header("Content-Type")) == (200, "application/json")
    assert answer.header("Access-Control-Allow-Origin") == "*"
    issuer = acme.tenant.issuer
    found = answer.json()
    scopes = found.pop("scopes_supported")
    assert found == {
        "resource": f"{issuer}/api",
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
        "resource_name": "Gatehouse management API",
        "resource_documentation": f"{issuer}/api/",
    }
    assert {"consumers:view", "consumers:add", "authorizations:delete", "permission_groups:edit"} <= set(scopes)
    assert not [scope for scope in scopes if scope.startswith("assets:")]


@pytest.mark.rfc("9728", "3.2", "PR-05")
def test_empty_lists_are_left_out(door):
    bare = Company(make_tenant("Bare", modules=[]))
    found = document(Wire(bare, door)).json()
    assert "scopes_supported" not in found
    assert not [name for name, value in found.items() if value in ([], "", None)]


@pytest.mark.rfc("9728", "5.1", "PR-03")
@pytest.mark.rfc("9728", "3.3", "PR-01")
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
def test_a_client_without_a_good_token_is_led_to_it(wire, acme, headers):
    answer = Client().get(f"{acme.path}/api/v1/consumers", headers=headers)
    assert answer.status_code == 401
    challenge = answer["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="api", resource_metadata="')
    assert ('error="invalid_token"' in challenge) == bool(headers)
    named = challenge.split('resource_metadata="')[1].split('"')[0]
    host = acme.tenant.issuer.removesuffix(acme.path)
    assert named == f"{host}{WELL_KNOWN}{acme.path}/api"
    found = wire.send("GET", named.removeprefix(host)).json()
    assert found["resource"] == f"{acme.tenant.issuer}/api"


@pytest.mark.rfc("9728", "3", "PR-01")
def test_at_a_companys_own_host_it_is_about_the_api_there(wire, acme):
    host = f"{acme.slug}.example"
    with tenant_scope(acme.tenant):
        Domain.objects.create(host=host)
    found = document(wire, "/api", Host=host).json()
    assert (found["resource"], found["authorization_servers"]) == (f"http://{host}/api", [f"http://{host}"])


@pytest.mark.rfc("9728", "4", "PR-06")
def test_the_authorization_server_names_the_api_too(wire, acme):
    answer = wire.send("GET", f"{acme.path}/.well-known/oauth-authorization-server")
    assert json.loads(answer.body)["protected_resources"] == [document(wire).json()["resource"]]


@pytest.mark.parametrize("path", ["/t/nobody-has-this/api", "/t/Acme/api", "/t/%00/api"])
def test_an_unknown_company_has_none(wire, path):
    assert document(wire, path).status == 404


def test_neither_has_the_platform_nor_any_other_path(acme):
    for path in ("", "/api", f"{acme.path}", f"{acme.path}/api/v1"):
        assert Client().get(f"{WELL_KNOWN}{path}").status_code == 404


def test_a_suspended_company_has_none(wire, acme):
    companies.suspend_company(acme.tenant)
    assert document(wire).status == 404


def test_it_may_only_be_read(wire, acme):
    answer = wire.send("POST", f"{WELL_KNOWN}{acme.path}/api")
    assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD, OPTIONS")
    again = document(wire, **{"If-None-Match": document(wire).header("ETag")})
    assert again.status == 304
