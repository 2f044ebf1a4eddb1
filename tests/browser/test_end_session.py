"""Signing out from an app in a real browser: what its content security policy lets through, and how the pages look."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Route, expect

from oauth.models import LogoutDelivery
from tenants.context import tenant_scope
from tests.browser.conftest import look, page_is_accessible
from tests.cast import CALLBACK, CHALLENGE, make_app
from tests.wire import Wire

pytestmark = pytest.mark.browser
AFTERWARDS = "https://app.example/signed-out"


@pytest.fixture
def app(acme):
    return make_app(
        acme.tenant,
        name="Field planner",
        post_logout_redirect_uris=AFTERWARDS,
        backchannel_logout_url="https://app.example/hears",
    )


@pytest.fixture
def app_site(page: Page):
    """Where the browser was sent, instead of the app's own site."""
    got: list[str] = []

    def answer(route: Route) -> None:
        got.append(route.request.url)
        route.fulfill(content_type="text/html", body="<!doctype html><title>app</title><h1>Hello from the app</h1>")

    page.route("https://app.example/**", answer)
    return got


def way_out(acme, **fields):
    return f"{acme.path}/oauth/end_session?{urlencode(fields)}"


def sign_in_to_app(page: Page, acme, app, app_site) -> str:
    """The ID token it gets."""
    asked = {
        "client_id": app.key, "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid assets:view",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    page.goto(f"{acme.path}/oauth/authorize?{urlencode(asked)}")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    code = app_site[-1].partition("code=")[2].partition("&")[0]
    return Wire(acme).redeem(app, code).json()["id_token"]


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-01")
def test_an_app_signs_out_the_session_it_got_its_id_token_from(page: Page, acme, app, app_site, site, sign_in):
    """Afterwards they are at a page that answers for itself: the driver can't stand in for the end of a redirect."""
    afterwards = f"{site}/help/"
    with tenant_scope(acme.tenant):
        app.consumer.post_logout_redirect_uris = afterwards
        app.consumer.save(update_fields=["post_logout_redirect_uris"])
    sign_in(acme.ana)
    hint = sign_in_to_app(page, acme, app, app_site)
    page.goto(way_out(acme, id_token_hint=hint, post_logout_redirect_uri=afterwards, state="s"))
    expect(page).to_have_url(f"{afterwards}?state=s")
    page.goto("/companies/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    with tenant_scope(acme.tenant):
        assert LogoutDelivery.objects.filter(consumer=app.consumer).count() == 1


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-03")
@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-08")
def test_without_an_id_token_the_person_is_asked(page: Page, acme, app, app_site, sign_in):
    sign_in(acme.ana)
    page.goto(way_out(acme, client_id=app.key, post_logout_redirect_uri=AFTERWARDS))
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    page_is_accessible(page)
    look(page, "end-session-asked")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    page.goto(way_out(acme))
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page_is_accessible(page)
    look(page, "end-session-done")


@pytest.mark.rfc("OIDC RP-Initiated Logout", "2", "LO-07")
def test_a_form_on_the_apps_own_page_signs_out(page: Page, acme, app, app_site, site, sign_in):
    """Its post comes without the session's cookie, and still finds the session."""
    sign_in(acme.ana)
    hint = sign_in_to_app(page, acme, app, app_site)
    form = (
        "([address, hint]) => { const form = Object.assign(document.createElement('form'), "
        "{method: 'post', action: address}); form.append(Object.assign(document.createElement('input'), "
        "{name: 'id_token_hint', value: hint})); document.body.append(form); form.submit() }"
    )
    page.goto("https://app.example/")
    page.evaluate(form, [f"{site}{acme.path}/oauth/end_session", hint])
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()


def test_a_wrong_request_is_a_page(page: Page, acme, app, sign_in):
    sign_in(acme.ana)
    page.goto(way_out(acme, client_id=app.key, post_logout_redirect_uri="https://app.example/other"))
    expect(page.get_by_role("heading", name="This app's request can't be answered")).to_be_visible()
    page_is_accessible(page)
    look(page, "end-session-wrong")
