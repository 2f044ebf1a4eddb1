"""Connected apps, people's rows in App authorizations and a member's drawer, as somebody uses them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations.models import Authorization
from permissions.models import MemberGroup
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.browser.conftest import look, page_is_accessible
from tests.cast import make_app, make_group, make_machine, make_yes, may


@pytest.fixture
def apps(acme, beta):
    crew = make_group(acme.tenant, "assets:view", "work_orders:view", "work_orders:edit", name="Field crew")
    with tenant_scope(acme.tenant):
        MemberGroup.objects.create(membership=Membership.objects.get(user=acme.ben), group=crew)
    with tenant_scope(beta.tenant):
        Membership.objects.create(user=acme.ben, role="member")
    may(beta.tenant, acme.ben, "inventory:view")
    field = make_app(acme.tenant, "assets:view", "work_orders:view", "work_orders:edit", name="Field Notes",
                     description="Notes and photographs from the site")  # fmt: skip
    until = timezone.now() + timedelta(days=30, hours=1)
    families = [
        make_yes(field, acme.ben, "openid", "email", "assets:view", "work_orders:view", "work_orders:edit"),
        make_yes(make_app(acme.tenant, "work_orders:view", name="Shift planner"), acme.ben, until=until),
        make_yes(make_app(beta.tenant, "inventory:view", name="Stock counter"), acme.ben),
        make_yes(field, acme.ana),
    ]
    with tenant_scope(acme.tenant):
        Authorization.objects.filter(pk=families[0].authorization_id).update(
            last_accessed_at=timezone.now() - timedelta(hours=2), last_accessed_address="203.0.113.7"
        )
    make_machine(acme.tenant, "assets:view", name="Ledger sync")
    return families


def test_a_plain_member_finds_their_apps_and_ends_one(acme, beta, apps, page, sign_in):
    sign_in(acme.ben)
    page.goto(f"{acme.path}/settings/account/")
    page.locator("main").get_by_role("link", name="Connected apps").click()
    page.get_by_role("heading", name="Connected apps").wait_for()
    assert page.get_by_role("heading", level=3).all_inner_texts() == ["Shift planner", "Field Notes", "Stock counter"]
    page_is_accessible(page)
    look(page, "connected-apps")

    page.get_by_role("link", name="Revoke Shift planner").click()
    page.get_by_role("heading", name="Revoke Shift planner?").wait_for()
    page_is_accessible(page)
    look(page, "connected-apps-revoke")
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("Shift planner has no access any more.").wait_for()
    assert page.get_by_role("heading", level=3).all_inner_texts() == ["Field Notes", "Stock counter"]


def test_the_question_is_a_page_of_its_own(acme, apps, page, sign_in):
    sign_in(acme.ben)
    page.goto(f"/connected-apps/{acme.slug}/{apps[0].authorization_id}/revoke/")
    page.get_by_role("heading", name="Revoke Field Notes?").wait_for()
    page_is_accessible(page)
    look(page, "connected-apps-revoke-page")


def test_without_apps_the_page_says_how_one_gets_here(acme, page, sign_in):
    sign_in(acme.ben)
    page.goto("/connected-apps/")
    page.get_by_text("No app acts for you").wait_for()
    page_is_accessible(page)
    look(page, "connected-apps-empty")


def test_a_super_administrator_sees_what_people_let_apps_do(acme, apps, page, sign_in):
    sign_in(acme.ana)
    page.goto(f"{acme.path}/settings/api-connections/app-authorizations/")
    look(page, "app-authorizations-people")
    page_is_accessible(page)
    page.get_by_role("row", name="Shift planner").get_by_role("link", name="Shift planner").first.click()
    page.get_by_role("heading", name="Active sign-ins").wait_for()
    page_is_accessible(page)
    look(page, "app-authorization-person")


def test_a_members_groups_are_given_in_their_drawer(acme, apps, page, sign_in):
    make_group(acme.tenant, "inventory:view", name="Storekeepers")
    sign_in(acme.ana)
    page.goto(f"{acme.path}/settings/user-accounts/members/")
    look(page, "members-with-groups")
    page.get_by_role("link", name="Ben").click()
    page.get_by_text("What the person may do with the company's data").wait_for()
    page_is_accessible(page)
    look(page, "member-drawer")
    page.goto(f"{acme.path}/settings/user-accounts/members/new/")
    page_is_accessible(page)
    look(page, "member-invite-groups")
