"""The OpenAPI description and the page made from it."""

from html import escape

import pytest
from drf_spectacular.validation import validate_schema

from config.api_reference import Reference
from tenants import background


@pytest.fixture
def described(acme, client):
    return client.get(f"{acme.path}/api/schema").json()


def test_it_is_valid_openapi(described):
    validate_schema(described)
    assert described["openapi"] == "3.1.0"


def test_it_speaks_of_the_company_it_is_read_at(acme, beta, client, described):
    theirs = client.get(f"{beta.path}/api/schema").json()

    flow = described["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert described["servers"] == [{"url": acme.tenant.issuer, "description": "Acme"}]
    assert flow["tokenUrl"] == f"{acme.tenant.issuer}/oauth/token"
    assert theirs["servers"][0]["url"] == beta.tenant.issuer
    assert theirs["paths"] == described["paths"]


def test_it_names_every_scope_that_is_needed(described):
    flow = described["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]

    assert flow["scopes"]["consumers:add"] == "OAuth consumers: Add"
    for methods in described["paths"].values():
        for operation in methods.values():
            (needed,) = operation["security"][0]["oauth2"]
            assert needed in flow["scopes"]


def test_it_describes_every_address_there_is(described):
    from config.api_urls import urlpatterns

    real = {
        ("/api/" + str(pattern.pattern).replace("<int:pk>", "{id}").replace("<int:consumer_id>", "{consumer_id}"), verb)
        for pattern in urlpatterns
        if pattern.name and hasattr(pattern.callback, "actions")
        for verb in pattern.callback.actions
        if verb != "head"
    }

    assert {(path, verb) for path, methods in described["paths"].items() for verb in methods} == real


def test_errors_are_described_in_their_one_shape(described):
    assert set(described["components"]["schemas"]["Error"]["properties"]) == {"error", "error_description", "fields"}
    for methods in described["paths"].values():
        for operation in methods.values():
            assert {"401", "403"} <= operation["responses"].keys()
            for status, answer in operation["responses"].items():
                if status[0] == "4":
                    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}


def test_the_page_shows_every_operation_with_a_request_to_copy(acme, client, described):
    page = client.get(f"{acme.path}/api/")

    html = page.content.decode()
    assert page.status_code == 200
    for _tag, operations in Reference(described).groups:
        for operation in operations:
            assert f'id="{operation.id}"' in html
            assert escape(operation.summary) in html
    assert f"curl {acme.tenant.issuer}/api/v1/consumers" in html
    assert "POST" in html
    assert "consumers:add" in html
    assert "<script" not in html.split("</head>")[1]


def test_the_examples_are_true(described):
    """What the page tells people to send is what the API accepts, but for the ids."""
    reference = Reference(described)
    operations = {operation.id: operation for _tag, found in reference.groups for operation in found}

    register = operations["register-consumer"]
    assert '"name": "Ledger sync"' in register.curl
    assert '"permission_groups": [1]' in register.curl
    assert [answer.status for answer in register.answers if answer.is_good] == ["201"]
    assert '"client_secret": "gate_sec_…"' in next(answer.body for answer in register.answers if answer.is_good)


def test_an_address_that_is_not_there_answers_in_json(api):
    for path in ("nothing", "consumers/abc", "consumers/1/2/3", ""):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found"), path
        assert api.raw("GET", path).status_code == 401


def test_a_method_that_is_not_there_answers_in_json(api):
    answer = api("PUT", "consumers")

    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) >= {"GET", "POST"}


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND"])
def test_odd_methods_are_refused(api, method):
    for path in ("consumers", "consumers/1", "nothing"):
        assert api(method, path).status_code in (404, 405)
        assert api.raw(method, path).status_code in (401, 405)


def test_head_answers_like_get_without_a_body(api):
    answer = api("HEAD", "consumers")

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_slash_at_the_end_does_no_harm(api):
    # When it was last accessed is in the answer: written once, it stays for a minute.
    api.get("consumers")
    background.flush()
    assert api.get("consumers/").json() == api.get("consumers").json()
