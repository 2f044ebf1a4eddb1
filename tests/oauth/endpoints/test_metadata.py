"""MD rows: discovery and keys."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from oauth import keys
from oauth.models import SigningKey
from tenants import companies
from tenants.context import tenant_scope
from tenants.models import Domain
from tests.cast import make_machine
from tests.wire import Wire


def document(wire, **headers):
    return wire.send("GET", f"{wire.company.path}/.well-known/oauth-authorization-server", headers=headers)


@pytest.mark.rfc("8414", "3", "MD-01")
@pytest.mark.rfc("8414", "3.3", "MD-02")
@pytest.mark.rfc("8414", "2", "MD-05")
@pytest.mark.rfc("8414", "2", "MD-18")
@pytest.mark.rfc("8414", "2", "MD-19")
@pytest.mark.rfc("OIDC Discovery", "4", "MD-03")
@pytest.mark.rfc("9068", "4", "MD-04")
@pytest.mark.rfc("8414", "2.1", "MD-15")
@pytest.mark.rfc("9207", "3", "MD-16")
@pytest.mark.rfc("OIDC Discovery", "3", "OI-16")
@pytest.mark.rfc("OIDC Discovery", "3", "OI-20")
@pytest.mark.rfc("MCP", "discovery", "MCP-01")
@pytest.mark.rfc("MCP", "security", "MCP-02")
def test_every_position_of_either_name_gives_the_same_document(wire, acme):
    answer = document(wire)
    issuer = acme.tenant.issuer
    assert (answer.status, answer.header("Content-Type")) == (200, "application/json")
    for path in (
        f"/.well-known/oauth-authorization-server{acme.path}",
        f"/.well-known/openid-configuration{acme.path}",
        f"{acme.path}/.well-known/openid-configuration",
    ):
        assert wire.send("GET", path).body == answer.body
    assert answer.json() == {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": [
            "name", "locale", "email", "email_verified",
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
        ],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "acr_values_supported": ["urn:gatehouse:acr:1", "urn:gatehouse:acr:2"],
        "end_session_endpoint": f"{issuer}/oauth/end_session",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "token_endpoint": f"{issuer}/oauth/token",
        "grant_types_supported": [
            "client_credentials",
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "device_authorization_endpoint": f"{issuer}/oauth/device_authorization",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "protected_resources": [f"{issuer}/api"],
        "ui_locales_supported": ["en", "es", "pt-BR", "fr"],
        "service_documentation": "http://127.0.0.1:8000/help/",
    }  # fmt: skip


@pytest.mark.rfc("8414", "3.2", "MD-06")
def test_empty_lists_are_left_out(wire):
    assert not [name for name, value in document(wire).json().items() if value in ([], "", None)]


@pytest.mark.rfc("8414", "2", "MD-07")
def test_every_endpoint_it_names_answers(wire, machine):
    found = document(wire).json()
    token = wire.issue(machine)
    for name, fields in (
        ("token_endpoint", {"grant_type": "client_credentials"}),
        ("introspection_endpoint", {"token": token}),
        ("revocation_endpoint", {"token": token}),
    ):
        assert found[name] == found["issuer"] + "/oauth/" + found[name].rpartition("/")[2]
        assert wire.post(found[name].rpartition("/")[2], fields, machine=machine).status == 200
    assert wire.send("GET", wire.url("jwks")).status == 200


@pytest.mark.rfc("9700", "4.9", "MD-08")
@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Forwarded-Proto", "X-Original-URL"])
def test_no_header_changes_the_issuer(wire, acme, header):
    assert document(wire, **{header: "evil.example"}).json()["issuer"] == acme.tenant.issuer


@pytest.mark.rfc("9700", "4.9", "MD-08")
def test_a_strange_host_changes_nothing(acme):
    answer = document(Wire(acme), Host="evil.example")
    assert answer.json()["issuer"] == acme.tenant.issuer


@pytest.mark.rfc("8414", "3", "MD-09")
@pytest.mark.parametrize("slug", ["nobody-has-this", "Acme", "a" * 200, "%00", "..", "%2e%2e"])
def test_an_unknown_company_has_no_document(wire, slug):
    for path in (
        f"/t/{slug}/.well-known/oauth-authorization-server",
        f"/.well-known/oauth-authorization-server/t/{slug}",
        f"/t/{slug}/.well-known/openid-configuration",
        f"/.well-known/openid-configuration/t/{slug}",
    ):
        answer = wire.send("GET", path)
        assert (answer.status, answer.json()["error"]) == (404, "not_found")


@pytest.mark.rfc("TN", "suspended", "TN-10")
def test_a_suspended_company_has_no_document_and_no_keys(wire, acme, owner_connection):
    owner_connection.execute("UPDATE tenants_tenant SET suspended_at = now() WHERE id = %s", [acme.tenant.pk])
    assert document(wire).status == 404
    assert wire.send("GET", wire.url("jwks")).status == 404


@pytest.mark.rfc("OIDC Discovery", "3", "MD-10")
@pytest.mark.parametrize(
    "path", ["oauth/jwks", ".well-known/oauth-authorization-server", ".well-known/openid-configuration"]
)
def test_documents_may_be_read_from_any_page(wire, acme, path):
    path = f"{acme.path}/{path}"
    full, head = wire.send("GET", path), wire.send("HEAD", path)
    assert full.header("Access-Control-Allow-Origin") == head.header("Access-Control-Allow-Origin") == "*"
    assert (head.status, head.body) == (200, b"")
    preflight = wire.send("OPTIONS", path, headers={"Origin": "https://spa.example"})
    assert (preflight.status, preflight.header("Access-Control-Allow-Origin")) == (204, "*")


@pytest.mark.rfc("9110", "8.8.3", "MD-11")
@pytest.mark.parametrize(
    "path", ["oauth/jwks", ".well-known/oauth-authorization-server", ".well-known/openid-configuration"]
)
def test_documents_may_be_kept_and_asked_for_again(wire, acme, path):
    path = f"{acme.path}/{path}"
    first = wire.send("GET", path)
    assert first.header("Cache-Control") == "public, max-age=300"
    again = wire.send("GET", path, headers={"If-None-Match": first.header("ETag")})
    assert (again.status, again.body) == (304, b"")
    other = wire.send("GET", path, headers={"If-None-Match": '"other"'})
    assert (other.status, other.body) == (200, first.body)
    assert wire.send("POST", path).status == 405


@pytest.mark.rfc("7517", "4", "MD-12")
@pytest.mark.rfc("OIDC Core", "10.1", "MD-14")
def test_keys_show_their_public_half_only(wire, acme):
    wire.issue(make_machine(acme.tenant, token_format="jwt"))
    published = {key["alg"]: key for key in wire.send("GET", wire.url("jwks")).json()["keys"]}
    assert set(published) == {"ES256", "RS256"}
    assert set(published["ES256"]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert set(published["RS256"]) == {"kty", "n", "e", "kid", "use", "alg"}
    assert [(key["kty"], key["use"]) for key in published.values()] == [("EC", "sig"), ("RSA", "sig")]
    assert len(keys.from_base64url(published["RS256"]["n"])) * 8 >= 2048
    assert published["ES256"]["kid"] != published["RS256"]["kid"]


@pytest.mark.rfc("7517", "5", "MD-12")
def test_a_company_has_a_key_before_its_first_signed_token(wire, acme):
    """Who asks for the keys first must not keep an empty set until its cache expires."""
    first = wire.send("GET", wire.url("jwks")).json()["keys"]
    token = wire.issue(make_machine(acme.tenant, token_format="jwt"))
    kid = json.loads(keys.from_base64url(token.split(".")[0]))["kid"]
    assert kid in [key["kid"] for key in first if key["alg"] == "ES256"]
    assert wire.send("GET", wire.url("jwks")).json()["keys"] == first


def test_however_many_ask_for_the_first_key_at_once_there_is_one_of_each_kind(acme, wire):
    with ThreadPoolExecutor(8) as askers:
        answers = [answer.body for answer in askers.map(lambda _: wire.send("GET", wire.url("jwks")), range(8))]
    assert len(set(answers)) == 1
    with tenant_scope(acme.tenant):
        assert sorted(SigningKey.objects.values_list("algorithm", flat=True)) == ["ES256", "RS256"]


def test_a_suspended_company_is_given_no_key(acme, wire):
    companies.suspend_company(acme.tenant)
    assert wire.send("GET", wire.url("jwks")).status == 404
    with tenant_scope(acme.tenant):
        assert not SigningKey.objects.exists()


@pytest.mark.rfc("TN", "two tenants", "MD-17")
def test_two_companies_share_no_key(acme, beta, door):
    found = []
    for company in (acme, beta):
        wire = Wire(company, door)
        wire.issue(make_machine(company.tenant, token_format="jwt"))
        found += [key["kid"] for key in wire.send("GET", wire.url("jwks")).json()["keys"]]
    assert len(set(found)) == 4


@pytest.mark.rfc("8414", "3", "TN-01")
def test_a_company_answers_at_a_host_name_of_its_own(acme, door, any_machine):
    host = f"{acme.slug}.example.test"
    with tenant_scope(acme.tenant):
        Domain.objects.create(host=host)
    wire = Wire(acme, door)
    at_host = {"Host": host}
    found = wire.send("GET", "/.well-known/oauth-authorization-server", headers=at_host).json()
    assert (found["issuer"], found["token_endpoint"]) == (f"http://{host}", f"http://{host}/oauth/token")
    assert wire.send("GET", "/.well-known/openid-configuration", headers=at_host).json() == found
    wire.url = lambda endpoint: f"/oauth/{endpoint}"
    token = wire.post("token", {"grant_type": "client_credentials"}, machine=any_machine, headers=at_host).json()
    seen = wire.post("introspect", {"token": token["access_token"]}, machine=any_machine, headers=at_host).json()
    assert (seen["active"], seen["iss"], seen["aud"]) == (True, f"http://{host}", f"http://{host}/api")
    nobody = wire.send("GET", "/oauth/jwks", headers={"Host": "nobody.example.test"})
    assert (nobody.status, nobody.json()["error"]) == (404, "not_found")


def test_the_documents_are_json_without_repeated_names(wire):
    def once(pairs):
        assert len({name for name, _ in pairs}) == len(pairs)
        return dict(pairs)

    json.loads(document(wire).body, object_pairs_hook=once)
    assert keys.base64url(b"\xff\xff") == "__8"
