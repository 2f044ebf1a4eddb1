"""The frame and the account pages, as a person sees them."""

import pytest
from playwright.sync_api import Page

from tenants.context import tenant_scope
from tenants.models import Membership
from tests.browser.conftest import look, page_is_accessible
from tests.cast import make_acme, make_beta

pytestmark = pytest.mark.browser

OPEN_PAGES = {
    "sign-in": "/accounts/login/",
    "forgotten-password": "/accounts/password/reset/",
    "link-sent": "/accounts/password/reset/done/",
    "link-too-old": "/accounts/password/reset/key/1-wrong/",
    "by-invitation": "/accounts/signup/",
    "whats-new": "/whats-new/",
    "help": "/help/",
    "elements": "/elements/",
    "not-found": "/nothing-here/",
}
MY_PAGES = {
    "profile": "/accounts/profile/",
    "change-password": "/accounts/password/change/",
    "second-factor": "/accounts/2fa/",
    "sessions": "/accounts/sessions/",
    "sign-out": "/accounts/logout/",
    "companies": "/companies/",
    "help-signed-in": "/help/",
}


@pytest.mark.parametrize(("name", "path"), OPEN_PAGES.items())
def test_a_page_that_is_open_to_all_is_accessible(page: Page, name, path):
    page.goto(path)
    look(page, name)
    page_is_accessible(page)


def test_the_pages_of_a_signed_in_person_are_accessible(page: Page, sign_in):
    acme, beta = make_acme(), make_beta()
    with tenant_scope(beta.tenant):
        Membership.objects.create(user=acme.ana, role="auditor")
    sign_in(acme.ana)
    for name, path in {**MY_PAGES, "account": f"{acme.path}/settings/account/"}.items():
        page.goto(path)
        look(page, name)
        page_is_accessible(page)
