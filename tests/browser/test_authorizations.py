"""App authorizations in a browser: looking, filtering, revoking; and the API's reference page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations.models import Authorization
from tenants.context import tenant_scope
from tests import cast
from tests.authorizations.rows import LIST, row_of
from tests.browser.conftest import look, page_is_accessible

pytestmark = pytest.mark.browser

USES = [
    ("Ledger sync", "Books closed work orders in the ERP",
     ("work_orders:view", "assets:view"), 3 / 1440, "203.0.113.7"),
    ("Sensor gateway", "Raises work requests from vibration sensors",
     ("work_requests:add", "work_requests:view", "assets:view", "inventory:view", "inventory:edit"),
     12, "2001:db8::14"),
    ("Report mailer", "", ("work_orders:view",), None, None),
    ("Spare parts catalogue", "Keeps stock and prices in step",
     ("inventory:view", "inventory:edit"), 40, "198.51.100.23"),
]  # fmt: skip


@pytest.fixture
def acme():
    company = cast.make_acme()
    for name, description, scopes, days, address in USES:
        machine = cast.make_machine(company.tenant, *scopes, name=name, description=description)
        if days is not None:
            with tenant_scope(company.tenant):
                at = timezone.now() - timedelta(days=days)
                Authorization.objects.filter(consumer=machine.consumer).update(
                    last_accessed_at=at, last_accessed_address=address
                )
    return company


def names(page):
    return page.locator("td[data-column=name]").all_inner_texts()


def test_one_is_looked_at_and_cut_off(acme, page, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}{LIST}")
    look(page, "authorizations")
    page_is_accessible(page)

    page.get_by_role("link", name="Sensor gateway", exact=True).click()
    page.get_by_role("heading", name="Sensor gateway").wait_for()
    look(page, "authorization-drawer")
    page_is_accessible(page)
    page.locator("#drawer").get_by_role("link", name="Revoke").click()
    page.get_by_role("heading", name="Revoke 1 app authorization?").wait_for()
    look(page, "authorization-revoke")
    page_is_accessible(page)
    page.locator("#modal").get_by_role("button", name="Revoke").click()

    page.get_by_text("1 app authorization was revoked.").wait_for()
    assert "Sensor gateway" not in names(page)
    assert len(names(page)) == 3


def test_several_are_picked_and_cut_off(acme, page, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}{LIST}")

    for name in ("Report mailer", "Ledger sync"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_text("2 selected").wait_for()
    page.locator(".bulk").get_by_role("button", name="Revoke").click()
    page.get_by_role("heading", name="Revoke 2 app authorizations?").wait_for()
    page.locator("#modal").get_by_role("button", name="Revoke").click()

    page.get_by_text("2 app authorizations were revoked.").wait_for()
    assert sorted(names(page)) == ["Sensor gateway", "Spare parts catalogue"]


def test_search_and_filter_narrow_the_list_while_typing(acme, page, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}{LIST}")

    page.get_by_role("searchbox").fill("sensor")
    page.get_by_text("Showing 1 of 1").wait_for()
    assert names(page) == ["Sensor gateway"]
    page.get_by_role("searchbox").fill("")
    page.get_by_text("Showing 4 of 4").wait_for()
    page.get_by_role("button", name="Filter").click()
    look(page, "authorizations-filter")
    page.get_by_role("combobox", name="Last accessed").select_option("never")
    page.get_by_text("Showing 1 of 1").wait_for()
    assert names(page) == ["Report mailer"]


def test_a_revoked_one_is_let_in_again(acme, page, sign_in):
    machine = cast.make_machine(acme.tenant, "assets:view", name="Weather feed")
    from authorizations import granting

    with tenant_scope(acme.tenant):
        granting.revoke_all_for(machine.consumer, by=acme.ana)
    sign_in(acme.ana)

    page.goto(f"{acme.path}{LIST}?state=revoked")
    page.get_by_role("link", name="Weather feed", exact=True).click()
    page.get_by_role("button", name="Let it in again").wait_for()
    look(page, "authorization-revoked")
    page_is_accessible(page)
    page.get_by_role("button", name="Let it in again").click()

    page.get_by_text("Weather feed may get tokens again.").wait_for()
    assert row_of(machine).is_live


def test_without_scripts_the_same_addresses_work(acme, chromium, site):
    context = chromium.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").or_(page.get_by_label("Email")).fill(acme.ana.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.goto(f"{acme.path}{LIST}")
    page.get_by_label("Select Report mailer").check()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("heading", name="Revoke 1 app authorization?").wait_for()
    page.get_by_role("button", name="Revoke").click()

    page.get_by_text("1 app authorization was revoked.").wait_for()
    assert "Report mailer" not in names(page)
    context.close()


def test_the_empty_list_says_what_to_do(page, sign_in):
    company = cast.make_acme()
    sign_in(company.ana)

    page.goto(f"{company.path}{LIST}")

    page.get_by_text("No app has access yet").wait_for()
    look(page, "authorizations-empty")
    page_is_accessible(page)


def test_the_api_reference_reads_well(acme, page, sign_in):
    page.goto(f"{acme.path}/api/#register-consumer")

    page.get_by_role("heading", name="Gatehouse management API").wait_for()
    page.get_by_text("The answer holds its secret, this once;").first.wait_for()
    look(page, "api-reference")
    page_is_accessible(page)
    sign_in(acme.dora)
    page.goto(f"{acme.path}/api/")
    page.get_by_role("navigation", name="Settings").wait_for()
    look(page, "api-reference-inside")
    page_is_accessible(page)
