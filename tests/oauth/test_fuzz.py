"""HT-26: whatever is sent, the wire answers with a documented status and, when it refuses, its one JSON shape."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire import FORM, Wire

STATUSES = {200, 204, 304, 400, 401, 404, 405, 413, 429}
CODES = {
    "invalid_request", "invalid_client", "invalid_scope", "unauthorized_client", "unsupported_grant_type", "not_found",
    "temporarily_unavailable",
}  # fmt: skip
ENDPOINTS = ["oauth/token", "oauth/introspect", "oauth/revoke", "oauth/jwks", ".well-known/oauth-authorization-server"]
names = st.sampled_from(
    ["grant_type", "scope", "client_id", "client_secret", "token", "token_type_hint", "resource", "x", ""]
)
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["client_credentials", "assets:view", "gate_at_x", "a.b.c", "\0", "💥", "e30.e30.AAAA", "'; --"]),
)
forms = st.lists(st.tuples(names, texts), max_size=8)
encoded = forms.map(lambda pairs: "&".join(f"{a}={b}" for a, b in pairs).encode("utf-8", "surrogatepass"))
bodies = st.one_of(encoded, st.binary(max_size=200))
headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from([FORM, FORM + ";charset=x", "application/json", "x"]),
        "Authorization": st.one_of(
            st.binary(max_size=40).map(lambda raw: "Basic " + __import__("base64").b64encode(raw).decode()),
            st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
        ),
        "If-None-Match": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    },
)


@pytest.fixture
def company():
    from tests.cast import make_acme

    return make_acme()


@pytest.mark.rfc("6749", "5.2", "HT-26")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["POST", "POST", "POST", "POST", "GET", "HEAD", "PUT", "OPTIONS"]),
    endpoint=st.sampled_from(ENDPOINTS),
    given_headers=headers,
    body=bodies,
    known=st.booleans(),
)  # fmt: skip
def test_the_wire_answers_anything(company, machine, method, endpoint, given_headers, body, known):
    wire = Wire(company)
    sent = {"Content-Type": FORM, **given_headers}
    if known:
        from tests.wire import basic

        sent |= basic(*machine.auth)
        wire = Wire(type(company)(machine.consumer.tenant))
    answer = wire.send(method, f"{wire.company.path}/{endpoint}", headers=sent, body=body)
    assert answer.status in STATUSES
    if answer.status >= 400 and method != "HEAD":
        content = json.loads(answer.body)
        assert set(content) == {"error", "error_description"}
        assert content["error"] in CODES
        assert answer.header("Cache-Control") == "no-store"
