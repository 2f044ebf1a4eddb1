"""The frame and the account pages, as a person sees them."""

import re

import pytest
from playwright.sync_api import Page

from tenants.context import tenant_scope
from tenants.models import Membership
from tests.browser.conftest import look, page_is_accessible
from tests.cast import make_acme, make_beta, make_group, make_machine

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


def test_every_page_a_super_administrator_can_reach_works_and_is_accessible(page: Page, sign_in):
    acme = make_acme()
    group = make_group(acme.tenant, name="Maintenance desk")
    for name in ("Ledger sync", "Sensor gateway"):
        make_machine(acme.tenant, groups=[group], name=name)
    sign_in(acme.ana)
    waiting, seen, problems = [f"{acme.path}/"], set(), []
    while waiting:
        path = waiting.pop(0)
        response = page.goto(path)
        if response is None or response.status != 200:
            problems.append(f"{path} answers {response and response.status}")
            continue
        if not response.headers["content-type"].startswith("text/html"):
            # A document for programs, such as the API's description.
            continue
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            try:
                page_is_accessible(page)
            except AssertionError as error:
                problems.append(f"{path} in {theme}: {error}")
        for link in page.evaluate(LINKS):
            if link.startswith(acme.path) and shape(link) not in seen:
                seen.add(shape(link))
                waiting.append(link)
    assert problems == []
    assert len(seen) > 20


# What a bulk button opens asks about picked rows, so one is picked.
LINKS = """() => {
  const picked = document.querySelector(".pick")?.value;
  const links = [...document.querySelectorAll("a[href]:not([download])")].map(link => new URL(link.href));
  const questions = [...document.querySelectorAll("[formaction]")].map(button => new URL(button.formAction));
  for (const url of questions) url.searchParams.set("selected", picked);
  const own = [...links, ...questions].filter(url => url.origin === location.origin);
  return own.map(url => url.pathname + (url.searchParams.has("selected") ? url.search : ""));
}"""


def shape(path: str) -> str:
    """One row's page stands for those of all rows."""
    return re.sub(r"\d+|[0-9a-f-]{32,}", "#", path.partition("/settings/")[2]) or path
