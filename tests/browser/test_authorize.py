"""An app's request in a real browser: what its content security policy lets through, and how the pages look."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tenants.context import tenant_scope
from tenants.models import Membership
from tests.browser.conftest import look, page_is_accessible
from tests.cast import CALLBACK, CHALLENGE, PASSWORD, make_app, make_beta

pytestmark = pytest.mark.browser


@pytest.fixture
def app_site(page: Page):
    """What the app got, instead of its own site."""
    got: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        query = urlsplit(route.request.url).query or route.request.post_data or ""
        got.append({name: values[0] for name, values in parse_qs(query).items()})
        route.fulfill(content_type="text/html", body="<!doctype html><title>app</title><h1>Hello from the app</h1>")

    page.route("https://app.example/**", answer)
    return got


def address(acme, app, **changes):
    usual = {
        "client_id": app.key, "response_type": "code", "redirect_uri": CALLBACK, "state": "a b&c",
        "scope": "assets:view", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"{acme.path}/oauth/authorize?{urlencode({**usual, **changes})}"


def fill_in(page: Page, person) -> None:
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.rfc("CSP3", "6.4", "AZ-24")
def test_from_the_app_through_sign_in_and_consent_back_to_the_app(page: Page, acme, app_site):
    app = make_app(acme.tenant, name="Field planner")
    page.goto(address(acme, app, login_hint=acme.ana.email))
    expect(page.get_by_label("E-mail")).to_have_value(acme.ana.email)
    fill_in(page, acme.ana)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    assert app_site[0]["state"] == "a b&c"
    assert app_site[0]["code"].startswith("gate_ac_")
    page.go_back()
    expect(page.get_by_role("heading", name="This is finished")).to_be_visible()
    page_is_accessible(page)
    look(page, "authorize-finished")


@pytest.mark.rfc("CSP3", "6.4", "AZ-24")
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_an_app_that_skips_consent_is_reached_straight_from_the_sign_in_form(page: Page, acme, app_site, mode):
    app = make_app(acme.tenant, is_first_party=True, skips_consent=True)
    page.goto(address(acme, app, response_mode=mode))
    fill_in(page, acme.ana)
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    assert app_site[0]["code"].startswith("gate_ac_")
    page.goto(address(acme, app, response_mode=mode, prompt="select_account"))
    page_is_accessible(page)
    look(page, f"authorize-account-{mode}")
    page.get_by_role("button", name="Continue as Ana").click()
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    assert len(app_site) == 2


def test_the_pages_of_what_went_wrong(page: Page, acme, app_site):
    app = make_app(acme.tenant, name="Field planner")
    page.goto(address(acme, app, redirect_uri="https://app.example/other"))
    expect(page.get_by_role("heading", name="This app's request can't be answered")).to_be_visible()
    page_is_accessible(page)
    look(page, "authorize-refused")
    page.goto(address(acme, app, scope="nonsense"))
    page_is_accessible(page)
    look(page, "authorize-held-back")
    page.get_by_role("link", name="Return to app.example").click()
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    page.goto(address(acme, app, scope="nonsense", response_mode="form_post"))
    page.get_by_role("button", name="Return to app.example").click()
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    assert [got["error"] for got in app_site] == ["invalid_scope"] * 2


def test_who_does_not_belong_here_or_to_several(page: Page, acme, sign_in):
    app, beta = make_app(acme.tenant), make_beta()
    sign_in(beta.eve)
    page.goto(address(acme, app))
    expect(page.get_by_role("heading", name="You don't belong to this company")).to_be_visible()
    page_is_accessible(page)
    look(page, "authorize-stranger")
    page.goto(f"/oauth/authorize?client_id={app.key}")
    page_is_accessible(page)
    look(page, "authorize-no-company")
    with tenant_scope(acme.tenant):
        Membership.objects.create(user=beta.eve, role="member")
    make_app(beta.tenant, key=app.key)
    page.goto(f"/oauth/authorize?client_id={app.key}")
    page_is_accessible(page)
    look(page, "authorize-companies")


def test_without_scripts_an_answer_is_posted_by_hand(chromium, site, acme):
    app = make_app(acme.tenant, is_first_party=True, skips_consent=True)
    context = chromium.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto(address(acme, app, response_mode="form_post"))
    fill_in(page, acme.ana)
    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    look(page, "authorize-form-post")
    context.close()


def test_a_failure_is_looked_up_by_its_number(page: Page, acme, sign_in):
    app = make_app(acme.tenant, name="Field planner")
    page.goto(address(acme, app, redirect_uri="https://app.example/other"))
    number = page.locator("dd code").last.inner_text()
    sign_in(acme.ana)
    page.goto(f"{acme.path}/settings/api-connections/oauth-consumers/{app.consumer.pk}/?failure={number}")
    why = page.get_by_text("The path of the redirect URI differs")
    # It is written a moment later, never in the way of the page that says no.
    for _ in range(40):
        if why.is_visible():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(why).to_be_visible()
    page_is_accessible(page)
    page.get_by_role("heading", name="Recent failures").scroll_into_view_if_needed()
    look(page, "authorize-failure")
