"""LO rows: apps send people here to sign out (OpenID Connect RP-Initiated Logout)."""

import re

import pytest
from django.test import Client

from accounts.signing_in import SID
from authorizations.models import TokenFamily
from config.demo import BACKEND
from oauth import id_tokens, keys, subjects
from oauth.models import LogoutDelivery, SigningKey
from tenants.context import tenant_scope
from tests.cast import PASSWORD, make_app, make_yes, may

AFTERWARDS = "https://app.example/signed-out"
SESSION = "a-session-of-bens"
HEARS = "https://app.example/hears"


@pytest.fixture
def app(acme):
    return make_app(
        acme.tenant, "assets:view", post_logout_redirect_uris=AFTERWARDS, backchannel_logout_url=HEARS, name="Planner"
    )


@pytest.fixture
def ben(acme):
    """His browser, signed in, in a session that apps know as SESSION."""
    may(acme.tenant, acme.ben, "assets:view")
    browser = Client()
    browser.force_login(acme.ben, backend=BACKEND)
    session = browser.session
    session[SID] = SESSION
    session.save()
    return browser


def signed_in(browser):
    return "_auth_user_id" in browser.session


def hint(app, user, sid=SESSION, *, expires=3600, **changed):
    """An ID token of the app's, as it was given once."""
    tenant = app.consumer.tenant
    with tenant_scope(tenant):
        keys.ensure(tenant, keys.RS256)
        row = SigningKey.objects.get(algorithm="RS256", state="active")
        claims = {
            "iss": tenant.issuer,
            "sub": subjects.seen_by(app.consumer, user),
            "aud": app.key,
            "iat": 1_700_000_000,
            "exp": 1_700_000_000 + expires,
            "sid": sid,
            **changed,
        }
    private = keys.any_signing_key(tenant.pk, row.kid, row.sealed)
    return id_tokens.sign(claims, "JWT", "RS256", row.kid, private)


def go(browser, acme, method="get", **fields):
    return getattr(browser, method)(f"{acme.path}/oauth/end_session", fields)


def alive(family):
    with tenant_scope(family.tenant):
        return TokenFamily.objects.get(pk=family.pk).ended_at is None


def queued(app):
    with tenant_scope(app.consumer.tenant):
        return list(LogoutDelivery.objects.filter(consumer=app.consumer).values_list("sid", "issuer"))


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-01")
@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-06")
@pytest.mark.rfc("OIDC Back-Channel Logout", "2.7", "LO-13")
def test_an_app_with_an_id_token_of_this_session_signs_the_person_out(acme, app, ben):
    """However old the token is. What hangs on the session ends; what was promised for later stays."""
    family = make_yes(app, acme.ben, "openid", sid=SESSION)
    later = make_yes(app, acme.ben, "openid", "offline_access", sid=SESSION)
    elsewhere = make_yes(app, acme.ben, "openid", sid="another-device")
    answer = go(ben, acme, id_token_hint=hint(app, acme.ben), post_logout_redirect_uri=AFTERWARDS, state="a b&c=é")
    assert (answer.status_code, answer["Location"]) == (303, f"{AFTERWARDS}?state=a%20b%26c%3D%C3%A9")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert not signed_in(ben)
    assert [alive(one) for one in (family, later, elsewhere)] == [False, True, True]
    assert queued(app) == [(SESSION, acme.tenant.issuer)]


def test_the_other_apps_of_the_session_end_with_it_and_hear_of_it(acme, app, ben):
    other = make_app(acme.tenant, "assets:view", backchannel_logout_url="https://other.example/hears")
    family = make_yes(other, acme.ben, "openid", sid=SESSION)
    go(ben, acme, id_token_hint=hint(app, acme.ben))
    assert not alive(family)
    assert queued(other) == [(SESSION, acme.tenant.issuer)]


def test_a_token_of_another_session_ends_that_one_for_that_app_and_nothing_here(acme, app, ben):
    other = make_app(acme.tenant, "assets:view")
    theirs = make_yes(app, acme.ben, "openid", sid="another-device")
    others = make_yes(other, acme.ben, "openid", sid="another-device")
    here = make_yes(app, acme.ben, "openid", sid=SESSION)
    answer = go(ben, acme, id_token_hint=hint(app, acme.ben, "another-device"), post_logout_redirect_uri=AFTERWARDS)
    assert answer["Location"] == AFTERWARDS
    assert signed_in(ben)
    assert [alive(one) for one in (theirs, others, here)] == [False, True, True]
    assert queued(app) == [("another-device", acme.tenant.issuer)]


def test_a_token_of_somebody_else_does_not_sign_this_person_out(acme, app, ben):
    theirs = make_yes(app, acme.ana, "openid", sid="anas-session")
    answer = go(ben, acme, id_token_hint=hint(app, acme.ana, "anas-session"))
    assert answer.status_code == 302
    assert signed_in(ben)
    assert not alive(theirs)


def test_an_app_that_sees_people_under_other_names_can_sign_them_out(acme, ben):
    app = make_app(acme.tenant, "assets:view", pairwise_subject=True)
    go(ben, acme, id_token_hint=hint(app, acme.ben))
    assert not signed_in(ben)


@pytest.mark.rfc("OIDC RP-Initiated Logout", "3", "LO-02")
@pytest.mark.parametrize(
    "address",
    [
        f"{AFTERWARDS}?more=1",
        f"{AFTERWARDS}/",
        "https://evil.example/",
        "https://app.example/",
        "javascript:alert(1)",
        "//evil.example",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(acme, app, ben, address):
    answer = go(ben, acme, id_token_hint=hint(app, acme.ben), post_logout_redirect_uri=address)
    assert answer.status_code == 400
    assert "Location" not in answer
    assert address not in answer.content.decode()
    assert signed_in(ben)


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-03")
@pytest.mark.rfc("OIDC RP-Initiated Logout", "6", "LO-09")
def test_without_an_id_token_the_person_is_asked(acme, app, ben):
    family = make_yes(app, acme.ben, "openid", sid=SESSION)
    answer = go(ben, acme, client_id=app.key, post_logout_redirect_uri=AFTERWARDS, state="s")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Planner" in page
    assert acme.ben.email in page
    assert "form-action 'self' https://app.example" in answer["Content-Security-Policy"]
    assert signed_in(ben)
    assert alive(family)
    onward = re.search(r'name="onward" value="([^"]*)"', page)[1]
    answer = ben.post(f"{acme.path}/oauth/end_session/confirmed", {"onward": onward})
    assert (answer.status_code, answer["Location"]) == (303, f"{AFTERWARDS}?state=s")
    assert not signed_in(ben)
    assert not alive(family)


@pytest.mark.rfc("OIDC RP-Initiated Logout", "6", "LO-09")
def test_the_answer_to_the_question_needs_the_page_it_stood_on(acme, ben):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = ben.cookies
    assert browser.post(f"{acme.path}/oauth/end_session/confirmed").status_code == 403
    assert signed_in(ben)


@pytest.mark.parametrize("onward", ["", "https://evil.example/", "x:y:z"])
def test_a_made_up_way_onward_leads_nowhere(acme, ben, onward):
    answer = ben.post(f"{acme.path}/oauth/end_session/confirmed", {"onward": onward})
    assert (answer.status_code, answer["Location"]) == (302, f"{acme.path}/oauth/end_session")
    assert not signed_in(ben)


def test_another_companys_way_onward_leads_nowhere(acme, beta, app, ben):
    page = go(ben, acme, client_id=app.key, post_logout_redirect_uri=AFTERWARDS).content.decode()
    onward = re.search(r'name="onward" value="([^"]*)"', page)[1]
    answer = ben.post(f"{beta.path}/oauth/end_session/confirmed", {"onward": onward})
    assert answer["Location"] == f"{beta.path}/oauth/end_session"


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-04")
def test_a_hint_nobody_here_signed_is_no_hint(acme, beta, app, ben):
    genuine = hint(app, acme.ben)
    head, body, signature = genuine.split(".")
    theirs = make_app(beta.tenant)
    none = keys.base64url(b'{"typ":"JWT","alg":"none","kid":"x"}')
    with tenant_scope(acme.tenant):
        row = SigningKey.objects.get(algorithm="RS256", state="active")
    access = id_tokens.sign(
        {"sub": "x", "aud": app.key, "sid": SESSION},
        "at+jwt",
        "RS256",
        row.kid,
        keys.any_signing_key(acme.tenant.pk, row.kid, row.sealed),
    )
    for forged in (
        "garbage", "a.b.c", f"{none}.{body}.", f"{head}.{body}.{signature[:-8]}AAAAAAAA", hint(theirs, beta.eve),
        access, "é" * 10, "x" * 9000, f"{head}.{body}",
    ):  # fmt: skip
        answer = go(ben, acme, id_token_hint=forged, post_logout_redirect_uri=AFTERWARDS)
        assert (answer.status_code, signed_in(ben)) == (200, True), forged
        assert 'value=""' in re.search(r'<input type="hidden" name="onward"[^>]*>', answer.content.decode())[0]


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-05")
def test_a_hint_made_for_another_app_is_refused(acme, app, ben):
    other = make_app(acme.tenant, "assets:view", post_logout_redirect_uris=AFTERWARDS)
    answer = go(ben, acme, id_token_hint=hint(app, acme.ben), client_id=other.key, post_logout_redirect_uri=AFTERWARDS)
    assert answer.status_code == 400
    assert signed_in(ben)


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-07")
def test_a_post_from_an_apps_page_goes_on_as_a_request_with_cookies(acme, app, ben):
    """Lax cookies don't come with it; and it needs no token of ours, for it changes nothing."""
    sent = {"id_token_hint": hint(app, acme.ben), "post_logout_redirect_uri": AFTERWARDS, "state": "s", "foo": "bar"}
    stranger = Client(enforce_csrf_checks=True)
    answer = stranger.post(f"{acme.path}/oauth/end_session", sent)
    sent.pop("foo")
    assert answer.status_code == 303
    assert answer["Location"].partition("?")[0] == f"{acme.path}/oauth/end_session"
    followed = ben.get(answer["Location"])
    assert followed["Location"] == f"{AFTERWARDS}?state=s"
    assert not signed_in(ben)


def test_a_post_that_is_too_long_is_refused(acme):
    assert go(Client(), acme, "post", state="s" * 20_000).status_code == 400


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-08")
def test_without_any_parameter_the_person_is_asked_and_then_signed_out(acme, ben):
    assert "Sign out?" in go(ben, acme).content.decode()
    ben.post(f"{acme.path}/oauth/end_session/confirmed")
    answer = go(ben, acme)
    assert answer.status_code == 200
    assert "You are signed out" in answer.content.decode()


@pytest.mark.parametrize("query", ["state=a&state=b", "state=%00", "id_token_hint=%00", "client_id=%00"])
def test_a_malformed_request_is_a_page(acme, ben, query):
    answer = ben.get(f"{acme.path}/oauth/end_session?{query}")
    assert answer.status_code == 400
    assert signed_in(ben)


def test_signing_out_by_oneself_ends_what_hangs_on_the_session(acme, app, ben):
    family = make_yes(app, acme.ben, "openid", sid=SESSION)
    ben.post("/accounts/logout/")
    assert not alive(family)
    assert queued(app) == [(SESSION, acme.tenant.issuer)]


def test_signing_out_ends_what_hangs_on_the_session_in_every_company(acme, beta, ben):
    from tenants.models import Membership

    with tenant_scope(beta.tenant):
        Membership.objects.create(user=acme.ben, role="super_admin")
    family = make_yes(make_app(beta.tenant, "assets:view"), acme.ben, "openid", sid=SESSION)
    ben.post("/accounts/logout/")
    assert not alive(family)


def test_ending_another_session_from_the_list_ends_what_hangs_on_it(acme, app, ben):
    """Signed in twice; the one ends the other."""
    other = Client()
    other.post("/accounts/login/", {"login": acme.ben.email, "password": PASSWORD})
    session = other.session
    session[SID] = "the-other-session"
    session.save()
    here = Client()
    here.post("/accounts/login/", {"login": acme.ben.email, "password": PASSWORD})
    family = make_yes(app, acme.ben, "openid", sid="the-other-session")
    here.post("/accounts/sessions/")
    assert not signed_in(other)
    assert not alive(family)


def test_a_family_signed_out_stands_in_the_log(acme, app, ben):
    from tenants.models import AuditEvent

    make_yes(app, acme.ben, "openid", sid=SESSION)
    ben.post("/accounts/logout/")
    with tenant_scope(acme.tenant):
        line = AuditEvent.objects.filter(verb="authorization.signed_out").latest("sequence")
    assert (line.object_name, line.actor, line.address) == ("Planner", acme.ben, "127.0.0.1")


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2.1", "LO-10")
def test_discovery_names_it(acme):
    found = Client().get(f"{acme.path}/.well-known/openid-configuration").json()
    assert found["end_session_endpoint"] == f"{acme.tenant.issuer}/oauth/end_session"
