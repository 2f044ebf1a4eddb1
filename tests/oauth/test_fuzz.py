"""HT-26: whatever is sent, the wire answers with a documented status and, when it refuses, its one JSON shape; the
pages that apps send people to never fail."""

import json
from base64 import b64encode
from urllib.parse import quote_plus

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import CALLBACK, CHALLENGE, VERIFIER, make_acme, make_app, make_code, make_yes
from tests.wire import FORM, Wire, basic

STATUSES = {200, 204, 304, 400, 401, 403, 404, 405, 413, 429}
CODES = {
    "invalid_request", "invalid_client", "invalid_scope", "unauthorized_client", "unsupported_grant_type", "not_found",
    "temporarily_unavailable", "invalid_grant", "invalid_target", "invalid_token", "insufficient_scope",
    "authorization_pending", "slow_down", "expired_token", "access_denied",
}  # fmt: skip
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ENDPOINTS = [
    "oauth/token", "oauth/token", "oauth/token", "oauth/introspect", "oauth/revoke", "oauth/device_authorization",
    "oauth/userinfo", "oauth/jwks", ".well-known/oauth-authorization-server", ".well-known/openid-configuration",
]  # fmt: skip
PAGES = ["oauth/authorize", "oauth/authorize", "oauth/end_session", "device/", "oauth/authorize/x", "consent/x/"]
names = st.sampled_from([
    "grant_type", "scope", "client_id", "client_secret", "token", "token_type_hint", "resource", "x", "", "code",
    "code_verifier", "redirect_uri", "refresh_token", "device_code", "user_code",
])  # fmt: skip
questions = st.sampled_from([
    "response_type", "client_id", "redirect_uri", "scope", "state", "response_mode", "nonce", "display", "prompt",
    "max_age", "ui_locales", "id_token_hint", "login_hint", "acr_values", "claims", "claims_locales", "request",
    "request_uri", "registration", "resource", "code_challenge", "code_challenge_method", "user_code",
    "post_logout_redirect_uri", "logout_hint", "error", "",
])  # fmt: skip
texts = st.one_of(
    st.text(max_size=40),
    st.integers().map(str),
    st.sampled_from([
        "client_credentials", "authorization_code", "refresh_token", DEVICE_GRANT, "assets:view", "openid", "gate_at_x",
        "gate_rt_x", "a.b.c", "\0", "💥", "e30.e30.AAAA", "'; --", "code", "none", "login consent", "form_post", "S256",
        CALLBACK, CHALLENGE, VERIFIER, "https://api.example", "{}", "[", "es pt fr", "BCDF-GHJK", "\r\nX: y", "\ud800",
        "https://a/?" + "b" * 3000, "9" * 400,
    ]),
)  # fmt: skip
forms = st.lists(st.tuples(names, texts), max_size=8)
raw = forms.map(lambda pairs: "&".join(f"{a}={b}" for a, b in pairs).encode("utf-8", "surrogatepass"))
encoded = forms.map(
    lambda pairs: "&".join(f"{a}={quote_plus(b, errors='surrogatepass')}" for a, b in pairs).encode("ascii")
)
bodies = st.one_of(raw, encoded, st.binary(max_size=200))
headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from([FORM, FORM + ";charset=x", "application/json", "x"]),
        "Authorization": st.one_of(
            st.binary(max_size=40).map(lambda raw: "Basic " + b64encode(raw).decode()),
            st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
            st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40).map("Bearer {}".format),
        ),
        "If-None-Match": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
        "Origin": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    },
)
anything = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def company():
    return make_acme()


@pytest.fixture
def app(company):
    return make_app(company.tenant, "assets:view", allows_device_flow=True)


@pytest.fixture
def living(company, app):
    """What an app could hold: each is worth something somewhere, and nothing elsewhere."""
    wire, family = Wire(company), make_yes(app, company.ana, "openid", "assets:view")
    given = wire.redeem(app, make_code(family)).json()
    device = wire.app("device_authorization", app, {}).json()
    return [
        given["access_token"], given["refresh_token"], given["id_token"], make_code(family), device["device_code"],
        device["user_code"], app.key, app.secret,
    ]  # fmt: skip


@pytest.mark.rfc("6749", "5.2", "HT-26")
@anything
@given(
    method=st.sampled_from(["POST", "POST", "POST", "POST", "GET", "HEAD", "PUT", "OPTIONS"]),
    endpoint=st.sampled_from(ENDPOINTS),
    given_headers=headers,
    body=bodies,
    known=st.booleans(),
    held=st.tuples(names, st.integers(0, 7)),
)  # fmt: skip
def test_the_wire_answers_anything(company, app, living, method, endpoint, given_headers, body, known, held):
    wire = Wire(company)
    sent = {"Content-Type": FORM, **given_headers, **(basic(*app.auth) if known else {})}
    body += f"&{held[0]}={living[held[1]]}".encode()
    answer = wire.send(method, f"{company.path}/{endpoint}", headers=sent, body=body)
    assert answer.status in STATUSES
    if answer.status >= 400 and method != "HEAD":
        content = json.loads(answer.body)
        assert set(content) == {"error", "error_description"}
        assert content["error"] in CODES
        assert answer.header("Cache-Control") == "no-store"


@pytest.mark.rfc("6749", "5.2", "HT-26")
@pytest.mark.rfc("6749", "4.1.2.1", "AZ-41")
@anything
@given(
    method=st.sampled_from(["GET", "GET", "GET", "POST", "HEAD", "PUT", "OPTIONS"]),
    path=st.sampled_from(PAGES),
    pairs=st.lists(st.tuples(questions, texts), max_size=8),
    sound=st.booleans(),
    held=st.tuples(questions, st.integers(0, 7)),
    signed_in=st.booleans(),
)  # fmt: skip
def test_the_pages_that_apps_send_people_to_never_fail(
    company, app, living, method, path, pairs, sound, held, signed_in
):
    browser = Client(REMOTE_ADDR=Wire(company).address)
    if signed_in:
        browser.force_login(company.ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    asked = [(name, quote_plus(text, errors="surrogatepass")) for name, text in pairs]
    asked.append((held[0], quote_plus(living[held[1]])))
    if sound:
        # As good as right, but for one thing.
        good = {
            "client_id": app.key, "redirect_uri": CALLBACK, "response_type": "code", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }  # fmt: skip
        asked = [(name, quote_plus(text)) for name, text in good.items()] + asked[:1]
    text = "&".join(f"{name}={value}" for name, value in asked)
    body = text if method == "POST" else ""
    answer = browser.generic(
        method, f"{company.path}/{path}", body, FORM, QUERY_STRING="" if method == "POST" else text
    )
    # 422: a form with what was typed and what to mend.
    assert answer.status_code in {*STATUSES, 302, 303, 422}
    assert "\n" not in answer.get("Location", "")
    if answer.status_code in {302, 303}:
        assert answer["Location"].startswith(("/", CALLBACK, "http://testserver/"))
