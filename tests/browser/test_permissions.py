"""Permission groups and Modules in a browser: the matrix with scripts, by keyboard, without scripts, on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import look, page_is_accessible
from tests.cast import make_acme, make_group, make_machine
from tests.permissions.pages import MODULES, at

pytestmark = pytest.mark.browser

PRODUCT = ["assets", "locations", "equipment", "work_orders", "work_requests", "inventory", "monitoring", "reports"]
OWN = ["consumers", "authorizations", "permission_groups", "members", "transactions_log"]


@pytest.fixture
def acme():
    company = make_acme()
    company.tenant.modules = PRODUCT + OWN
    from tenants.context import tenant_scope

    with tenant_scope(company.tenant):
        company.tenant.save(update_fields=["modules"])
    return company


@pytest.fixture
def crew(acme):
    """A group that two consumers use, next to three others."""
    scopes = (
        "work_orders:view",
        "work_orders:add",
        "work_orders:edit",
        "assets:view",
        "inventory:view",
        "warehouses:view",
    )
    group = make_group(acme.tenant, *scopes, name="Field crew")
    readers = make_group(acme.tenant, "assets:view", "work_orders:report", "reports:view", name="Readers")
    make_group(acme.tenant, *(f"{slug}:view" for slug in PRODUCT), name="Everything, to look at")
    make_group(acme.tenant, "transactions_log:view", "transactions_log:report", name="Audit export")
    make_machine(acme.tenant, groups=[group, readers], name="Ledger sync")
    make_machine(acme.tenant, groups=[group], name="Warehouse scanner")
    return group


def test_every_page_is_accessible_and_good_to_look_at(page: Page, sign_in, acme, crew):
    sign_in(acme.ana)
    for name, path in [
        ("list", at(acme)),
        ("new", at(acme, "new/")),
        ("group", at(acme, of=crew)),
        ("delete", at(acme, f"delete/?selected={crew.pk}")),
        ("modules", acme.path + MODULES),
    ]:
        page.goto(path)
        page_is_accessible(page)
        look(page, f"permissions-{name}")
    page.goto(at(acme))
    page.get_by_role("link", name="Field crew").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    everything = page.get_by_role("checkbox", name="Work orders: everything")
    everything.check()
    everything.uncheck()
    expect(page.get_by_text("This takes permissions away")).to_be_visible()
    page_is_accessible(page)
    look(page, "permissions-drawer")
