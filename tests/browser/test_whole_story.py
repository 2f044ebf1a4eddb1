"""The main job from end to end: a super administrator connects a third-party system, it works, everybody sees it,
and it is cut off. In the browser as a person, with the programs of examples/ as the other side."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.authorizations.rows import LIST
from tests.browser.conftest import look
from tests.cast import make_machine
from tests.examples.programs import resource_server, run_app

pytestmark = pytest.mark.browser


@pytest.fixture
def work_orders(acme, site):
    """The company's protected API. Its own consumer may ask what tokens are worth."""
    gateway = make_machine(acme.tenant, "authorizations:view", name="Work order gateway")
    with resource_server(f"{site}{acme.path}", gateway) as address:
        yield address


@pytest.mark.rfc("Gatehouse", "The whole story", "TN-07")
def test_a_system_is_connected_used_seen_and_cut_off(page: Page, sign_in, acme, site, work_orders):
    sign_in(acme.ana)
    make_a_group(page, acme)
    credentials = make_a_consumer(page, acme)

    done = run_app(f"{site}{acme.path}", credentials, work_orders)
    assert done.returncode == 0, done.stderr
    assert "/work-orders (3 work orders)" in done.stdout

    page.goto(f"{acme.path}{LIST}")
    row = page.locator("tr", has_text="Ledger sync")
    expect(row.locator("[data-column=scopes]")).to_contain_text("work_orders:view")
    see_last_accessed(page, row)
    look(page, "whole-story")

    row.get_by_role("link", name="Revoke Ledger sync").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("1 app authorization was revoked.")).to_be_visible()
    expect(page.locator("tr", has_text="Ledger sync")).to_have_count(0)

    done = run_app(f"{site}{acme.path}", credentials, work_orders)
    assert done.returncode == 1
    assert done.stderr.startswith("Refused. No token: ")


def make_a_group(page: Page, acme) -> None:
    page.get_by_role("link", name="Permissions", exact=True).click()
    page.get_by_role("link", name="New permission group").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Name").fill("Work order readers")
    drawer.get_by_role("checkbox", name="View Work orders", exact=True).check()
    drawer.get_by_role("button", name="Save").click()
    expect(page.locator("tr", has_text="Work order readers")).to_be_visible()


def make_a_consumer(page: Page, acme) -> SimpleNamespace:
    """Its key and secret, copied from the page that shows them once."""
    page.get_by_role("link", name="API connections", exact=True).click()
    page.get_by_role("link", name="New OAuth consumer").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Grant type").select_option("Client credentials")
    drawer.get_by_role("textbox", name="Name").fill("Ledger sync")
    drawer.get_by_label("Work order readers").check()
    drawer.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Copy the secret now")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return SimpleNamespace(key=copied(page, "Copy Key"), secret=copied(page, "Copy Secret"))


def copied(page: Page, button: str) -> str:
    page.get_by_role("dialog").get_by_role("button", name=button, exact=True).first.click()
    text = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"gk_\w{22}|gate_sec_[\w-]{49}", text)
    return text


def see_last_accessed(page: Page, row) -> None:
    """It is written a moment later, never on the token's own path; Refresh shows it."""
    cell = row.locator("[data-column=last_accessed]")
    for _ in range(40):
        if "Never" not in cell.inner_text():
            break
        page.wait_for_timeout(250)
        page.get_by_role("link", name="Refresh").click()
        page.wait_for_load_state("networkidle")
    expect(cell).to_contain_text("just now")
    expect(cell.locator("time")).to_have_attribute(
        "title", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC · 127\.0\.0\.1$")
    )
