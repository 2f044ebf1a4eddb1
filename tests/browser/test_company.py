"""General, Members and the Transactions log, as a super administrator sees them; an invitation, end to end."""

import pytest
from playwright.sync_api import Browser, Page, expect

from consumers import entrusting
from tenants import companies, members
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.browser.conftest import look, page_is_accessible
from tests.cast import make_acme, make_group, make_machine

pytestmark = pytest.mark.browser


@pytest.fixture
def acme():
    """With something to show: a coloured company, a consumer that was given away, somebody in each state."""
    acme = make_acme()
    companies.amend_company(acme.tenant, by=acme.ana, colour="#7c3aed", time_zone="Europe/Madrid")
    group = make_group(acme.tenant, "assets:view", name="Read assets")
    machine = make_machine(acme.tenant, groups=[group], name="ERP sync", by=acme.ana)
    with tenant_scope(acme.tenant):
        entrusting.give(machine.consumer, acme.dora, by=acme.ana)
        members.invite(email=f"nils@{acme.slug}.test", name="Nils Berg", role="member", by=acme.ana)
        members.suspend(Membership.objects.get(user=acme.ben), by=acme.ana)
        members.change_role(Membership.objects.get(user=acme.otto), "developer", by=acme.ana)
        members.change_role(Membership.objects.get(user=acme.otto), "auditor", by=acme.ana)
    return acme


def test_general_is_edited_and_its_addresses_are_there_to_copy(page: Page, acme, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}/settings/general/")
    page_is_accessible(page)
    look(page, "general")
    page.get_by_label("Name").fill("Acme Works")
    page.get_by_label("Access token lifetime").fill("600")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("greater than or equal to 900")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Acme Works")
    page_is_accessible(page)
    page.get_by_label("Access token lifetime").fill("1800")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The company was saved.")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("Acme Works")).to_be_visible()


def test_general_can_be_read_by_an_auditor(page: Page, acme, sign_in):
    sign_in(acme.otto)
    page.goto(f"{acme.path}/settings/general/")
    page_is_accessible(page)
    look(page, "general-auditor")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)


def test_the_members_are_listed_and_their_drawers_open(page: Page, acme, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}/settings/user-accounts/members/")
    expect(page.get_by_role("row", name="Nils Berg")).to_be_visible()
    page_is_accessible(page)
    look(page, "members")
    page.get_by_role("link", name="Dora").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("link", name="ERP sync")).to_be_visible()
    page_is_accessible(page)
    look(page, "member")
    drawer.get_by_role("radio", name="Auditor Sees everything").check()
    drawer.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Dora” was saved.")).to_be_visible()
    expect(page.get_by_role("row", name="Dora").get_by_text("Auditor")).to_be_visible()


def test_picked_members_are_suspended_after_a_question(page: Page, acme, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}/settings/user-accounts/members/")
    page.get_by_label("Select Dora").check()
    page.get_by_role("button", name="Suspend").click()
    question = page.get_by_role("dialog")
    expect(question.get_by_role("heading", name="Suspend 1 member?")).to_be_visible()
    page_is_accessible(page)
    look(page, "members-suspend")
    question.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("They are suspended and shut out at once.")).to_be_visible()
    expect(page.get_by_role("row", name="Dora").get_by_text("Suspended")).to_be_visible()


def test_somebody_new_is_invited_and_comes_in(page: Page, chromium: Browser, site, acme, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}/settings/user-accounts/members/")
    page.get_by_role("link", name="Invite a member").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("E-mail address").fill(f"iris@{acme.slug}.test")
    drawer.get_by_label("Full name").fill("Iris Haug")
    drawer.get_by_role("radio", name="Auditor Sees everything").check()
    page_is_accessible(page)
    look(page, "member-invite")
    drawer.get_by_role("button", name="Make an invitation link").click()
    expect(drawer.get_by_role("heading", name="Invitation for Iris Haug")).to_be_visible()
    page_is_accessible(page)
    look(page, "member-invitation")
    link = drawer.locator("code").inner_text()

    new = chromium.new_context(base_url=site).new_page()
    new.goto(link[link.index("/t/") :])
    page_is_accessible(new)
    look(new, "join-new")
    new.get_by_label("Password").fill("short")
    new.get_by_role("button", name="Set password and join").click()
    expect(new.get_by_text("too short")).to_be_visible()
    page_is_accessible(new)
    new.get_by_label("Password").fill("seven green bicycles")
    new.get_by_role("button", name="Set password and join").click()
    new.get_by_label("Email").or_(new.get_by_label("E-mail")).fill(f"iris@{acme.slug}.test")
    new.get_by_label("Password").fill("seven green bicycles")
    new.get_by_role("button", name="Sign in").click()
    expect(new.get_by_role("heading", name="OAuth consumers")).to_be_visible()
    new.goto(link[link.index("/t/") :])
    expect(new.get_by_role("heading", name="This invitation can't be used")).to_be_visible()
    page_is_accessible(new)
    look(new, "join-gone")
    new.context.close()


def test_the_transactions_log_is_read_filtered_and_opened(page: Page, acme, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}/settings/transactions-log/")
    page_is_accessible(page)
    look(page, "transactions")
    page.get_by_role("button", name="Filter").click()
    page_is_accessible(page)
    look(page, "transactions-filter")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Made the OAuth consumer ERP sync").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("Read assets")).to_be_visible()
    page_is_accessible(page)
    look(page, "transaction")


def test_without_scripts_the_same_pages_work(chromium: Browser, site, acme):
    page = chromium.new_context(base_url=site, java_script_enabled=False).new_page()
    page.goto(f"{acme.path}/settings/user-accounts/members/")
    page.get_by_label("Email").or_(page.get_by_label("E-mail")).fill(acme.ana.email)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Nils Berg").click()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("They were removed.")).to_be_visible()
    expect(page.get_by_text("Nils Berg")).to_have_count(0)
    page.context.close()
