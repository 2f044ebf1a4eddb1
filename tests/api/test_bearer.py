"""RFC 6750 at our own API."""

import base64
import logging
import re

import pytest
from django.test import Client

from tests.api.caller import Caller, manager_of, token_of
from tests.cast import make_machine

REALM = 'Bearer realm="api"'


def challenge(company, error=""):
    """A 401's: with where to learn how to get a token (RFC 9728)."""
    host = company.tenant.issuer.removesuffix(company.path)
    metadata = f'resource_metadata="{host}/.well-known/oauth-protected-resource{company.path}/api"'
    return f'{REALM}, {metadata}, error="{error}"' if error else f"{REALM}, {metadata}"


@pytest.mark.rfc("6750", "3.1", "BR-01")
def test_without_a_token_the_challenge_names_no_error(api):
    answer = api.raw("GET", "consumers")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == challenge(api.company)
    assert answer.json() == {
        "error": "not_authenticated",
        "error_description": "Authentication credentials were not provided.",
    }


@pytest.mark.rfc("6750", "3.1", "BR-02")
@pytest.mark.parametrize("token", ["garbage", "gate_at_", "gate_at_" + "A" * 49, "eyJhbGciOiJub25lIn0.e30."])
def test_an_unknown_token_is_invalid(api, token):
    answer = api.raw("GET", "consumers", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == challenge(api.company, "invalid_token")
    assert answer.json()["error"] == "invalid_token"


@pytest.mark.rfc("6750", "3.1", "BR-03")
def test_a_missing_scope_is_named(acme):
    weak = manager_of(acme, "consumers:view")

    answer = weak.post("consumers", {"name": "x"})

    assert answer.status_code == 403
    assert answer["WWW-Authenticate"] == f'{REALM}, error="insufficient_scope", scope="consumers:add"'
    assert answer.json() == {
        "error": "insufficient_scope",
        "error_description": "This needs a token with the scope consumers:add.",
    }


@pytest.mark.rfc("6750", "3.1", "BR-03 for a token narrowed when it was asked for")
def test_what_the_token_does_not_carry_does_not_count(acme):
    machine = make_machine(acme.tenant, "consumers:view", "authorizations:view")
    narrow = Caller(acme, machine, scope="authorizations:view")

    assert narrow.get("authorizations").status_code == 200
    assert narrow.get("consumers").status_code == 403


@pytest.mark.rfc("OAuth 2.1", "5.1", "BR-04")
def test_a_token_in_the_address_is_ignored(api):
    answer = api.raw("GET", f"{api.company.path}/api/v1/consumers?access_token={api.token}")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == challenge(api.company)


@pytest.mark.rfc("6750", "2", "BR-05")
def test_a_token_in_header_and_body_is_refused(api):
    form = {"content_type": "application/x-www-form-urlencoded"}

    answer = api.raw("POST", "consumers", f"access_token={api.token}", {"Authorization": f"Bearer {api.token}"}, **form)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_request"'


@pytest.mark.rfc("9110", "11.1", "BR-06")
def test_the_scheme_may_be_written_small(api):
    assert api.raw("GET", "consumers", headers={"Authorization": f"bearer {api.token}"}).status_code == 200


@pytest.mark.rfc("6750", "2.1", "BR-07")
@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer a b", "Bearer é", "Bearer a, Bearer b", "Bearer \t"])
def test_a_malformed_header_is_refused(api, value):
    assert api.raw("GET", "consumers", headers={"Authorization": value}).status_code in (400, 401)


@pytest.mark.rfc("9110", "11.6.1", "BR-08")
def test_every_challenge_is_well_formed(acme, api):
    weak = manager_of(acme, "authorizations:view")
    answers = [
        api.raw("GET", "consumers"),
        api.raw("GET", "consumers", headers={"Authorization": "Bearer garbage"}),
        weak.get("consumers"),
    ]

    for answer in answers:
        found = answer["WWW-Authenticate"]
        assert re.fullmatch(r'Bearer [a-z_]+="[^"\\]*"(, [a-z_]+="[^"\\]*")*', found), found


@pytest.mark.rfc("6750", "3.1", "BR-10")
def test_nothing_but_an_access_token_is_one(acme, api):
    from consumers import credentials
    from oauth import keys, tokens

    signed = manager_of(acme, "consumers:view", token_format="jwt").token
    head, claims, signature = signed.split(".")
    as_id_token = keys.base64url(tokens.encode({"typ": "JWT", "alg": "ES256"}).encode())
    others = [
        api.machine.secret,
        credentials.mint(credentials.REFRESH_TOKEN).shown,
        credentials.mint(credentials.CODE).shown,
        f"{as_id_token}.{claims}.{signature}",
    ]

    for other in others:
        answer = api.raw("GET", "consumers", headers={"Authorization": f"Bearer {other}"})
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, challenge(api.company, "invalid_token"))


@pytest.mark.rfc("6750", "5.3", "BR-14")
def test_a_token_shows_in_no_page_and_no_log(api, caplog):
    caplog.set_level(logging.DEBUG)
    bearer = {"Authorization": f"Bearer {api.token}"}
    answers = [
        api.raw("GET", "consumers/0", headers=bearer),
        api.raw("POST", "consumers", "{", bearer),
        api.raw("PUT", "consumers", "{}", bearer),
        api.raw("GET", f"{api.company.path}/api/v1/nowhere", headers=bearer),
        api.raw("GET", f"{api.company.path}/nowhere?access_token={api.token}", headers=bearer),
    ]

    assert {answer.status_code for answer in answers} <= {400, 404, 405}
    assert all(api.token not in answer.content.decode() for answer in answers)
    assert api.token not in caplog.text


@pytest.mark.rfc("6750", "3", "BR-09")
def test_basic_credentials_are_answered_with_a_bearer_challenge(api):
    basic = base64.b64encode(f"{api.machine.key}:{api.machine.secret}".encode()).decode()

    answer = api.raw("GET", "consumers", headers={"Authorization": f"Basic {basic}"})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "BR-11")
def test_a_token_of_one_company_is_nothing_to_another(acme, beta):
    theirs = manager_of(beta)

    answer = theirs("GET", f"{acme.path}/api/v1/consumers")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == challenge(acme, "invalid_token")


@pytest.mark.rfc("6750", "5.3", "BR-12")
def test_a_session_opens_nothing(acme, api):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(acme.ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    url = f"{acme.path}/api/v1/consumers"

    assert browser.get(url).status_code == 401
    weak = manager_of(acme, "authorizations:view")
    assert browser.get(url, headers={"Authorization": f"Bearer {weak.token}"}).status_code == 403
    assert browser.delete(f"{url}/1", headers={"Authorization": "Bogus x"}).status_code == 401


@pytest.mark.rfc("6750", "2.3", "BR-13")
def test_no_answer_may_be_stored(api):
    for answer in (api.get("consumers"), api.get("consumers/0"), api.raw("GET", "consumers")):
        assert answer["Cache-Control"] == "no-store"


def test_signed_tokens_work_as_well(acme):
    signed = manager_of(acme, "consumers:view", token_format="jwt")

    assert signed.token.count(".") == 2
    assert signed.get("consumers").status_code == 200


@pytest.mark.parametrize("scope", ["consumers:view", "consumers:add"])
def test_every_operation_asks_for_its_scope(acme, scope):
    """Asked of the real wiring: whoever holds one scope is let into the operations that name it, and no others."""
    from config import api as description

    caller = manager_of(acme, scope)
    for path, methods in description.described_for(acme.tenant)["paths"].items():
        for method, operation in methods.items():
            address = acme.path + path.replace("{id}", "999999").replace("{consumer_id}", "999999")
            answer = caller(method.upper(), address, {} if method in ("post", "patch") else None)
            allowed = operation["security"] == [{"oauth2": [scope]}]
            assert (answer.status_code == 403) is not allowed, (method, path, answer.content)


def test_every_action_names_its_scopes():
    from config.api_urls import urlpatterns

    for pattern in urlpatterns:
        actions = getattr(pattern.callback, "actions", None) or {}
        for action in actions.values():
            assert pattern.callback.cls.required_scopes[action], (pattern.name, action)


def test_the_log_names_the_consumer_that_acted(acme, api):
    from tenants.context import tenant_scope
    from tenants.models import AuditEvent

    api.post("permission-groups", {"name": "Made over the API", "scopes": ["assets:view"]})

    with tenant_scope(acme.tenant):
        line = AuditEvent.objects.get(verb="permission_group.created", object_name="Made over the API")
    assert (line.actor_id, line.actor_name) == (None, api.machine.consumer.name)


def test_tokens_of_two_machines_do_not_mix(acme):
    strong, weak = manager_of(acme), manager_of(acme, "authorizations:view")

    assert token_of(acme, strong.machine) != strong.token
    assert strong.get("consumers").status_code == 200
    assert weak.get("consumers").status_code == 403


@pytest.mark.rfc("Gatehouse", "Last accessed", "IN-19")
def test_a_call_shows_as_last_accessed_with_its_address(acme, api):
    from tenants import background
    from tests.authorizations.rows import row_of

    api.raw("GET", "consumers", headers={"Authorization": f"Bearer {api.token}"})
    background.flush()

    row = api.get(f"authorizations/{row_of(api.machine).pk}").json()
    assert row["last_accessed_at"] is not None
    assert row["last_accessed_address"] == "127.0.0.1"
    listed = api.get(f"consumers/{api.machine.consumer.pk}").json()
    assert listed["last_accessed_at"] == row["last_accessed_at"]
