"""The ways from a sign-in form out to the app, in a real browser: the form's page names only us in its `form-action`,
and Chromium holds every redirect after a post against it."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_authorize import address, app_site, fill_in  # noqa: F401
from tests.cast import CALLBACK, CHALLENGE, make_app

pytestmark = pytest.mark.browser


def anywhere(app, **changes):
    """At the endpoint that looks for the company."""
    usual = {
        "client_id": app.key, "response_type": "code", "redirect_uri": CALLBACK, "state": "s",
        "scope": "assets:view", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"/oauth/authorize?{urlencode({**usual, **changes})}"


@pytest.mark.rfc("CSP3", "6.4", "AZ-24")
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_through_the_search_for_the_company(page: Page, acme, app_site, mode):  # noqa: F811
    """The request is kept only after the sign-in."""
    app = make_app(acme.tenant, is_first_party=True, skips_consent=True)
    page.goto(anywhere(app, response_mode=mode))
    fill_in(page, acme.ana)
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    assert app_site[0]["code"].startswith("gate_ac_")


@pytest.mark.rfc("CSP3", "6.4", "AZ-24")
def test_an_error_after_the_search_for_the_company(page: Page, acme, app_site):  # noqa: F811
    app = make_app(acme.tenant)
    page.goto(anywhere(app, scope="nonsense"))
    fill_in(page, acme.ana)
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    assert app_site[0]["error"] == "invalid_scope"


@pytest.mark.rfc("CSP3", "6.4", "AZ-24")
def test_back_as_the_person_who_said_yes(page: Page, acme, app_site):  # noqa: F811
    """The answer was given, and fetched only after somebody else had come and gone."""
    app = make_app(acme.tenant)
    page.goto(address(acme, app))
    fill_in(page, acme.ana)
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    there = page.url
    body = page.evaluate(
        """async () => {
          const form = document.querySelector("form.consent-form");
          const answer = await fetch(form.querySelectorAll("button")[1].formAction,
            {method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual"});
          return answer.type;
        }"""
    )
    assert body == "opaqueredirect"
    page.context.clear_cookies(name="session")
    page.goto(there.replace("/consent/", "/oauth/authorize/").rstrip("/"))
    fill_in(page, acme.ana)
    expect(page.get_by_role("heading", name="Hello from the app")).to_be_visible()
    assert app_site[0]["code"].startswith("gate_ac_")


@pytest.mark.rfc("8252", "7.1", "AZ-24")
@pytest.mark.parametrize(
    "goal",
    ["com.example.field-book:/callback", "com.example.app://sign.in/a?b=c", "http://[::1]:9759/callback"],
)
def test_an_app_on_the_device_gets_its_answer(page: Page, acme, sign_in, goal):
    """Chromium has nobody to hand it to, but the page's policy does not stand in its way."""
    app = make_app(acme.tenant, public=True, redirect_uris=goal)
    sign_in(acme.ana)
    page.goto(address(acme, app, redirect_uri=goal))
    with page.expect_request(lambda request: request.url.startswith(goal)) as sent:
        page.get_by_role("button", name="Allow").click()
    assert "code=gate_ac_" in sent.value.url
