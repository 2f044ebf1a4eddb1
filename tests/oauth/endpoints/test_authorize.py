"""AZ, RU, PK, RI and OI rows: what an authorization request may hold, and where what is wrong with it is said."""

import re
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from consumers import registration
from consumers.models import Consumer
from tenants import background
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Tenant
from tests.cast import CALLBACK, CHALLENGE, make_app, make_machine
from tests.oauth.endpoints.browsing import STATE, Browsing, is_page, leads_to, sent_to

LOOPBACK = "http://127.0.0.1:9500/callback"


@pytest.fixture
def app(acme):
    return make_app(acme.tenant)


@pytest.fixture
def ana(acme):
    """A browser where Ana is signed in."""
    return Browsing(acme, acme.ana)


@pytest.fixture
def nobody(acme):
    return Browsing(acme)


# ---- The way in


@pytest.mark.rfc("6749", "3.1", "AZ-01")
def test_somebody_unknown_is_asked_to_sign_in_and_comes_back(nobody, app):
    answer = nobody.arrive(app)
    assert leads_to(answer, "/accounts/login/")
    assert quote("/oauth/authorize/", safe="") in answer["Location"]


@pytest.mark.rfc("OIDC Core", "3.1.2.1", "AZ-02")
def test_a_post_is_as_good_as_a_get(acme, ana, app):
    answer = ana.client.post(
        f"{acme.path}/oauth/authorize", urlencode(ana.asked(app)), content_type="application/x-www-form-urlencoded"
    )
    assert leads_to(answer, "/oauth/authorize/")


def test_a_post_of_something_else_than_a_form_is_a_page(acme, ana, app):
    answer = ana.client.post(f"{acme.path}/oauth/authorize", ana.asked(app), content_type="application/json")
    assert is_page(answer)


@pytest.mark.parametrize("method", ["head", "put", "delete", "patch", "options"])
@pytest.mark.rfc("9110", "15.5.6", "AZ-43")
def test_other_methods_are_refused(acme, ana, app, method):
    assert getattr(ana.client, method)(ana.url(ana.asked(app))).status_code == 405


@pytest.mark.rfc("9700", "2.6", "HT-22")
def test_no_other_origin_may_read_it(acme, ana, app):
    answer = ana.client.get(ana.url(ana.asked(app)), headers={"Origin": "https://app.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.rfc("6749", "4.1.2.1", "AZ-03")
def test_without_a_client_id_there_is_a_page(ana, app):
    assert is_page(ana.authorize(app, client_id=None), "The client_id is missing.")


@pytest.mark.rfc("6749", "4.1.2.1", "AZ-04")
def test_an_unknown_or_suspended_app_gets_a_page(acme, ana, app):
    unknown = ana.authorize(app, client_id="gk_nobody")
    assert is_page(unknown, "No app with this client_id")
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(app.consumer, by=acme.ana)
    suspended = ana.authorize(app)
    assert is_page(suspended, "No app with this client_id")


@pytest.mark.rfc("6749", "4.1.2.1", "AZ-04")
def test_whoever_only_has_a_link_learns_nothing_of_the_apps_there_are(acme, nobody, app):
    """Unknown, suspended and no app of people look the same, but for the number of the failure."""
    suspended, machine = make_app(acme.tenant), make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(suspended.consumer, by=acme.ana)
    keys = ("gk_nobody", suspended.key, machine.key)
    pages = [nobody.authorize(app, client_id=key).content.decode() for key in keys]
    said = {
        re.sub(r"<code>[0-9a-f]{8}</code>", "", page.partition("<main")[2].partition("</main>")[0]) for page in pages
    }
    assert len(said) == 1
    assert "Failure" in said.pop()


def test_another_companys_app_is_unknown(beta, ana):
    assert is_page(ana.authorize(make_app(beta.tenant)), "No app with this client_id")


@pytest.mark.rfc("6749", "4.1.2.1", "AZ-09")
def test_a_machine_may_ask_nobody(acme, ana):
    assert is_page(ana.authorize(make_machine(acme.tenant)), "No app with this client_id")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
@pytest.mark.rfc("6749", "3.1", "AZ-10")
def test_who_asks_and_where_it_goes_can_be_said_once(ana, app, name):
    assert is_page(ana.authorize(app, f"&{name}=other"), "there more than once")


@pytest.mark.parametrize("name", ["scope", "state", "response_type", "code_challenge"])
@pytest.mark.rfc("6749", "3.1", "AZ-11")
@pytest.mark.rfc("9207", "2", "AZ-19")
def test_what_else_is_repeated_goes_back(acme, ana, app, name):
    answer = sent_to(ana.authorize(app, f"&{name}=assets:view", scope="assets:view"))
    assert (answer["error"], answer["iss"]) == ("invalid_request", acme.tenant.issuer)


@pytest.mark.rfc("6749", "3.1", "AZ-12")
def test_unknown_parameters_mean_nothing(ana, app):
    assert leads_to(ana.authorize(app, "&foo=bar&foo=baz&utm_source=x"), "/oauth/authorize/")


# ---- The redirect URI


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("https://app.example/callback/x", marks=pytest.mark.rfc("9700", "4.1.3", "RU-01")),
        pytest.param("https://app.example/callback/../evil", marks=pytest.mark.rfc("9700", "4.1", "RU-02")),
        pytest.param("https://app.example/callback%2f..%2fevil", marks=pytest.mark.rfc("9700", "4.1", "RU-02")),
        pytest.param("https://app.example/callback?x=1", marks=pytest.mark.rfc("9700", "4.1.3", "RU-03")),
        pytest.param("https://app.example/callback/", marks=pytest.mark.rfc("3986", "6.2.1", "RU-04")),
        pytest.param("https://app.example/Callback", marks=pytest.mark.rfc("3986", "6.2.1", "RU-05")),
        pytest.param("https://APP.example/callback", marks=pytest.mark.rfc("3986", "6.2.1", "RU-05")),
        pytest.param("https://app.example:443/callback", marks=pytest.mark.rfc("3986", "6.2.1", "RU-05")),
        pytest.param("http://app.example/callback", marks=pytest.mark.rfc("3986", "6.2.1", "RU-05")),
        pytest.param("https://app.example.evil.test/callback", marks=pytest.mark.rfc("9700", "4.1.1", "RU-06")),
        pytest.param("https://app.example@evil.test/callback", marks=pytest.mark.rfc("9700", "4.1.1", "RU-06")),
        pytest.param("https://evil.test#@app.example/callback", marks=pytest.mark.rfc("9700", "4.1.1", "RU-06")),
        pytest.param("https://app.example/callback#frag", marks=pytest.mark.rfc("6749", "3.1.2", "RU-07")),
        pytest.param("https://app.example/%63allback", marks=pytest.mark.rfc("3986", "6.2.1", "RU-08")),
        pytest.param("javascript:alert(1)", marks=pytest.mark.rfc("9700", "4.1", "RU-15")),
        pytest.param("data:text/html,evil", marks=pytest.mark.rfc("9700", "4.1", "RU-15")),
        pytest.param("file:///callback", marks=pytest.mark.rfc("9700", "4.1", "RU-15")),
        pytest.param("https://app.example\\callback", marks=pytest.mark.rfc("product", "RU", "RU-20")),
        pytest.param("https://app.example/callback\t", marks=pytest.mark.rfc("product", "RU", "RU-20")),
        pytest.param(
            "https://app.example/callback\r\nSet-Cookie: a=b", marks=pytest.mark.rfc("product", "RU", "RU-20")
        ),
        pytest.param("https://app.example/callback\0", marks=pytest.mark.rfc("product", "RU", "RU-20")),
        pytest.param("https://app.example/cällback", marks=pytest.mark.rfc("product", "RU", "RU-20")),
    ],
)
def test_a_redirect_uri_that_is_not_registered_is_never_followed(ana, app, uri):
    assert is_page(ana.authorize(app, redirect_uri=uri))


@pytest.mark.rfc("8252", "7.3", "RU-09")
@pytest.mark.rfc("8252", "7.3", "RU-10")
@pytest.mark.rfc("MCP", "Communication Security", "MCP-08")
def test_a_public_app_chooses_its_port_on_this_computer(acme, ana):
    app = make_app(acme.tenant, public=True, redirect_uris=f"{LOOPBACK}\nhttp://[::1]:9500/callback")
    for uri in ("http://127.0.0.1:51004/callback", "http://[::1]:51004/callback"):
        assert leads_to(ana.authorize(app, redirect_uri=uri), "/oauth/authorize/")
        assert ana.latest().redirect_uri == uri
    assert is_page(ana.authorize(app, redirect_uri="http://127.0.0.1:51004/other"))


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433"])
@pytest.mark.rfc("8252", "8.3", "RU-12")
def test_other_names_of_this_computer_are_others(acme, ana, host):
    app = make_app(acme.tenant, public=True, redirect_uris=LOOPBACK)
    assert is_page(ana.authorize(app, redirect_uri=f"http://{host}:9500/callback"))


@pytest.mark.rfc("9700", "2.1", "RU-11")
def test_a_web_app_has_no_choice_of_port(acme, ana):
    app = make_app(acme.tenant, redirect_uris=LOOPBACK)
    assert leads_to(ana.authorize(app, redirect_uri=LOOPBACK), "/oauth/authorize/")
    assert is_page(ana.authorize(app, redirect_uri="http://127.0.0.1:9501/callback"))


@pytest.mark.rfc("6749", "3.1.2.3", "RU-13")
def test_the_only_redirect_uri_need_not_be_named(ana, app):
    assert leads_to(ana.authorize(app, redirect_uri=None), "/oauth/authorize/")
    assert ana.latest().redirect_uri == CALLBACK


@pytest.mark.rfc("6749", "3.1.2.3", "RU-14")
def test_of_several_one_must_be_named(acme, ana):
    app = make_app(acme.tenant, redirect_uris=f"{CALLBACK}\nhttps://app.example/other")
    assert is_page(ana.authorize(app, redirect_uri=None), "The redirect_uri is missing.")


@pytest.mark.rfc("6749", "4.1.2", "RU-19")
def test_a_redirect_uris_own_query_is_kept(acme, ana):
    uri = "https://app.example/callback?tenant=7&x="
    app = make_app(acme.tenant, redirect_uris=uri)
    answer = ana.authorize(app, redirect_uri=uri, response_type="token")
    assert answer["Location"].startswith(f"{uri}&error=")
    assert sent_to(answer, uri)["tenant"] == "7"


# ---- What goes back


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"response_type": None}, "invalid_request", marks=pytest.mark.rfc("6749", "4.1.2.1", "AZ-05")),
        pytest.param(
            {"response_type": "foo"}, "unsupported_response_type", marks=pytest.mark.rfc("6749", "4.1.2.1", "AZ-06")
        ),
        pytest.param(
            {"response_type": "token"}, "unsupported_response_type", marks=pytest.mark.rfc("9700", "2.1.2", "AZ-07")
        ),
        pytest.param(
            {"response_type": "id_token token"},
            "unsupported_response_type",
            marks=pytest.mark.rfc("9700", "2.1.2", "AZ-08"),
        ),
        pytest.param(
            {"response_type": "code token"},
            "unsupported_response_type",
            marks=pytest.mark.rfc("9700", "2.1.2", "AZ-08"),
        ),
        pytest.param({"scope": "nonsense"}, "invalid_scope", marks=pytest.mark.rfc("6749", "4.1.2.1", "AZ-13")),
        pytest.param(
            {"scope": "assets:view assets:delete"}, "invalid_scope", marks=pytest.mark.rfc("6749", "4.1.2.1", "AZ-13")
        ),
        pytest.param({"scope": 'assets:view "'}, "invalid_scope", marks=pytest.mark.rfc("6749", "4.1.2.1", "AZ-13")),
        pytest.param(
            {"request": "eyJ"},
            "request_not_supported",
            marks=pytest.mark.rfc("OIDC Core", "6.1", "AZ-39"),
        ),
        pytest.param(
            {"request_uri": "https://evil.test"},
            "request_uri_not_supported",
            marks=pytest.mark.rfc("OIDC Core", "6.2", "AZ-39"),
        ),
        pytest.param({"response_mode": "fragment"}, "invalid_request", marks=pytest.mark.rfc("product", "AZ", "AZ-40")),
        pytest.param({"response_mode": "bogus"}, "invalid_request", marks=pytest.mark.rfc("product", "AZ", "AZ-40")),
        pytest.param(
            {"code_challenge": None, "code_challenge_method": None},
            "invalid_request",
            marks=pytest.mark.rfc("9700", "2.1.1", "PK-02"),
        ),
        pytest.param(
            {"code_challenge_method": "plain"}, "invalid_request", marks=pytest.mark.rfc("7636", "4.4.1", "PK-03")
        ),
        pytest.param({"code_challenge_method": None}, "invalid_request", marks=pytest.mark.rfc("7636", "4.3", "PK-04")),
        *[
            pytest.param(
                {"code_challenge_method": method}, "invalid_request", marks=pytest.mark.rfc("7636", "4.4.1", "PK-05")
            )
            for method in ("S512", "s256", "none")
        ],
        *[
            pytest.param(
                {"code_challenge": challenge}, "invalid_request", marks=pytest.mark.rfc("7636", "4.2", "PK-06")
            )
            for challenge in (
                CHALLENGE[:42],
                CHALLENGE * 3,
                f"{CHALLENGE}=",
                f"{CHALLENGE[:42]}+",
                f"{CHALLENGE[:42]}/",
                f"{CHALLENGE[:42]} ",
            )
        ],
        pytest.param({"code_challenge": None}, "invalid_request", marks=pytest.mark.rfc("7636", "4.3", "PK-07")),
        pytest.param(
            {"prompt": "none login"},
            "invalid_request",
            marks=pytest.mark.rfc("OIDC Core", "3.1.2.1", "OI-06"),
        ),
        pytest.param({"prompt": "bogus"}, "invalid_request"),
        pytest.param({"max_age": "soon"}, "invalid_request"),
        pytest.param({"max_age": "-1"}, "invalid_request"),
        pytest.param({"nonce": "n" * 513}, "invalid_request"),
        pytest.param({"resource": "relative"}, "invalid_target", marks=pytest.mark.rfc("8707", "2", "RI-01")),
        pytest.param(
            {"resource": "https://api.example/#frag"}, "invalid_target", marks=pytest.mark.rfc("8707", "2", "RI-01")
        ),
        pytest.param(
            {"resource": "https://unknown.example/"}, "invalid_target", marks=pytest.mark.rfc("8707", "2.2", "RI-02")
        ),
    ],
)
@pytest.mark.rfc("9207", "2", "AZ-19")
@pytest.mark.rfc("MCP", "Authorization Response Validation", "MCP-07")
def test_what_is_wrong_goes_back_with_state_and_issuer(acme, ana, app, changes, error):
    sent = ana.authorize(app, **changes)
    answer = sent_to(sent)
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "xyz", acme.tenant.issuer)
    assert answer["error_description"].isascii()
    assert sent["Referrer-Policy"] == "no-referrer"
    assert sent["Cache-Control"] == "no-store"


@pytest.mark.rfc("7636", "4.4.1", "PK-01")
def test_a_public_app_without_pkce_is_refused(acme, ana):
    app = make_app(acme.tenant, public=True)
    answer = sent_to(ana.authorize(app, code_challenge=None, code_challenge_method=None))
    assert answer["error"] == "invalid_request"


@pytest.mark.rfc("6749", "4.1.2", "AZ-16")
def test_the_state_comes_back_as_it_was(ana, app):
    for state in (STATE, STATE * 200, "\r\nLocation: https://evil.test", "é" * 1000):
        assert sent_to(ana.authorize(app, state=state, response_type="x"))["state"] == state


@pytest.mark.rfc("6749", "4.1.2", "AZ-17")
def test_no_state_brings_none(ana, app):
    for state in (None, ""):
        assert "state" not in sent_to(ana.authorize(app, state=state, response_type="x"))


@pytest.mark.rfc("product", "AZ", "AZ-40")
def test_an_error_can_come_back_as_a_form(acme, ana, app):
    answer = ana.authorize(app, response_mode="form_post", response_type="x", state=STATE)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'action="{CALLBACK}"' in page
    assert "form_post.js" in page
    assert 'name="state" value="a/b&amp;c= +é&quot;&lt;&gt;"' in page
    assert 'name="error" value="unsupported_response_type"' in page
    assert "form-action 'self' https://app.example;" in answer["Content-Security-Policy"] + ";"


EVERY = [
    "client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method",
    "nonce", "prompt", "max_age", "login_hint", "ui_locales", "resource", "response_mode", "id_token_hint", "display",
    "claims", "acr_values", "request", "request_uri",
]  # fmt: skip


@pytest.mark.parametrize("value", ["x" * 8192, "%00", "%0d%0aSet-Cookie:%20a=b", "%ff%fe", "%", "\ud83d\ude00"])
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.rfc("product", "AZ", "AZ-41")
@pytest.mark.rfc("product", "HT", "HT-11")
def test_whatever_a_parameter_holds_ends_well(ana, app, name, value):
    value = value.encode("utf-16", "surrogatepass").decode("utf-16")
    query = urlencode({key: old for key, old in ana.asked(app).items() if key != name})
    answer = ana.client.get(ana.url(f"{query}&{name}={value}"))
    assert answer.status_code in (303, 400)
    assert "Set-Cookie: a=b" not in str(answer.headers)
    if answer.status_code == 303:
        assert ana.client.get(answer["Location"]).status_code in (200, 303) if "/t/" in answer["Location"] else True


def test_more_than_a_request_can_be_is_a_page(ana, app):
    assert is_page(ana.authorize(app, "&" + "x=1&" * 200), "too long")
    assert is_page(ana.authorize(app, state="x" * 20_000), "too long")
    assert is_page(ana.authorize(app, state="x" * 9000), "too long")


# ---- Before somebody is known


@pytest.mark.rfc("9700", "4.11.2", "AZ-30")
def test_an_error_does_not_bounce_somebody_unknown(nobody, app):
    answer = nobody.authorize(app, scope="nonsense")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Location" not in answer
    assert "Return to app.example" in page
    assert "https://app.example/callback?error=invalid_scope" in page


@pytest.mark.rfc("9700", "4.11.2", "AZ-30")
def test_an_app_that_wants_no_page_gets_its_error_at_once(nobody, app):
    assert sent_to(nobody.authorize(app, scope="nonsense", prompt="none"))["error"] == "invalid_scope"


@pytest.mark.rfc("6749", "10.14", "AZ-27")
def test_what_an_app_is_called_is_shown_harmlessly(acme, nobody):
    app = make_app(acme.tenant, name="<script>alert(1)</script>")
    for answer in (
        nobody.authorize(app, scope="nonsense", state="<script>", login_hint="<script>"),
        nobody.authorize(app, redirect_uri="https://evil.test/<script>"),
    ):
        assert "<script>alert" not in answer.content.decode()
        assert "<script>&" not in answer.content.decode()


@pytest.mark.rfc("9700", "4.16", "AZ-21")
@pytest.mark.rfc("9700", "4.2.4", "AZ-22")
@pytest.mark.rfc("product", "AZ", "AZ-23")
def test_its_pages_are_neither_framed_nor_kept_nor_told_of(nobody, app):
    for answer in (nobody.authorize(app, client_id="x"), nobody.authorize(app, scope="nonsense")):
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cache-Control"] == "no-store"


# ---- Scopes, resources, wishes


@pytest.mark.rfc("6749", "3.3", "AZ-14")
@pytest.mark.rfc("MCP", "conformance", "MCP-05")
def test_without_a_scope_the_apps_own_are_asked_for(acme, ana, app):
    for scope in (None, "", " "):
        assert leads_to(ana.authorize(app, scope=scope), "/oauth/authorize/")
        assert ana.latest().scopes == ["assets:view", "work_orders:view"]
    fewer = make_app(acme.tenant, default_scopes=["assets:view"])
    assert leads_to(ana.authorize(fewer), "/oauth/authorize/")
    assert ana.latest().scopes == ["assets:view"]


@pytest.mark.rfc("6749", "3.3", "AZ-14")
def test_nothing_is_never_asked_for(acme, ana, app):
    with tenant_scope(acme.tenant):
        Tenant.objects.filter(pk=acme.tenant.pk).update(modules=[])
    assert sent_to(ana.authorize(app))["error"] == "invalid_scope"
    assert sent_to(ana.authorize(app, scope="profile email"))["error"] == "invalid_scope"
    assert leads_to(ana.authorize(app, scope="openid"), "/oauth/authorize/")


@pytest.mark.rfc("OIDC Core", "11", "OI-18")
def test_offline_access_is_for_apps_that_get_refresh_tokens(acme, ana, app):
    ana.authorize(app, scope="openid offline_access")
    assert ana.latest().scopes == ["offline_access", "openid"]
    short = make_app(acme.tenant, issues_refresh_tokens=False)
    ana.authorize(short, scope="openid offline_access")
    assert ana.latest().scopes == ["openid"]


@pytest.mark.rfc("8707", "2", "RI-04")
def test_several_resources_are_no_repetition(acme, ana, app):
    with tenant_scope(acme.tenant):
        for number in (1, 2):
            machine = make_machine(acme.tenant)
            Consumer.objects.filter(pk=machine.consumer.pk).update(resource=f"https://api{number}.example/")
    answer = ana.authorize(app, resource=["https://api1.example/", "https://api2.example/"])
    assert leads_to(answer, "/oauth/authorize/")
    assert ana.latest().resources == ["https://api1.example/", "https://api2.example/"]


@pytest.mark.rfc("OIDC Core", "15.1", "OI-11")
def test_wishes_are_followed_or_passed_over(ana, nobody, app):
    wishes = {
        "login_hint": "ana@acme.test", "ui_locales": "xx es fr", "display": "popup", "acr_values": "1 2",
        "claims_locales": "fr", "claims": '{"userinfo":{}}', "nonce": "n" * 512,
    }  # fmt: skip
    assert leads_to(ana.authorize(app, **wishes), "/oauth/authorize/")
    kept = ana.latest()
    assert (kept.login_hint, kept.language, kept.nonce) == ("ana@acme.test", "es", "n" * 512)
    sign_in = nobody.client.get(nobody.arrive(app, **wishes)["Location"])
    assert 'value="ana@acme.test"' in sign_in.content.decode()
    assert sign_in["Content-Language"] == "es"


def test_who_chose_a_language_keeps_it(acme, app):
    browser = Browsing(acme)
    browser.client.cookies["language"] = "fr"
    sign_in = browser.client.get(browser.arrive(app, ui_locales="es")["Location"])
    assert sign_in["Content-Language"] == "fr"


@pytest.mark.rfc("9700", "2.1.1", "PK-02")
def test_a_legacy_app_may_go_without_pkce_and_the_log_says_so_once(acme, ana):
    app = make_app(acme.tenant, legacy_without_pkce=True)
    without = {"code_challenge": None, "code_challenge_method": None}
    for _ in range(3):
        assert leads_to(ana.authorize(app, **without), "/oauth/authorize/")
    assert ana.latest().code_challenge == ""
    assert sent_to(ana.authorize(app, scope="openid", **without))["error"] == "invalid_request"
    assert leads_to(ana.authorize(app, scope="openid", nonce="n", **without), "/oauth/authorize/")
    assert sent_to(ana.authorize(app, code_challenge=None))["error"] == "invalid_request"
    with tenant_scope(acme.tenant):
        assert AuditEvent.objects.filter(verb="consumer.asked_without_pkce").count() == 1


# ---- Discovery, throttle, failures


@pytest.mark.rfc("9700", "2.1.1", "PK-14")
@pytest.mark.rfc("9207", "3", "MCP-07")
def test_discovery_tells_what_it_does(acme):
    document = Client().get(f"{acme.path}/.well-known/oauth-authorization-server").json()
    issuer = acme.tenant.issuer
    assert document["authorization_endpoint"] == f"{issuer}/oauth/authorize"
    assert document["response_types_supported"] == ["code"]
    assert document["response_modes_supported"] == ["query", "form_post"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True


def test_whoever_tries_keys_has_to_wait(acme, app):
    browser = Browsing(acme)
    answers = [browser.authorize(app, client_id="gk_guessed") for _ in range(60)]
    assert answers[0].status_code == 400
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"]


def failures_of(company, browser, app):
    background.flush()
    page = browser.client.get(f"{company.path}/settings/api-connections/oauth-consumers/{app.consumer.pk}/")
    return page.content.decode()


def reference_in(answer):
    return re.search(r"<code>([0-9a-f]{8})</code>", answer.content.decode())[1]


def test_a_refused_request_is_found_by_the_id_its_page_showed(acme, ana, nobody, app):
    answer = nobody.authorize(app, redirect_uri="https://app.example/other?secret=1")
    shown = failures_of(acme, ana, app)
    assert reference_in(answer) in shown
    assert "The path of the redirect URI differs" in shown
    assert "https://app.example/other" in shown
    assert "secret=1" not in shown


def test_refusals_of_a_kind_share_their_line(acme, ana, nobody, app):
    answers = [nobody.authorize(app, redirect_uri=f"https://evil{number}.test/") for number in range(5)]
    assert len({reference_in(answer) for answer in answers}) == 1
    failures_of(acme, ana, app)
    with tenant_scope(acme.tenant):
        lines = AuditEvent.objects.filter(verb="consumer.refused", object_id=str(app.consumer.pk))
        assert sum(line.after["count"] for line in lines) == 5
        assert lines.count() <= 2


@pytest.mark.parametrize("typed", ["%00", "%25", "_", "%27--", "a" * 5000, "%F0%9F%92%A9"])
def test_what_is_no_id_of_a_failure_finds_none(acme, ana, nobody, app, typed):
    nobody.authorize(app, redirect_uri="https://app.example/other")
    background.flush()
    path = f"{acme.path}/settings/api-connections/oauth-consumers/{app.consumer.pk}/"
    answer = ana.client.get(f"{path}?failure={typed}")
    assert answer.status_code == 200
    assert "https://app.example/other" not in answer.content.decode()
