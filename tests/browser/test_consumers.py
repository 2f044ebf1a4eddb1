"""OAuth consumers as a super administrator meets them: the list, the drawer, the secret that is shown once."""

import re
import time
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page, expect

from authorizations.models import Authorization
from consumers import entrusting, registration
from consumers.models import Consumer, ConsumerSecret
from tenants import audit
from tenants.context import tenant_scope
from tests.browser.conftest import look, page_is_accessible
from tests.cast import PASSWORD, make_group, make_machine
from tests.consumers.pages import at

pytestmark = pytest.mark.browser


def believable(acme):
    """A company with consumers of different histories."""
    now = timezone.now()
    read = make_group(acme.tenant, "assets:view", "work_orders:view", "inventory:view", name="Read everything")
    desk = make_group(acme.tenant, "work_orders:view", "work_orders:add", "work_orders:edit", name="Maintenance desk")
    machines = [
        make_machine(
            acme.tenant, name="Ledger sync", groups=[read], description="Books finished work orders", by=acme.ana
        ),
        make_machine(acme.tenant, name="Sensor gateway", groups=[read, desk], token_format="jwt", by=acme.ana),
        make_machine(acme.tenant, name="Report mailer", groups=[read], description="Every Monday at six"),
        make_machine(acme.tenant, name="Old importer", groups=[desk]),
    ]
    with tenant_scope(acme.tenant):
        for machine, hours, address in ((machines[0], 0.05, "203.0.113.7"), (machines[1], 288, "2001:db8::14")):
            Authorization.objects.filter(consumer=machine.consumer).update(
                last_accessed_at=now - timedelta(hours=hours), last_accessed_address=address
            )
        registration.suspend_consumer(machines[1].consumer, by=acme.ana)
        machines[3].consumer.authorizations.all().end(by=acme.ana)
        ledger = machines[0].consumer
        second, _ = registration.add_secret(
            ledger, name="nightly job", expires_at=now + timedelta(days=60), by=acme.ana
        )
        old, _ = registration.add_secret(ledger, name="before the move", by=acme.ana)
        registration.retire_secret(old, by=acme.ana)
        ConsumerSecret.objects.filter(pk=second.pk).update(last_used_at=now - timedelta(minutes=3))
        entrusting.give(ledger, acme.dora, by=acme.ana)
        audit.record("consumer.refused", ledger, after={"reason": "retired_secret", "endpoint": "token", "count": 3})
    return machines


def test_the_list_and_its_questions(page: Page, sign_in, acme):
    believable(acme)
    sign_in(acme.ana)
    page.goto(at(acme))
    look(page, "consumers-list")
    page_is_accessible(page)

    page.get_by_role("checkbox", name="Select Ledger sync").check()
    page.get_by_role("checkbox", name="Select Report mailer").check()
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("heading", name="Suspend 2 consumers?")).to_be_visible()
    look(page, "consumers-suspend")
    page_is_accessible(page)
    page.locator("dialog").get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("2 consumers were suspended.")).to_be_visible()
    with tenant_scope(acme.tenant):
        assert Consumer.objects.exclude(suspended_at=None).count() == 3

    page.goto(at(acme))
    page.get_by_placeholder("Search OAuth consumers").fill("ledger")
    expect(page.get_by_text("Showing 1 of 1")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=ledger$"))


def test_an_empty_list_leads_to_the_first_consumer(page: Page, sign_in, acme):
    sign_in(acme.ana)
    page.goto(at(acme))
    look(page, "consumers-empty")
    page_is_accessible(page)
    page.locator("#list").get_by_role("link", name="New OAuth consumer").click()
    expect(page.get_by_text("There is no permission group yet")).to_be_visible()
    look(page, "consumers-create-without-groups")
    page_is_accessible(page)


def test_a_consumer_is_made_its_secret_shown_once_and_its_page_looked_at(page: Page, sign_in, acme):
    believable(acme)
    sign_in(acme.ana)
    page.goto(at(acme))
    page.get_by_role("link", name="New OAuth consumer").click()
    expect(page.get_by_role("heading", name="New OAuth consumer")).to_be_visible()
    assert page.url.endswith("/new/")
    page.get_by_text("Tokens and authentication").click()
    look(page, "consumers-create")
    page_is_accessible(page)

    page.get_by_role("textbox", name="Name").fill("Plant historian")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Grant type can't be blank")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Plant historian")
    look(page, "consumers-create-mistakes")
    page_is_accessible(page)

    page.locator("dialog").get_by_label("Grant type").select_option("Client credentials")
    page.get_by_label("Read everything").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Copy the secret now")).to_be_visible()
    secret = page.locator("dialog .copyable code").nth(1).inner_text()
    assert re.fullmatch(r"gate_sec_[\w-]{49}", secret)
    look(page, "consumers-credentials")
    page_is_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download key and secret").click()
    assert f"CLIENT_SECRET={secret}" in download.value.path().read_text()

    with page.context.expect_page() as beside:
        page.get_by_role("button", name="Get a token").click()
    expect(beside.value.get_by_text("The request worked.")).to_be_visible()
    expect(page.get_by_text(secret, exact=True)).to_be_visible()
    page_is_accessible(beside.value)

    page.reload()
    expect(page.get_by_text("no longer visible")).to_be_visible()
    assert secret not in page.content()


def forget_the_password(page: Page):
    """As if the person had signed in an hour ago."""
    [cookie] = [cookie for cookie in page.context.cookies() if cookie["name"] == settings.SESSION_COOKIE_NAME]
    session = SessionStore(session_key=cookie["value"])
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - 3600}]
    session.save()


def test_a_sign_in_of_long_ago_is_confirmed_without_losing_what_was_typed(page: Page, sign_in, acme):
    believable(acme)
    sign_in(acme.ana)
    page.goto(at(acme))
    page.get_by_role("link", name="New OAuth consumer").click()
    page.locator("dialog").get_by_label("Grant type").select_option("Client credentials")
    page.get_by_role("textbox", name="Name").fill("Plant historian")
    page.get_by_label("Read everything").check()
    forget_the_password(page)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    page_is_accessible(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("form[action*=reauthenticate] button").click()
    expect(page.get_by_text("press Save to finish")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Plant historian")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Copy the secret now")).to_be_visible()

    page.goto(at(acme))
    forget_the_password(page)
    page.get_by_role("checkbox", name="Select Report mailer").check()
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("form[action*=reauthenticate] button").click()
    expect(page.get_by_role("heading", name="Delete Report mailer?")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 consumer was deleted.")).to_be_visible()


def test_the_page_of_a_consumer(page: Page, sign_in, acme):
    ledger, gateway, _, importer = believable(acme)
    sign_in(acme.ana)
    page.goto(at(acme))
    page.get_by_role("link", name="Ledger sync").click()
    expect(page.get_by_role("heading", name="Quick start")).to_be_visible()
    look(page, "consumer-drawer")
    page_is_accessible(page)
    for name, machine in (("page", ledger), ("suspended", gateway), ("revoked", importer)):
        page.goto(at(acme, of=machine.consumer))
        look(page, f"consumer-{name}")
        page_is_accessible(page)
    for path in ("edit/", "secrets/new/", "managers/new/", "suspend/", "delete/", f"managers/{acme.dora.pk}/remove/"):
        page.goto(at(acme, path, of=ledger.consumer))
        look(page, f"consumer-{path.replace('/', '-').strip('-').replace(str(acme.dora.pk), '')}")
        page_is_accessible(page)


def test_a_secret_is_turned_over_from_the_drawer(page: Page, sign_in, acme):
    ledger, *_ = believable(acme)
    sign_in(acme.ana)
    page.goto(at(acme))
    page.get_by_role("link", name="Ledger sync").click()
    page.get_by_role("link", name="Add secret").click()
    page.get_by_role("textbox", name="Name").fill("production")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Copy the secret now")).to_be_visible()
    page.get_by_role("link", name="I have saved the secret").click()

    page.get_by_role("link", name="Retire default").click()
    expect(page.get_by_text("It was never used.")).to_be_visible()
    look(page, "consumer-retire")
    page_is_accessible(page)
    page.get_by_role("button", name="Retire").click()
    expect(page.get_by_text("The secret “default” was retired.")).to_be_visible()
    with tenant_scope(acme.tenant):
        names = ConsumerSecret.objects.filter(consumer=ledger.consumer, retired_at=None).values_list("name", flat=True)
        assert sorted(names) == ["nightly job", "production"]
