"""The pages in the longer languages, as wide as a phone: everything fits."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SIZES
from tests.cast import make_acme, make_group, make_machine

pytestmark = pytest.mark.browser

PATHS = (
    "general/",
    "user-accounts/members/",
    "user-accounts/members/new/",
    "user-accounts/permissions/",
    "user-accounts/permissions/new/",
    "modules/",
    "api-connections/oauth-consumers/",
    "api-connections/oauth-consumers/new/",
    "api-connections/oauth-consumers/{consumer}/",
    "api-connections/oauth-consumers/{consumer}/delete/",
    "api-connections/app-authorizations/",
    "transactions-log/",
    "account/",
)
# Buttons and states on one line (two at most for a button), headings inside the page.
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const found = document.documentElement.scrollWidth > width ? ["the page"] : [];
  for (const element of document.querySelectorAll("h1, h2, label, .button, .badge")) {
    const box = element.getBoundingClientRect();
    const words = element.innerText.trim();
    if (!box.width || !words || element.closest(".tabs, .table-wrap, .matrix")) continue;
    if (box.right > width + 1) found.push(`${words} leaves the page`);
    if (element.matches(".badge") && box.height > 32) found.push(`${words} is broken in two`);
    if (element.matches(".button") && box.height > 64) found.push(`${words} is broken in three`);
  }
  return found;
}"""


@pytest.mark.parametrize("language", ["es", "pt-br", "fr"])
def test_the_pages_fit_a_phone_in_every_language(page: Page, site, sign_in, language):
    acme = make_acme()
    machine = make_machine(acme.tenant, groups=[make_group(acme.tenant, name="Maintenance desk")], name="Ledger sync")
    sign_in(acme.ana)
    page.context.add_cookies([{"name": "language", "value": language, "url": site}])
    width, height = SIZES["phone"]
    page.set_viewport_size({"width": width, "height": height})
    wrong = {}
    for path in PATHS:
        page.goto(f"{acme.path}/settings/{path.format(consumer=machine.consumer.pk)}")
        assert page.locator("html").get_attribute("lang") == language
        if found := page.evaluate(TOO_WIDE):
            wrong[path] = found
    assert wrong == {}
