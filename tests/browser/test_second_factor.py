"""Setting up an authenticator app, and signing in with it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import look, page_is_accessible
from tests.cast import PASSWORD, make_user

pytestmark = pytest.mark.browser


def digits(secret: str) -> str:
    from allauth.mfa.totp.internal import auth

    return auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time())))


def test_a_second_factor_is_set_up_and_asked_for_at_the_next_sign_in(page: Page, sign_in):
    person = make_user(full_name="Ana Lima")
    sign_in(person)
    page.goto("/accounts/2fa/totp/activate/")
    look(page, "is-it-you")
    page_is_accessible(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    look(page, "second-factor-setup")
    page_is_accessible(page)
    page.get_by_label("Authenticator code").fill("000000")
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".errors")).to_be_visible()
    page.get_by_label("Authenticator code").fill(digits(page.locator(".copyable code").inner_text()))
    page.get_by_role("button", name="Switch on").click()
    page.goto("/accounts/2fa/recovery-codes/")
    look(page, "recovery-codes")
    page_is_accessible(page)
    code = page.locator(".mono li").first.inner_text()
    page.goto("/accounts/2fa/")
    look(page, "second-factor-on")
    page_is_accessible(page)
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    look(page, "second-factor-asked")
    page_is_accessible(page)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Choose a company")).to_be_visible()
