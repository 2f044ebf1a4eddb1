"""Drawers, questions, lists and chips, tried on the elements page: with scripts, by keyboard, and without scripts."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import look, page_is_accessible

pytestmark = pytest.mark.browser


@pytest.fixture
def elements(page: Page) -> Page:
    page.goto("/elements/")
    return page


def test_a_drawer_opens_over_the_list_with_its_own_address_and_takes_the_focus(elements: Page):
    elements.get_by_role("link", name="New OAuth consumer").last.click()
    drawer = elements.get_by_role("dialog", name="New OAuth consumer")
    expect(drawer).to_be_visible()
    expect(elements).to_have_url("/elements/drawer/")
    expect(drawer.get_by_label("Name")).to_be_focused()
    look(elements, "drawer")
    page_is_accessible(elements)


def test_back_and_escape_close_a_drawer_and_forward_opens_it_again(elements: Page):
    elements.get_by_role("link", name="New OAuth consumer").last.click()
    drawer = elements.get_by_role("dialog", name="New OAuth consumer")
    expect(drawer).to_be_visible()
    elements.go_back()
    expect(drawer).to_be_hidden()
    expect(elements).to_have_url("/elements/")
    elements.go_forward()
    expect(drawer).to_be_visible()
    elements.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(elements).to_have_url("/elements/")


def test_a_form_in_a_drawer_keeps_what_was_typed_then_closes_with_a_message(elements: Page):
    elements.get_by_role("link", name="New OAuth consumer").last.click()
    drawer = elements.get_by_role("dialog", name="New OAuth consumer")
    drawer.get_by_label("Description").fill("Sends invoices")
    drawer.get_by_role("button", name="Save").click()
    expect(drawer.get_by_text("This field is required.").first).to_be_visible()
    expect(drawer.get_by_label("Description")).to_have_value("Sends invoices")
    expect(drawer.get_by_label("Name")).to_be_focused()
    expect(elements).to_have_url("/elements/drawer/")
    drawer.get_by_label("Name").fill("Ledger sync")
    drawer.get_by_label("Grant type").select_option("cc")
    drawer.get_by_label("Read everything").check()
    drawer.get_by_label("Opaque").check()
    drawer.get_by_role("button", name="Save").click()
    expect(elements.get_by_role("status")).to_contain_text("“Ledger sync” would be saved now.")
    expect(drawer).to_be_hidden()
    expect(elements).to_have_url("/elements/")


def test_picked_rows_are_asked_about_before_anything_is_done(elements: Page):
    elements.get_by_label("Select Ledger sync").check()
    elements.get_by_label("Select Report mailer").check()
    expect(elements.get_by_text("2 selected")).to_be_visible()
    elements.get_by_role("button", name="Delete", exact=True).click()
    question = elements.get_by_role("dialog", name="Delete 2 consumers?")
    expect(question).to_be_visible()
    question.get_by_role("button", name="Delete").click()
    expect(elements.get_by_role("status")).to_contain_text("It would be done now.")
    expect(question).to_be_hidden()


def test_a_question_is_accessible(elements: Page):
    elements.get_by_label("Select Ledger sync").check()
    elements.get_by_role("button", name="Delete", exact=True).click()
    expect(elements.get_by_role("dialog")).to_be_visible()
    look(elements, "question")
    page_is_accessible(elements)


def test_cancel_leaves_a_question_without_an_answer(elements: Page):
    elements.get_by_label("Select all rows").check()
    expect(elements.get_by_text("3 selected")).to_be_visible()
    elements.get_by_role("button", name="Delete", exact=True).click()
    question = elements.get_by_role("dialog")
    question.get_by_role("link", name="Cancel").click()
    expect(question).to_be_hidden()
    expect(elements).to_have_url("/elements/")


def test_a_question_from_a_drawer_goes_back_to_the_drawer(elements: Page):
    elements.get_by_role("link", name="Ledger sync").click()
    drawer = elements.locator("#drawer")
    drawer.get_by_role("link", name="Delete").click()
    elements.locator("#modal").get_by_role("link", name="Cancel").click()
    expect(elements.locator("#modal")).to_be_hidden()
    expect(drawer).to_be_visible()


def test_searching_refreshes_the_list_as_one_types_and_keeps_the_address(elements: Page):
    elements.get_by_label("Search consumers").fill("ledger")
    elements.wait_for_url("**/elements/?q=ledger*")
    expect(elements.get_by_label("Search consumers")).to_be_focused()
    elements.get_by_role("link", name="Name", exact=True).click()
    elements.wait_for_url("**sort=name*")


def test_chosen_columns_stay_chosen(elements: Page):
    elements.get_by_role("button", name="Columns").click()
    elements.locator("#list-columns").get_by_label("Key").uncheck()
    expect(elements.get_by_role("columnheader", name="Key")).to_be_hidden()
    elements.reload()
    expect(elements.get_by_role("columnheader", name="Key")).to_be_hidden()
    expect(elements.get_by_role("columnheader", name="State")).to_be_visible()


def test_chips_show_what_is_chosen_and_take_it_back(elements: Page):
    field = elements.locator("form", has_text="What was typed is kept.")
    chips = field.locator("[data-chips]")
    chips.get_by_role("button", name="Remove Maintenance desk").click()
    expect(chips.get_by_label("Maintenance desk", exact=True)).not_to_be_checked()
    chips.get_by_label("Read everything", exact=True).uncheck()
    expect(chips.get_by_text("No permission selected")).to_be_visible()


def test_a_value_is_copied(elements: Page, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    elements.get_by_role("button", name="Copy Secret").click()
    expect(elements.get_by_role("status")).to_contain_text("Copied")
    assert elements.evaluate("navigator.clipboard.readText()").startswith("cs_4fT9")


def test_a_value_is_saved_as_a_file(elements: Page):
    with elements.expect_download() as download:
        elements.get_by_role("button", name="Download Secret").click()
    assert download.value.suggested_filename == "ledger-sync.txt"


def test_dark_mode_is_remembered_without_a_flash(page: Page, sign_in):
    from tests.cast import make_user

    sign_in(make_user(full_name="Ana"))
    page.get_by_role("button", name="User menu of Ana").click()
    look(page, "user-menu")
    page_is_accessible(page)
    with page.expect_response("**/accounts/theme/"):
        page.get_by_role("group", name="Dark mode").get_by_role("button", name="On").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert 'data-theme="dark"' in page.content()


def test_everything_works_without_scripts(chromium: Browser, site: str):
    with chromium.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/elements/")
        page.get_by_role("link", name="New OAuth consumer").last.click()
        expect(page).to_have_url("/elements/drawer/")
        page.get_by_label("Name").fill("Ledger sync")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("This field is required.").first).to_be_visible()
        expect(page.get_by_label("Name")).to_have_value("Ledger sync")
        page.get_by_role("link", name="Back").click()
        page.get_by_label("Select Ledger sync").check()
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.get_by_role("heading", name="Delete 1 consumers?")).to_be_visible()
        page.get_by_role("button", name="Delete").click()
        expect(page.get_by_text("It would be done now.")).to_be_visible()
