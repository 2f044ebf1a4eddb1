"""The pages in every language, as wide as a phone and as a small laptop: everything fits."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from authorizations.models import Authorization
from consumers import registration
from consumers.models import Consumer
from tenants.context import tenant_scope
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
LISTS = (
    "user-accounts/members/",
    "user-accounts/permissions/",
    "api-connections/oauth-consumers/",
    "api-connections/app-authorizations/",
    "transactions-log/",
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


@pytest.mark.parametrize("language", ["en", "es", "pt-br", "fr"])
def test_no_list_scrolls_sideways_on_a_small_laptop(page: Page, site, sign_in, language):
    acme = make_acme()
    groups = [make_group(acme.tenant, name="Token introspection"), make_group(acme.tenant, name="Manage everything")]
    suspended = make_machine(acme.tenant, groups=groups, name="Data warehouse export").consumer
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(suspended)
        Consumer.objects.update(created=timezone.now() - timedelta(days=170))
        Authorization.objects.update(last_accessed_at=timezone.now() - timedelta(minutes=59))
    sign_in(acme.ana)
    page.context.add_cookies([{"name": "language", "value": language, "url": site}])
    page.set_viewport_size({"width": 1280, "height": 800})
    for path in LISTS:
        page.goto(f"{acme.path}/settings/{path}")
        assert page.locator("html").get_attribute("lang") == language
        hidden = page.locator(".table-wrap").evaluate("list => list.scrollWidth - list.clientWidth")
        assert (path, hidden) == (path, 0)
