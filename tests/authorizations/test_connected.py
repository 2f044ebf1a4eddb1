"""Connected apps: everybody sees and ends what they let apps do for them, in all their companies, and nothing else."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from authorizations.models import Authorization, TokenFamily
from consumers import registration
from consumers.models import ConsumerLogo
from permissions import members as member_groups
from tenants import companies, members
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership
from tests.cast import PASSWORD, make_acme, make_app, make_code, make_group, make_member, make_yes, may
from tests.wire import Wire

PAGE = "/connected-apps/"


def text(answer):
    return unescape(answer.content.decode())


def url(family):
    return f"{PAGE}{family.tenant.slug}/{family.authorization_id}/revoke/"


def fresh(family):
    with tenant_scope(family.tenant):
        return Authorization.objects.with_owners().get(pk=family.authorization_id)


def membership(company, user):
    with tenant_scope(company.tenant):
        return Membership.objects.select_related("user").get(user=user)


def ben_says_yes(company, *scopes, **fields):
    scopes = scopes or ("assets:view",)
    may(company.tenant, company.ben, *scopes)
    return make_yes(make_app(company.tenant, *scopes, **fields), company.ben)


def join(company, user, role="member"):
    with tenant_scope(company.tenant):
        Membership.objects.create(user=user, role=role)


class TestThePage:
    def test_a_plain_member_sees_what_an_app_may_do_for_them(self, acme, as_person):
        family = ben_says_yes(acme, "assets:view", name="Field app", description="Phones of the crew")
        page = as_person(acme.ben).get(PAGE)
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        shown = text(page)
        for words in ("Acme", "Field app", "Phones of the crew", "See assets", "Granted on", "just now", "Never"):
            assert words in shown, words
        assert url(family) in shown

    def test_all_their_companies_are_on_it_and_nobody_elses_apps(self, acme, beta, as_person):
        ben_says_yes(acme, name="Field app")
        join(beta, acme.ben, "super_admin")
        make_yes(make_app(beta.tenant, name="Ledger"), acme.ben)
        make_yes(make_app(acme.tenant, name="Of Ana"), acme.ana)
        shown = text(as_person(acme.ben).get(PAGE))
        assert shown.index("Field app") < shown.index("Ledger")
        assert "Of Ana" not in shown

    def test_who_let_no_app_in_is_told_how_one_gets_here(self, acme, as_person):
        page = as_person(acme.ben).get(PAGE)
        assert page.status_code == 200
        assert "No app acts for you" in text(page)

    def test_who_is_not_signed_in_is_asked_to(self, client):
        answer = client.get(PAGE)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={PAGE}")

    def test_what_ended_and_where_they_no_longer_belong_is_not_on_it(self, acme, beta, as_person):
        expired = ben_says_yes(acme, name="Expired app")
        with tenant_scope(acme.tenant):
            Authorization.objects.filter(pk=expired.authorization_id).update(expires_at=timezone.now())
        join(beta, acme.ben, "super_admin")
        make_yes(make_app(beta.tenant, name="Ledger"), acme.ben)
        with tenant_scope(beta.tenant):
            members.suspend(membership(beta, acme.ben), by=beta.eve)
        shown = text(as_person(acme.ben).get(PAGE))
        assert "Expired app" not in shown
        assert "Ledger" not in shown

    def test_it_says_what_is_allowed_now_and_not_what_was_agreed_once(self, acme, as_person):
        ben_says_yes(acme, "assets:view", "work_orders:view")
        with tenant_scope(acme.tenant):
            member_groups.set_member_groups(membership(acme, acme.ben), [], by=acme.ana)
        shown = text(as_person(acme.ben).get(PAGE))
        assert "See assets" not in shown
        assert "Nothing of what you agreed to is allowed any more" in shown

    def test_what_an_app_calls_itself_is_shown_harmlessly(self, acme, as_person):
        ben_says_yes(acme, name="<script>alert(1)</script>", description="<b>bold</b>")
        page = as_person(acme.ben).get(PAGE).content.decode()
        assert "<script>alert(1)" not in page
        assert "<b>bold" not in page

    def test_last_use_end_and_suspension_are_shown(self, acme, as_person):
        family = ben_says_yes(acme)
        with tenant_scope(acme.tenant):
            Authorization.objects.filter(pk=family.authorization_id).update(
                last_accessed_at=timezone.now() - timedelta(hours=3, minutes=1),
                expires_at=timezone.now() + timedelta(days=3, minutes=1),
            )
            registration.suspend_consumer(family.consumer)
        shown = text(as_person(acme.ben).get(PAGE))
        for words in ("3\xa0hours ago", "in 3\xa0days", "Suspended by the company"):
            assert words in shown, words

    def test_an_apps_picture_comes_from_its_companys_site(self, acme, as_person):
        family = ben_says_yes(acme)
        with tenant_scope(acme.tenant):
            ConsumerLogo.objects.create(consumer=family.consumer, png=b"png", etag="abcdef1234567890")
        ben = as_person(acme.ben)
        address = f"{acme.path}/logos/{family.consumer_id}.png?v=abcdef123456"
        assert f'src="{address}"' in text(ben.get(PAGE))
        assert ben.get(address)["Content-Type"] == "image/png"

    def test_twenty_apps_cost_no_more_statements_than_one(self, acme, as_person):
        ben = as_person(acme.ben)
        ben_says_yes(acme)

        def statements():
            ben.get(PAGE)
            with CaptureQueriesContext(connection) as captured:
                ben.get(PAGE)
            return len(captured)

        few = statements()
        for _ in range(6):
            make_yes(make_app(acme.tenant, "assets:view"), acme.ben)
        assert statements() == few
        assert few <= 20

    def test_account_and_user_menu_lead_to_it(self, acme, as_person):
        page = text(as_person(acme.ben).get(f"{acme.path}/settings/account/"))
        assert page.count(f'href="{PAGE}"') == 2


class TestRevoking:
    def test_the_question_says_what_stops_and_changes_nothing(self, acme, as_person):
        family = ben_says_yes(acme, name="Field app")
        page = as_person(acme.ben).get(url(family))
        assert "no-store" in page["Cache-Control"]
        for words in ("Revoke Field app?", "act for you in Acme", "1 sign-in in the app ends."):
            assert words in text(page), words
        assert fresh(family).is_live

    def test_it_ends_at_once_with_a_line_in_that_companys_log(self, acme, as_person):
        family = ben_says_yes(acme, name="Field app")
        answer = as_person(acme.ben).post(url(family), follow=True)
        assert "Field app has no access any more." in text(answer)
        assert (fresh(family).state, fresh(family).revoked_by) == ("revoked", acme.ben)
        with tenant_scope(acme.tenant):
            line = AuditEvent.objects.get(verb="authorization.revoked")
        assert (line.actor_id, line.object_name, line.address) == (acme.ben.pk, "Field app", "127.0.0.1")

    def test_twice_says_that_nothing_was_left(self, acme, as_person):
        family, ben = ben_says_yes(acme), as_person(acme.ben)
        ben.post(url(family))
        for answer in (ben.post(url(family), follow=True), ben.get(url(family), follow=True)):
            assert answer.status_code == 200
            assert "Nothing was left to revoke." in text(answer)

    @pytest.mark.rfc("product", "TN", "TN-04")
    def test_nobody_ends_what_another_person_agreed_to(self, acme, beta, as_person):
        family = ben_says_yes(acme)
        for person in (acme.ana, acme.dora, beta.eve):
            browser = as_person(person)
            for answer in (browser.get(url(family)), browser.post(url(family))):
                assert answer.status_code == 404
        assert fresh(family).is_live

    @pytest.mark.rfc("product", "TN", "TN-04")
    def test_a_number_counts_only_in_its_own_company(self, acme, beta, as_person):
        family, ben = ben_says_yes(acme), as_person(acme.ben)
        join(beta, acme.ben)
        for slug in (beta.slug, "nobody", f"{acme.slug}x"):
            assert ben.post(f"{PAGE}{slug}/{family.authorization_id}/revoke/").status_code == 404
        assert fresh(family).is_live

    def test_a_machines_row_is_nobodys_to_end_here(self, acme, as_person):
        from tests.authorizations.rows import row_of
        from tests.cast import make_machine

        row = row_of(make_machine(acme.tenant))
        assert as_person(acme.ana).post(f"{PAGE}{acme.slug}/{row.pk}/revoke/").status_code == 404

    def test_signed_out_forged_and_suspended_requests_change_nothing(self, acme, as_person):
        family = ben_says_yes(acme)
        assert Client().post(url(family)).status_code == 302
        forger = Client(enforce_csrf_checks=True)
        forger.force_login(acme.ben, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert forger.post(url(family)).status_code == 403
        companies.suspend_company(acme.tenant)
        assert as_person(acme.ben).post(url(family)).status_code == 404
        assert fresh(family).is_live


class TestWhatEndsByItself:
    def test_removing_somebody_ends_their_authorizations_with_a_line_each(self, acme, beta):
        here = ben_says_yes(acme, name="Field app")
        join(beta, acme.ben, "super_admin")
        there = make_yes(make_app(beta.tenant), acme.ben)
        with tenant_scope(acme.tenant):
            members.remove(membership(acme, acme.ben), by=acme.ana)
            line = AuditEvent.objects.get(verb="authorization.revoked")
        assert (line.actor_id, line.object_name) == (acme.ana.pk, "Field app")
        assert (fresh(here).state, fresh(here).revoked_by) == ("revoked", acme.ana)
        assert fresh(there).is_live

    def test_who_comes_back_after_being_removed_starts_with_nothing(self, acme, as_person):
        ben_says_yes(acme, name="Field app")
        with tenant_scope(acme.tenant):
            members.remove(membership(acme, acme.ben), by=acme.ana)
        join(acme, acme.ben)
        assert "No app acts for you" in text(as_person(acme.ben).get(PAGE))

    def test_suspending_somebody_keeps_what_they_agreed_to_and_allows_nothing_of_it(self, acme):
        family = ben_says_yes(acme)
        with tenant_scope(acme.tenant):
            members.suspend(membership(acme, acme.ben), by=acme.ana)
            assert fresh(family).is_live
            assert fresh(family).effective_scopes == frozenset()
            members.resume(membership(acme, acme.ben), by=acme.ana)
            assert fresh(family).effective_scopes == {"assets:view"}

    def test_a_role_that_shrinks_narrows_what_was_granted(self, acme):
        sue = make_member(acme.tenant, "super_admin", "Sue")
        family = make_yes(make_app(acme.tenant, "assets:view", "assets:edit"), sue)
        assert fresh(family).effective_scopes == {"assets:edit", "assets:view"}
        may(acme.tenant, sue, "assets:view")
        with tenant_scope(acme.tenant):
            members.change_role(membership(acme, sue), "member", by=acme.ana)
        assert fresh(family).effective_scopes == {"assets:view"}

    def test_a_closed_account_allows_nothing(self, acme):
        family = ben_says_yes(acme)
        User.objects.filter(pk=acme.ben.pk).update(is_active=False)
        assert fresh(family).effective_scopes == frozenset()


class TestANewPassword:
    def change(self, user):
        browser = Client()
        browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        form = {"oldpassword": PASSWORD, "password1": "seven green bicycles", "password2": "seven green bicycles"}
        assert browser.post("/accounts/password/change/", form).status_code == 302
        return browser

    def test_sign_ins_of_apps_before_it_count_no_more_but_the_authorization_stays(self, acme):
        from authorizations import sign_ins

        family = ben_says_yes(acme, name="Field app")
        before = timezone.now()
        browser = self.change(acme.ben)
        acme.ben.refresh_from_db()
        assert before < acme.ben.tokens_not_before < timezone.now()
        with tenant_scope(acme.tenant):
            assert not sign_ins.under([family.authorization_id]).exists()
            assert TokenFamily.objects.get(pk=family.pk).ended_at is None
        assert "Field app" in text(browser.get(PAGE))

    def test_the_browser_it_was_changed_in_counts_as_signed_in_anew(self, acme, rf):
        from accounts import signing_in

        browser = self.change(acme.ben)
        acme.ben.refresh_from_db()
        request = rf.get("/")
        request.session, request.user = browser.session, acme.ben
        assert signing_in.of(request).at > acme.ben.tokens_not_before


class TestOnTheWire:
    """Whatever happens to the person, tokens they gave to apps follow with the next use."""

    @pytest.fixture
    def app(self, acme):
        may(acme.tenant, acme.ben, "assets:view", "assets:edit")
        return make_app(acme.tenant, "assets:view", "assets:edit")

    @pytest.fixture
    def wire(self, acme):
        return Wire(acme)

    def tokens(self, wire, app, person):
        answer = wire.redeem(app, make_code(make_yes(app, person)))
        assert answer.status == 200, answer.body
        return answer.json()

    def works(self, wire, app, tokens):
        """What the access token is worth; None when nothing."""
        return wire.introspect(app, tokens["access_token"]).json().get("scope")

    def test_removing_the_person_ends_them(self, acme, app, wire):
        tokens = self.tokens(wire, app, acme.ben)
        assert self.works(wire, app, tokens) == "assets:edit assets:view"
        with tenant_scope(acme.tenant):
            members.remove(membership(acme, acme.ben), by=acme.ana)
        assert self.works(wire, app, tokens) is None
        join(acme, acme.ben, "super_admin")
        assert self.works(wire, app, tokens) is None
        assert wire.refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"

    def test_suspending_the_person_refuses_them_and_resuming_lets_them_work_again(self, acme, app, wire):
        tokens = self.tokens(wire, app, acme.ben)
        with tenant_scope(acme.tenant):
            members.suspend(membership(acme, acme.ben), by=acme.ana)
        assert self.works(wire, app, tokens) is None
        assert wire.refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"
        with tenant_scope(acme.tenant):
            members.resume(membership(acme, acme.ben), by=acme.ana)
        assert self.works(wire, app, tokens) == "assets:edit assets:view"
        assert wire.refresh(app, tokens["refresh_token"]).status == 200

    def test_taking_groups_narrows_them_at_the_next_use(self, acme, app, wire):
        tokens = self.tokens(wire, app, acme.ben)
        readers = make_group(acme.tenant, "assets:view")
        with tenant_scope(acme.tenant):
            member_groups.set_member_groups(membership(acme, acme.ben), [readers], by=acme.ana)
        assert self.works(wire, app, tokens) == "assets:view"
        refreshed = wire.refresh(app, tokens["refresh_token"]).json()
        assert refreshed["scope"] == "assets:view"
        with tenant_scope(acme.tenant):
            member_groups.set_member_groups(membership(acme, acme.ben), [], by=acme.ana)
        assert self.works(wire, app, refreshed) is None

    def test_a_role_that_shrinks_narrows_them(self, acme, app, wire):
        sue = make_member(acme.tenant, "super_admin", "Sue")
        tokens = self.tokens(wire, app, sue)
        may(acme.tenant, sue, "assets:view")
        with tenant_scope(acme.tenant):
            members.change_role(membership(acme, sue), "member", by=acme.ana)
        assert self.works(wire, app, tokens) == "assets:view"

    @pytest.mark.parametrize(
        ("role", "left"), [("member", []), ("developer", ["consumers:view"]), ("auditor", ["consumers:view"])]
    )
    @pytest.mark.parametrize("token_format", ["opaque", "jwt"])
    def test_of_administration_a_role_leaves_them_what_its_pages_do(self, acme, wire, role, left, token_format):
        """Though a group still has it all."""
        scopes = ["assets:view", "consumers:edit", "consumers:view"]
        app, sue = (
            make_app(acme.tenant, *scopes, token_format=token_format),
            make_member(acme.tenant, "super_admin", "Sue"),
        )
        tokens = self.tokens(wire, app, sue)
        may(acme.tenant, sue, *scopes)
        assert self.works(wire, app, tokens) == " ".join(scopes)
        with tenant_scope(acme.tenant):
            members.change_role(membership(acme, sue), role, by=acme.ana)
        assert self.works(wire, app, tokens) == " ".join(["assets:view", *left])
        assert wire.refresh(app, tokens["refresh_token"]).json()["scope"] == " ".join(["assets:view", *left])

    def test_a_new_password_ends_the_sign_ins_before_it(self, acme, app, wire, as_person):
        tokens = self.tokens(wire, app, acme.ben)
        browser = TestANewPassword().change(acme.ben)
        assert self.works(wire, app, tokens) is None
        assert wire.refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"
        assert str(app.consumer) in text(browser.get(PAGE))
        assert self.works(wire, app, self.tokens(wire, app, acme.ben)) == "assets:edit assets:view"

    def test_revoking_in_connected_apps_ends_them_on_every_device(self, acme, app, wire, as_person):
        phone, laptop = self.tokens(wire, app, acme.ben), self.tokens(wire, app, acme.ben)
        with tenant_scope(acme.tenant):
            pk = Authorization.objects.get(user=acme.ben).pk
        as_person(acme.ben).post(f"{PAGE}{acme.slug}/{pk}/revoke/")
        for tokens in (phone, laptop):
            assert self.works(wire, app, tokens) is None
            assert wire.refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"

    def test_a_closed_account_ends_them(self, acme, app, wire):
        tokens = self.tokens(wire, app, acme.ben)
        User.objects.filter(pk=acme.ben.pk).update(is_active=False)
        assert self.works(wire, app, tokens) is None
        assert wire.refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_page_of_one_company_is_the_same_for_every_role():
    acme = make_acme()
    for name in ("ana", "dora", "otto", "ben"):
        browser = Client()
        browser.force_login(acme.people[name], backend="allauth.account.auth_backends.AuthenticationBackend")
        assert browser.get(PAGE).status_code == 200
