"""Permission groups and Modules in a browser: the matrix with scripts, by keyboard, without scripts, on a phone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tenants.context import tenant_scope
from tests.browser.conftest import SIZES, look, page_is_accessible
from tests.cast import PASSWORD, make_acme, make_group, make_machine
from tests.permissions.pages import MODULES, at, fresh, groups_of, modules_of

pytestmark = pytest.mark.browser

PRODUCT = ["assets", "locations", "equipment", "work_orders", "work_requests", "inventory", "monitoring", "reports"]
OWN = ["consumers", "authorizations", "permission_groups", "members", "transactions_log"]


@pytest.fixture
def acme():
    company = make_acme()
    with tenant_scope(company.tenant):
        company.tenant.modules = PRODUCT + OWN
        company.tenant.save(update_fields=["modules"])
    return company


@pytest.fixture
def crew(acme):
    """A group that two consumers use, next to three others."""
    scopes = ["work_orders:view", "work_orders:add", "work_orders:edit", "assets:view", "warehouses:view"]
    group = make_group(acme.tenant, *scopes, name="Field crew")
    readers = make_group(acme.tenant, "assets:view", "work_orders:report", "reports:view", name="Readers")
    make_group(acme.tenant, *(f"{slug}:view" for slug in PRODUCT), name="Everything, to look at")
    make_group(acme.tenant, "transactions_log:view", "transactions_log:report", name="Audit export")
    make_machine(acme.tenant, groups=[group, readers], name="Ledger sync")
    make_machine(acme.tenant, groups=[group], name="Warehouse scanner")
    return group


def tick(page: Page, name: str):
    return page.get_by_role("checkbox", name=name, exact=True)


def test_every_page_is_accessible_and_good_to_look_at(page: Page, sign_in, acme, crew):
    sign_in(acme.ana)
    pages = {
        "list": at(acme),
        "new": at(acme, "new/"),
        "group": at(acme, of=crew),
        "delete": at(acme, f"delete/?selected={crew.pk}"),
        "modules": acme.path + MODULES,
    }
    for name, path in pages.items():
        page.goto(path)
        page_is_accessible(page)
        look(page, f"permissions-{name}")


def test_an_auditor_sees_the_matrix(page: Page, sign_in, acme, crew):
    sign_in(acme.otto)
    page.goto(at(acme, of=crew))
    expect(tick(page, "View Work orders")).to_be_disabled()
    page_is_accessible(page)
    look(page, "permissions-auditor")
    page.goto(acme.path + MODULES)
    page_is_accessible(page)


def test_a_group_is_made_in_the_drawer(page: Page, sign_in, acme):
    sign_in(acme.ana)
    page.goto(at(acme))
    page.get_by_role("link", name="New permission group").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", name="New permission group")).to_be_visible()
    drawer.get_by_label("Name").fill("Field crew")
    tick(page, "Work orders: everything").check()
    expect(tick(page, "Delete Work orders")).to_be_checked()
    tick(page, "View: all modules").check()
    expect(
        drawer.get_by_text("see, add, edit and delete work orders; generate reports on work orders.")
    ).to_be_visible()
    tick(page, "Delete Work orders").uncheck()
    assert tick(page, "Work orders: everything").evaluate("box => box.indeterminate")
    drawer.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Field crew” was added.")).to_be_visible()
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("link", name="Field crew")).to_be_visible()
    (group,) = groups_of(acme)
    views = {f"{slug}:view" for slug in PRODUCT + OWN}
    assert set(group.scopes) == views | {"work_orders:add", "work_orders:edit", "work_orders:report"}


def test_what_is_taken_away_shows_while_ticking_and_is_saved_when_seen(page: Page, sign_in, acme, crew):
    sign_in(acme.ana)
    page.goto(at(acme))
    page.get_by_role("link", name="Field crew").click()
    tick(page, "Edit Work orders").uncheck()
    expect(page.get_by_text("This takes permissions away")).to_be_visible()
    expect(page.get_by_text("Warehouse scanner can no longer edit work orders.")).to_be_visible()
    expect(page.get_by_text("See assets; see and add work orders.")).to_be_visible()
    page_is_accessible(page)
    look(page, "permissions-drawer")
    tick(page, "Edit Work orders").check()
    expect(page.get_by_text("This takes permissions away")).to_be_hidden()
    tick(page, "Add Work orders").uncheck()
    expect(page.get_by_text("Ledger sync can no longer add work orders.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Field crew” was saved.")).to_be_visible()
    assert fresh(acme, crew).scopes == ["assets:view", "warehouses:view", "work_orders:edit", "work_orders:view"]


def test_saving_faster_than_the_preview_asks_first(page: Page, sign_in, acme, crew):
    sign_in(acme.ana)
    page.route("**/preview/", lambda route: None)  # never answered
    page.goto(at(acme))
    page.get_by_role("link", name="Field crew").click()
    tick(page, "Edit Work orders").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This takes permissions away")).to_be_visible()
    assert "work_orders:edit" in fresh(acme, crew).scopes
    page.get_by_role("button", name="Save and take away").click()
    expect(page.get_by_text("“Field crew” was saved.")).to_be_visible()
    assert "work_orders:edit" not in fresh(acme, crew).scopes


def test_read_only_leaves_viewing_and_reports(page: Page, sign_in, acme, crew):
    sign_in(acme.ana)
    page.goto(at(acme, of=crew))
    page.get_by_label("Read-only").check()
    for action in ("Add", "Edit", "Delete"):
        expect(tick(page, f"{action} Work orders")).to_be_disabled()
        expect(tick(page, f"{action} Work orders")).not_to_be_checked()
        expect(tick(page, f"{action}: all modules")).to_be_disabled()
    expect(tick(page, "View Work orders")).to_be_checked()
    expect(page.get_by_text("Ledger sync can no longer add and edit work orders.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Field crew” was saved.")).to_be_visible()
    assert fresh(acme, crew).is_read_only


def test_the_matrix_is_searched_and_walked_with_the_keyboard(page: Page, sign_in, acme):
    sign_in(acme.ana)
    page.goto(at(acme, "new/"))
    page.get_by_label("Name").fill("Searchers")
    page.get_by_label("Search modules").fill("equip")
    expect(page.get_by_role("rowheader", name="Equipment")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Work orders")).to_be_hidden()
    expect(page.get_by_text("This panel and its API")).to_be_hidden()
    page.keyboard.press("Enter")
    tick(page, "Add: all modules").check()
    page.get_by_label("Search modules").fill("")
    expect(tick(page, "Add Equipment")).to_be_checked()
    expect(tick(page, "Add Work orders")).not_to_be_checked()

    tick(page, "Add Equipment").focus()
    page.keyboard.press("ArrowDown")
    expect(tick(page, "Add Work orders")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(tick(page, "View Work orders")).to_be_checked()
    page.keyboard.press("ArrowLeft")
    expect(tick(page, "Work orders: everything")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(tick(page, "Equipment: everything")).to_be_focused()
    tick(page, "Add Reports").focus()
    page.keyboard.press("ArrowDown")
    expect(tick(page, "Add OAuth consumers")).to_be_focused()
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("“Searchers” was added.")).to_be_visible()
    assert groups_of(acme)[0].scopes == ["equipment:add", "work_orders:view"]


def test_on_a_phone_each_module_stands_alone(page: Page, sign_in, acme, crew):
    sign_in(acme.ana)
    width, height = SIZES["phone"]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(at(acme, of=crew))
    row = page.locator("[data-matrix-row]").filter(has=page.locator("#row-work_orders"))
    row.get_by_text("Delete", exact=True).click()
    expect(tick(page, "Delete Work orders")).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page_is_accessible(page)


def test_deleting_asks_in_the_middle(page: Page, sign_in, acme, crew):
    sign_in(acme.ana)
    page.goto(at(acme))
    page.get_by_role("link", name="Field crew").click()
    page.get_by_role("link", name="Delete this permission group").click()
    question = page.get_by_role("dialog", name="Delete Field crew?")
    expect(question.get_by_text("Ledger sync can no longer see, add and edit work orders.")).to_be_visible()
    page_is_accessible(page)
    question.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 permission group was deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Field crew")).to_be_hidden()
    assert fresh(acme, crew) is None


def test_modules_are_switched(page: Page, sign_in, acme, crew):
    sign_in(acme.ana)
    page.goto(acme.path + MODULES)
    expect(tick(page, "Meters")).to_be_enabled()
    tick(page, "Monitoring").uncheck()
    expect(tick(page, "Meters")).to_be_disabled()
    tick(page, "Work orders").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Switch off 2 modules?")).to_be_visible()
    expect(page.get_by_text("Ledger sync can no longer see, add and edit work orders")).to_be_visible()
    page_is_accessible(page)
    look(page, "permissions-switch-off")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("The modules were saved.")).to_be_visible()
    assert not {"monitoring", "work_orders"} & set(modules_of(acme))


def test_it_all_works_without_scripts(chromium: Browser, site, acme, crew):
    context = chromium.new_context(base_url=site, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"/accounts/login/?next={at(acme, of=crew)}")
    page.get_by_label("mail").fill(acme.ana.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    tick(page, "Edit Work orders").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Ledger sync can no longer edit work orders.")).to_be_visible()
    page.get_by_role("button", name="Save and take away").click()
    expect(page.get_by_text("“Field crew” was saved.")).to_be_visible()
    assert "work_orders:edit" not in fresh(acme, crew).scopes
    page.goto(f"{acme.path}{MODULES}")
    tick(page, "Work orders").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Switch off").click()
    assert "work_orders" not in modules_of(acme)
    context.close()
