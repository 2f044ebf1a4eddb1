"""The whole way of a browser through an authorization request, redirect by redirect."""

from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from tests.cast import CALLBACK, CHALLENGE, PASSWORD, make_app
from tests.consumers.pages import signed_in
from tests.visitor import Forms


@pytest.mark.rfc("OIDC Core", "16.22", "OI-23")
@pytest.mark.rfc("9700", "4.12", "no redirect of the whole way takes a form along")
def test_no_redirect_takes_a_form_along(acme):
    app = make_app(acme.tenant)
    query = {"response_type": "code", "client_id": app.key, "redirect_uri": CALLBACK, "code_challenge": CHALLENGE}
    asked = urlencode({**query, "code_challenge_method": "S256", "scope": "assets:view"})
    browser, statuses = Client(), []

    def settle(answer):
        """The page, or the redirect to the app, with every status on the way."""
        while answer.status_code in range(300, 400):
            statuses.append(answer.status_code)
            there = urlsplit(answer["Location"])
            if there.netloc == urlsplit(CALLBACK).netloc:
                break
            answer = browser.get(f"{there.path}?{there.query}")
        return answer

    def press(page, button, **values):
        for form in Forms(page.content.decode()).found:
            for words, _, _, action in form.buttons:
                if words == button:
                    return settle(browser.post(action or form.action, dict(form.fields) | values))
        raise AssertionError(page.content.decode())

    page = settle(browser.get(f"{acme.path}/oauth/authorize?{asked}"))
    page = press(page, "Sign in", login=acme.ana.email, password=PASSWORD)
    back = press(page, "Allow")

    assert back["Location"].startswith(f"{CALLBACK}?code=")
    assert set(statuses) <= {302, 303}


@pytest.mark.rfc("9700", "4.16", "AZ-21")
@pytest.mark.rfc("9700", "4.2.4", "AZ-22")
@pytest.mark.rfc("product", "AZ", "AZ-23")
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/password/reset/",
        "{company}/oauth/authorize",
        "{company}/oauth/authorize/unknown",
        "{company}/oauth/end_session",
        "{company}/oauth/end_session?client_id=%00",
        "{company}/consent/unknown/",
        "{company}/device/",
        "/oauth/authorize",
        "/oauth/authorize?client_id=nobody&state=secret",
        "/connected-apps/",
        "/accounts/reauthenticate/",
        "/accounts/logout/",
        "{company}/consent/unknown/allow/",
        "{company}/device/?user_code=BCDF-GHJK",
        "{company}/device/done/unknown/",
        "/connected-apps/unknown/1/revoke/",
    ],
)
def test_no_page_on_the_way_is_framed_kept_told_of_or_read_by_others(acme, path, signed):
    browser = signed_in(acme.ben) if signed else Client()
    address = path.format(company=acme.path)
    for answer in (
        browser.get(address, headers={"origin": "https://evil.example"}),
        browser.get(address, headers={"sec-fetch-dest": "iframe"}),
    ):
        assert answer.status_code < 500
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert "no-store" in answer["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in answer
        assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.rfc("6749", "10.12", "AZ-25")
@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/logout/",
        "/accounts/reauthenticate/",
        "/accounts/language/",
        "/connected-apps/{slug}/1/revoke/",
        "{company}/consent/unknown/allow/",
        "{company}/consent/unknown/deny/",
        "{company}/device/",
        "{company}/oauth/authorize/unknown",
        "{company}/oauth/end_session/confirmed",
        "{company}/settings/api-connections/app-authorizations/revoke/?selected=1",
        "{company}/settings/api-connections/app-authorizations/revoke-matching/",
        "{company}/settings/api-connections/app-authorizations/of-person/1/revoke/",
        "{company}/settings/api-connections/app-authorizations/of-consumer/1/revoke/",
        "{company}/settings/api-connections/oauth-consumers/1/edit/",
        "{company}/settings/api-connections/oauth-consumers/1/logo/",
        "{company}/settings/user-accounts/members/1/",
    ],
)
def test_no_other_site_posts_in_a_persons_name(acme, path):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(acme.ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = path.format(company=acme.path, slug=acme.slug)
    for extra in ({}, {"headers": {"hx-request": "true", "x-csrftoken": "a" * 64}}):
        assert browser.post(address, {"another": "1", "next": "/"}, **extra).status_code == 403
    assert "_auth_user_id" in browser.session
