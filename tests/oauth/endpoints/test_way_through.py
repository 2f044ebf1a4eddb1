"""The whole way of a browser through an authorization request, redirect by redirect."""

from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from tests.cast import CALLBACK, CHALLENGE, PASSWORD, make_app
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
