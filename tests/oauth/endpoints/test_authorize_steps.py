"""From a kept request to its answer: sign-in, account, re-authentication, consent, and the one code there is."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from accounts.signing_in import ONE_FACTOR, SignIn
from authorizations import granting, requests
from authorizations.asking import Question
from authorizations.consent_forms import ConsentForm
from authorizations.models import AuthorizationCode, AuthorizationRequest, TokenFamily
from consumers import registration
from consumers.models import Consumer
from oauth.endpoints import continuing
from tenants import members
from tenants.context import tenant_scope
from tenants.models import Domain, Membership
from tests.cast import CALLBACK, PASSWORD, VERIFIER, make_app, make_code, make_machine, make_yes, may
from tests.oauth.endpoints.browsing import STATE, Browsing, leads_to, sent_to
from tests.wire import Wire


@pytest.fixture
def app(acme):
    return make_app(acme.tenant)


@pytest.fixture
def own(acme):
    """The company's own app, which may skip consent."""
    return make_app(acme.tenant, is_first_party=True, skips_consent=True)


@pytest.fixture
def ana(acme):
    return Browsing(acme, acme.ana)


def say(browser, *, yes=True):
    """What the consent page does with the browser's latest request."""
    kept = browser.latest()
    with tenant_scope(browser.company.tenant):
        kept = AuthorizationRequest.objects.select_related("consumer").get(pk=kept.pk)
        membership = Membership.objects.select_related("user").get(user_id=kept.user_id)
        if not yes:
            granting.deny(kept, user=membership.user)
            return
        sign_in = SignIn(timezone.now(), ["pwd"], ONE_FACTOR, "sid")
        granting.grant(kept, membership=membership, scopes=kept.scopes, sign_in=sign_in)


def step(browser):
    """The address every page returns to."""
    return f"{browser.company.path}/oauth/authorize/{requests.reference(browser.latest())}"


def go_on(browser):
    return browser.client.get(step(browser))


def codes_of(company):
    with tenant_scope(company.tenant):
        return AuthorizationCode.objects.count()


def ended(answer):
    assert answer.status_code in (200, 400)
    assert "Location" not in answer
    return "This is finished" in answer.content.decode()


# ---- Asked


@pytest.mark.rfc("6749", "4.1.1", "AZ-01")
def test_somebody_signed_in_is_asked(ana, app):
    assert leads_to(ana.arrive(app), "/consent/")


@pytest.mark.rfc("9207", "2", "AZ-18")
@pytest.mark.rfc("6749", "10.10", "AZ-31")
@pytest.mark.rfc("6749", "4.1.2", "AZ-16")
@pytest.mark.rfc("9700", "4.12", "AZ-20")
def test_a_yes_brings_one_code_with_state_and_issuer(acme, ana, app):
    ana.arrive(app, state=STATE)
    say(ana)
    answer = go_on(ana)
    found = sent_to(answer)
    assert set(found) == {"code", "state", "iss"}
    assert found["code"].startswith("gate_ac_")
    assert len(found["code"]) > 40
    assert (found["state"], found["iss"]) == (STATE, acme.tenant.issuer)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.rfc("6749", "4.1.2", "AZ-32")
def test_a_code_lives_a_minute(acme, ana, app):
    ana.arrive(app)
    say(ana)
    go_on(ana)
    with tenant_scope(acme.tenant):
        code = AuthorizationCode.objects.get()
        assert timedelta(0) < code.expires - timezone.now() <= timedelta(seconds=60)


@pytest.mark.rfc("6749", "4.1.2.1", "AZ-15")
@pytest.mark.rfc("9207", "2", "AZ-19")
def test_a_no_brings_access_denied(acme, ana, app):
    ana.arrive(app)
    say(ana, yes=False)
    found = sent_to(go_on(ana))
    assert (found["error"], found["state"], found["iss"]) == ("access_denied", "xyz", acme.tenant.issuer)
    assert codes_of(acme) == 0


@pytest.mark.rfc("product", "AZ", "AZ-42")
def test_a_second_visit_ends_on_a_friendly_page(acme, ana, app):
    ana.arrive(app)
    say(ana)
    assert "code" in sent_to(go_on(ana))
    assert ended(go_on(ana))
    assert ended(ana.client.post(step(ana), {"same": "1"}))
    assert codes_of(acme) == 1


def visit_in_many_tabs(acme, browser, address):
    """At once, in one browser."""

    def visit(_number):
        tab = Browsing(acme)
        tab.client.cookies = browser.client.cookies
        try:
            return tab.client.get(address).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return sorted(pool.map(visit, range(8)))


@pytest.mark.rfc("product", "AZ", "AZ-37")
def test_of_many_tabs_at_once_one_gets_the_code(acme, ana, app):
    ana.arrive(app)
    say(ana)
    assert visit_in_many_tabs(acme, ana, step(ana)) == [200] * 7 + [303]
    assert codes_of(acme) == 1


@pytest.mark.rfc("product", "AZ", "AZ-37")
def test_of_many_tabs_at_once_one_is_granted_without_asking(acme, ana, own):
    address = ana.authorize(own)["Location"]
    assert visit_in_many_tabs(acme, ana, address) == [200] * 7 + [303]
    assert codes_of(acme) == 1


@pytest.mark.rfc("9700", "4.7", "AZ-26")
def test_another_browser_finds_no_request(acme, ana, app):
    ana.arrive(app)
    say(ana)
    other = Browsing(acme, acme.ana)
    assert other.client.get(step(ana)).status_code == 400
    assert other.client.get(f"{acme.path}/oauth/authorize/made-up").status_code == 400
    assert codes_of(acme) == 0


def test_another_company_finds_no_request(acme, beta, ana, app):
    ana.arrive(app)
    say(ana)
    assert ana.client.get(step(ana).replace(acme.path, beta.path)).status_code == 400


@pytest.mark.rfc("product", "AZ", "AZ-40")
def test_a_code_can_travel_in_a_form(acme, ana, app):
    ana.arrive(app, response_mode="form_post", state="<script>")
    say(ana)
    answer = go_on(ana)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="code" value="gate_ac_' in page
    assert 'name="state" value="&lt;script&gt;"' in page
    assert "https://app.example" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] != ""
    assert "no-store" in answer["Cache-Control"]


# ---- Who


@pytest.mark.rfc("product", "AZ", "AZ-38")
def test_somebody_of_another_company_is_refused(acme, beta, app):
    browser = Browsing(acme, beta.eve)
    answer = browser.arrive(app)
    assert answer.status_code == 403
    assert "Use another account" in answer.content.decode()
    assert sent_to(browser.arrive(app, prompt="none"))["error"] == "interaction_required"
    assert codes_of(acme) == 0


@pytest.mark.rfc("product", "AZ", "AZ-38")
def test_a_suspended_member_is_refused(acme, app):
    browser = Browsing(acme, acme.ben)
    with tenant_scope(acme.tenant):
        members.suspend(Membership.objects.get(user=acme.ben))
    assert browser.arrive(app).status_code == 403


def test_whoever_is_not_meant_can_sign_in_as_somebody_else(acme, beta, app):
    browser = Browsing(acme, beta.eve)
    browser.arrive(app)
    answer = browser.client.post(step(browser), {"another": "1"})
    assert leads_to(answer, "/oauth/authorize/")
    assert leads_to(browser.client.get(answer["Location"]), "/accounts/login/")


@pytest.mark.rfc("product", "AZ", "AZ-33")
@pytest.mark.rfc("product", "AZ", "AZ-01")
def test_signing_in_leads_back_and_on(acme, app):
    browser = Browsing(acme)
    sign_in = browser.arrive(app)["Location"]
    before = browser.client.session.session_key
    there = parse_qs(urlsplit(sign_in).query)["next"][0]
    form = {"login": acme.ana.email, "password": PASSWORD, "next": there}
    answer = browser.client.post("/accounts/login/", form)
    assert answer["Location"] == there
    assert browser.client.session.session_key != before
    assert leads_to(browser.client.get(there), "/consent/")


@pytest.mark.rfc("product", "AZ", "AZ-36")
def test_who_signs_out_meanwhile_gets_no_code(acme, ana, app):
    ana.arrive(app)
    ana.client.post("/accounts/logout/")
    assert leads_to(go_on(ana), "/accounts/login/")


@pytest.mark.rfc("product", "AZ", "AZ-36")
def test_who_came_meanwhile_is_asked_whether_they_are_meant(acme, ana, app):
    ana.arrive(app)
    ana.client.force_login(acme.dora, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = go_on(ana)
    assert "Continue as Dora" in answer.content.decode()
    assert leads_to(ana.client.get(ana.client.post(step(ana), {"same": "1"})["Location"]), "/consent/")


@pytest.mark.rfc("product", "AZ", "AZ-36")
def test_a_yes_stays_with_whom_said_it(acme, ana, app):
    ana.arrive(app)
    say(ana)
    ana.client.force_login(acme.dora, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = go_on(ana)
    assert "Continue as" not in answer.content.decode()
    ana.client.post(step(ana), {"same": "1"})
    assert go_on(ana).status_code == 200
    assert codes_of(acme) == 0


# ---- prompt and max_age


@pytest.mark.rfc("OIDC Core", "3.1.2.1", "OI-04")
def test_without_a_page_nobody_can_sign_in(acme, app):
    assert sent_to(Browsing(acme).arrive(app, prompt="none"))["error"] == "login_required"


@pytest.mark.rfc("OIDC Core", "3.1.2.6", "OI-05")
def test_without_a_page_nobody_can_agree(ana, app):
    assert sent_to(ana.arrive(app, prompt="none"))["error"] == "consent_required"


def test_without_a_page_what_was_agreed_is_granted(acme, ana, app):
    make_yes(app, acme.ana)
    assert "code" in sent_to(ana.arrive(app, prompt="none"))


@pytest.mark.rfc("OIDC Core", "3.1.2.3", "OI-07")
def test_prompt_login_asks_for_a_newer_proof(acme, ana, own):
    answer = ana.arrive(own, prompt="login")
    assert leads_to(answer, "/accounts/reauthenticate/")
    again = ana.client.post(
        "/accounts/reauthenticate/",
        {"password": PASSWORD, "next": parse_qs(urlsplit(answer["Location"]).query)["next"][0]},
    )
    ana.client.get(again["Location"])
    with tenant_scope(acme.tenant):
        family = TokenFamily.objects.get()
        assert family.signed_in_at >= ana.latest().created_at
    assert codes_of(acme) == 1


@pytest.mark.rfc("OIDC Core", "3.1.2.1", "OI-09")
def test_max_age_asks_for_a_newer_proof(acme, own):
    assert leads_to(Browsing(acme, acme.ana, seconds_ago=60).arrive(own, max_age="30"), "/accounts/reauthenticate/")
    assert "code" in sent_to(Browsing(acme, acme.ana, seconds_ago=60).arrive(own, max_age="90"))
    assert leads_to(Browsing(acme, acme.ana, seconds_ago=0.01).arrive(own, max_age="0"), "/accounts/reauthenticate/")
    silent = Browsing(acme, acme.ana, seconds_ago=60).arrive(own, max_age="30", prompt="none")
    assert sent_to(silent)["error"] == "login_required"


@pytest.mark.rfc("OIDC Core", "3.1.2.1", "OI-09")
def test_going_past_the_proof_brings_no_code(acme, app):
    browser = Browsing(acme, acme.ana, seconds_ago=60)
    browser.arrive(app, max_age="30")
    with tenant_scope(acme.tenant):
        kept = AuthorizationRequest.objects.select_related("consumer").get(pk=browser.latest().pk)
        membership = Membership.objects.select_related("user").get(user=acme.ana)
        old = SignIn(timezone.now() - timedelta(seconds=60), ["pwd"], ONE_FACTOR, "sid")
        granting.grant(kept, membership=membership, scopes=kept.scopes, sign_in=old)
    assert sent_to(go_on(browser))["error"] == "login_required"


@pytest.mark.rfc("OIDC Core", "3.1.2.1", "OI-08")
def test_prompt_consent_asks_although_it_was_agreed(acme, ana, app, own):
    make_yes(app, acme.ana)
    assert "code" in sent_to(ana.arrive(app))
    assert leads_to(ana.arrive(app, prompt="consent"), "/consent/")
    assert leads_to(ana.arrive(own, prompt="consent"), "/consent/")


def test_prompt_select_account_shows_who_is_signed_in(acme, ana, own):
    answer = ana.arrive(own, prompt="select_account")
    assert "Continue as Ana" in answer.content.decode()
    assert "code" in sent_to(ana.client.get(ana.client.post(step(ana), {"same": "1"})["Location"]))


def id_token_of(company, app, person):
    """One that the app got for somebody earlier."""
    code = make_code(make_yes(app, person, "openid", "assets:view"))
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    answer = Wire(company).post("token", fields, machine=app)
    return answer.json()["id_token"]


@pytest.mark.rfc("OIDC Core", "3.1.2.2", "OI-10")
def test_a_hint_at_somebody_else_is_never_passed_over(acme, ana, own):
    anas, bens = (id_token_of(acme, own, person) for person in (acme.ana, acme.ben))
    other_apps = id_token_of(acme, make_app(acme.tenant), acme.ana)
    assert "code" in sent_to(ana.arrive(own, id_token_hint=anas))
    assert "code" in sent_to(ana.arrive(own, id_token_hint=anas, prompt="none"))
    for hint in (bens, other_apps, f"{anas[:-6]}AAAAAA", "garbage"):
        assert "Continue as Ana" in ana.arrive(own, id_token_hint=hint).content.decode()
        assert sent_to(ana.arrive(own, id_token_hint=hint, prompt="none"))["error"] == "login_required"


# ---- Consent


@pytest.mark.rfc("2.1", "7.4", "AZ-34")
def test_what_was_agreed_is_not_asked_again_and_more_is(acme, ana, app):
    make_yes(app, acme.ana, "assets:view")
    assert "code" in sent_to(ana.arrive(app, scope="assets:view"))
    assert leads_to(ana.arrive(app, scope="assets:view work_orders:view"), "/consent/")


@pytest.mark.rfc("2.1", "7.4.1", "AZ-35")
def test_a_public_app_asks_every_time(acme, ana):
    for uri in (CALLBACK, "http://127.0.0.1:9500/callback", "com.example.app:/callback"):
        app = make_app(acme.tenant, public=True, redirect_uris=uri)
        make_yes(app, acme.ana)
        assert leads_to(ana.arrive(app, redirect_uri=uri), "/consent/")


@pytest.mark.rfc("2.1", "7.4", "AZ-34")
def test_a_confidential_app_on_this_computer_is_remembered_for_it_proves_itself_with_its_secret(acme, ana):
    uri = "http://127.0.0.1:9500/callback"
    app = make_app(acme.tenant, redirect_uris=uri)
    make_yes(app, acme.ana)
    assert "code" in sent_to(ana.arrive(app, redirect_uri=uri), uri)


def test_what_was_unticked_is_not_asked_for_again_until_the_app_insists(acme, ana):
    app = make_app(acme.tenant, "assets:view", "assets:edit", optional_scopes=["assets:edit"])
    make_yes(app, acme.ana, "assets:view", asked=["assets:view", "assets:edit"], declined=["assets:edit"])
    sent = sent_to(ana.arrive(app, scope="assets:view assets:edit"))
    assert "code" in sent
    with tenant_scope(acme.tenant):
        assert ana.latest().family.scopes == ["assets:view"]
    assert leads_to(ana.arrive(app, scope="assets:view assets:edit", prompt="consent"), "/consent/")
    with tenant_scope(acme.tenant):
        membership = Membership.objects.select_related("user").get(user=acme.ana)
        form = ConsentForm(question=Question(ana.latest(), membership))
        assert (form.question.optional, form.ticked) == ({"assets:edit"}, frozenset())


def test_what_is_revoked_at_the_moment_it_is_remembered_is_asked_again(acme, ana, app, monkeypatch):
    family = make_yes(app, acme.ana)
    with tenant_scope(acme.tenant):
        granting.revoke(family.authorization, by=acme.ana)
    monkeypatch.setattr(continuing, "must_ask", lambda kept, membership: False)
    assert leads_to(ana.arrive(app), "/consent/")


def test_a_yes_that_has_ended_is_asked_again(acme, ana, app):
    make_yes(app, acme.ana, until=timezone.now() + timedelta(seconds=1))
    time.sleep(1.1)
    assert leads_to(ana.arrive(app), "/consent/")


@pytest.mark.rfc("8707", "2", "MCP-03")
def test_another_api_is_asked_for(acme, ana, app):
    machine = make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        Consumer.objects.filter(pk=machine.consumer.pk).update(resource="https://api.example/")
    make_yes(app, acme.ana)
    assert leads_to(ana.arrive(app, resource="https://api.example/"), "/consent/")
    make_yes(app, acme.ana, resources=["https://api.example/"])
    assert "code" in sent_to(ana.arrive(app, resource="https://api.example/"))


def test_our_own_app_is_not_asked_for(acme, ana, own):
    assert "code" in sent_to(ana.arrive(own))


@pytest.mark.rfc("9700", "2.3", "AZ-44")
def test_nobody_grants_more_than_they_may_do(acme, own):
    may(acme.tenant, acme.ben, "assets:view")
    assert "code" in sent_to(Browsing(acme, acme.ben).arrive(own))
    with tenant_scope(acme.tenant):
        assert TokenFamily.objects.get().scopes == ["assets:view"]


@pytest.mark.rfc("9700", "2.3", "AZ-44")
def test_who_may_do_nothing_of_it_grants_nothing(acme, own):
    assert sent_to(Browsing(acme, acme.ben).arrive(own))["error"] == "access_denied"


# ---- What changed meanwhile


@pytest.mark.rfc("9700", "4.1", "RU-25")
def test_a_redirect_uri_that_was_taken_away_is_not_followed(acme, ana, app):
    ana.arrive(app)
    say(ana)
    with tenant_scope(acme.tenant):
        Consumer.objects.filter(pk=app.consumer.pk).update(redirect_uris="https://app.example/new")
    answer = go_on(ana)
    assert answer.status_code == 400
    assert "Location" not in answer
    assert codes_of(acme) == 0


def test_an_app_suspended_meanwhile_gets_no_code(acme, ana, app):
    ana.arrive(app)
    say(ana)
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(app.consumer, by=acme.ana)
    assert go_on(ana).status_code == 400
    assert codes_of(acme) == 0


def test_who_was_removed_meanwhile_gets_no_code(acme, app):
    dora = Browsing(acme, acme.dora)
    may(acme.tenant, acme.dora, "assets:view")
    dora.arrive(app)
    say(dora)
    with tenant_scope(acme.tenant):
        members.remove(Membership.objects.get(user=acme.dora))
    assert go_on(dora).status_code == 403
    assert codes_of(acme) == 0


# ---- After a form of ours


@pytest.mark.rfc("CSP3", "6.4", "AZ-24")
def test_straight_after_signing_in_a_page_goes_on_by_itself(acme, own):
    """A redirect out would be the end of the sign-in form's post, whose page names only us in its form-action."""
    browser = Browsing(acme)
    there = parse_qs(urlsplit(browser.arrive(own)["Location"]).query)["next"][0]
    browser.client.post("/accounts/login/", {"login": acme.ana.email, "password": PASSWORD, "next": there})
    answer = browser.client.get(there)
    assert answer.status_code == 200
    assert f'http-equiv="refresh" content="0;url={CALLBACK}?code=gate_ac_' in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert codes_of(acme) == 1


# ---- A host of the company's own


@pytest.mark.rfc("9207", "2.4", "AZ-18")
def test_on_a_host_of_its_own_the_issuer_is_that_host(acme, own, settings):
    host = f"{acme.slug}.example.test"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, host]
    with tenant_scope(acme.tenant):
        Domain.objects.create(host=host)
    browser = Browsing(acme, acme.ana, HTTP_HOST=host)
    answer = browser.client.get(browser.url(browser.asked(own)).removeprefix(acme.path))
    assert answer["Location"].startswith("/oauth/authorize/")
    found = sent_to(browser.client.get(answer["Location"]))
    assert found["iss"] == f"http://{host}"


# ---- No company named


def everywhere(browser, app, **changes):
    return browser.client.get(f"/oauth/authorize?{browser.url(browser.asked(app, **changes)).partition('?')[2]}")


def test_an_app_that_names_no_company_goes_to_the_only_one(acme, app):
    browser = Browsing(acme, acme.ana)
    answer = everywhere(browser, app, state=STATE)
    assert answer.status_code == 303
    assert answer["Location"] == browser.url(browser.asked(app, state=STATE))


def test_an_app_that_several_companies_have_lets_the_person_choose(acme, beta, app):
    make_app(beta.tenant, key=app.key)
    with tenant_scope(beta.tenant):
        Membership.objects.create(user=acme.ana, role="member")
    page = everywhere(Browsing(acme, acme.ana), app).content.decode()
    assert "Choose a company" in page
    assert f"{acme.path}/oauth/authorize?client_id={app.key}" in page
    assert f"{beta.path}/oauth/authorize?client_id={app.key}" in page
    assert everywhere(Browsing(acme, beta.eve), app)["Location"].startswith(beta.path)


def test_a_company_that_does_not_know_the_app_is_not_offered(acme, beta, app):
    stranger = Browsing(acme, beta.eve)
    answer = everywhere(stranger, app)
    assert answer.status_code == 400
    assert "not connected to your company" in answer.content.decode()
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(app.consumer, by=acme.ana)
    assert everywhere(Browsing(acme, acme.ana), app).status_code == 400


def test_who_is_unknown_signs_in_before_choosing(acme, app):
    answer = everywhere(Browsing(acme), app)
    assert leads_to(answer, "/accounts/login/")
    there = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    assert there.startswith(f"/oauth/authorize?client_id={app.key}")


def test_a_form_to_no_company_goes_on_as_an_address(acme, app):
    browser = Browsing(acme, acme.ana)
    body = f"client_id={app.key}&state=a\r\nLocation: x"
    answer = browser.client.post("/oauth/authorize", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"{acme.path}/oauth/authorize?client_id=")
