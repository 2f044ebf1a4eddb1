from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from authorizations import granting
from consumers import entrusting, registration
from consumers.models import ConsumerSecret
from tenants import audit
from tenants.context import tenant_scope
from tests.cast import make_group, make_machine, make_member
from tests.consumers.pages import at, fresh, verbs_of


@pytest.fixture
def machine(acme):
    group = make_group(acme.tenant, "assets:view", "work_orders:view", name="Read everything")
    return make_machine(acme.tenant, groups=[group], name="Ledger sync", description="Books what was done")


def page_of(browser, company, machine):
    return browser.get(at(company, of=machine.consumer))


class TestThePage:
    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-12")
    def test_shows_credentials_scopes_quick_start_and_history(self, acme, as_person, machine):
        page = page_of(as_person(acme.ana), acme, machine)

        html = page.content.decode()
        assert page.status_code == 200
        for text in (
            "Ledger sync",
            "Books what was done",
            machine.key,
            f"••••{machine.secret[-4:]}",
            "Client credentials",
            "Read everything",
            "assets:view",
            "work_orders:view",
            "Opaque, valid for 60 minutes",
            "Basic or post",
            f"{acme.tenant.issuer}/oauth/token",
            f"{machine.key}:YOUR_SECRET",
            "OAuth2Session",
            "URLSearchParams",
            "Made the OAuth consumer Ledger sync",
        ):
            assert text in html, text
        assert machine.secret not in html
        assert "no-store" in page["Cache-Control"]

    def test_of_a_consumer_that_is_not_ours_does_not_exist(self, acme, beta, as_person, machine):
        foreign = make_machine(beta.tenant)

        assert page_of(as_person(acme.ana), acme, foreign).status_code == 404
        assert page_of(as_person(beta.eve), acme, machine).status_code == 404
        assert as_person(acme.ana).get(at(acme, "99999999999999999999/")).status_code == 404

    def test_of_a_deleted_consumer_does_not_exist(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            registration.delete_consumer(machine.consumer)

        assert page_of(as_person(acme.ana), acme, machine).status_code == 404

    def test_lets_an_auditor_read_and_offers_no_change(self, acme, as_person, machine):
        page = page_of(as_person(acme.otto), acme, machine)

        html = page.content.decode()
        assert page.status_code == 200
        for path in ("edit/", "secrets/new/", "managers/new/", "suspend/", "delete/", "token-test/"):
            assert at(acme, path, of=machine.consumer) not in html
        assert "/retire/" not in html

    def test_is_closed_to_members_and_to_developers_it_was_not_given_to(self, acme, as_person, machine):
        assert page_of(as_person(acme.ben), acme, machine).status_code == 403
        assert page_of(as_person(acme.dora), acme, machine).status_code == 404

    def test_lets_a_developer_edit_and_turn_over_secrets_and_nothing_else(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            entrusting.give(machine.consumer, acme.dora, by=acme.ana)

        html = page_of(as_person(acme.dora), acme, machine).content.decode()

        for path in ("edit/", "secrets/new/", "token-test/"):
            assert at(acme, path, of=machine.consumer) in html
        for path in ("managers/new/", "suspend/", "delete/"):
            assert at(acme, path, of=machine.consumer) not in html
        assert "Managers" not in html

    def test_says_what_suspended_means(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            registration.suspend_consumer(machine.consumer)

        html = page_of(as_person(acme.ana), acme, machine).content.decode()

        assert "It keeps everything, gets no token" in html
        assert at(acme, "resume/", of=machine.consumer) in html

    def test_of_a_revoked_consumer_says_how_to_let_it_in_again(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            granting.revoke_all_for(machine.consumer, by=acme.ana)

        browser = as_person(acme.ana)
        html = page_of(browser, acme, machine).content.decode()
        assert "Its authorization was revoked" in html
        authorizations = f"{acme.path}/settings/api-connections/app-authorizations/"
        action = f"{authorizations}of-consumer/{machine.consumer.pk}/authorize-again/"
        assert f'action="{action}"' in html
        assert "authorize-again" not in page_of(as_person(acme.otto), acme, machine).content.decode()

        assert browser.post(action).status_code in (302, 303)
        assert "Its authorization was revoked" not in page_of(browser, acme, machine).content.decode()

    def test_shows_recent_failures_with_a_reason(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            audit.record(
                "consumer.refused",
                machine.consumer,
                after={"reason": "expired_secret", "endpoint": "token", "count": 7},
            )
            audit.record("consumer.refused", machine.consumer, after={"reason": "something_new"})

        html = page_of(as_person(acme.ana), acme, machine).content.decode()

        assert "The secret has expired." in html
        assert "7 times" in html
        assert "Refused: something_new" in html

    def test_keeps_the_history_of_other_consumers_out(self, acme, as_person, machine):
        other = make_machine(acme.tenant, name="Another")

        assert "Another" not in page_of(as_person(acme.ana), acme, machine).content.decode()
        assert "Made the OAuth consumer Another" in page_of(as_person(acme.ana), acme, other).content.decode()


class TestTheQuickStart:
    @pytest.mark.parametrize(
        ("method", "present", "absent"),
        [
            ("client_secret_post", "client_id=", "--user"),
            ("client_secret_basic", "--user", "client_id="),
            ("", "--user", "--data client_id="),
        ],
    )
    def test_sends_the_credentials_in_the_way_the_consumer_is_pinned_to(
        self, acme, as_person, machine, method, present, absent
    ):
        with tenant_scope(acme.tenant):
            registration.amend_consumer(machine.consumer, token_endpoint_auth_method=method)

        curl = page_of(as_person(acme.ana), acme, machine).context["curl"]

        assert present in curl
        assert absent not in curl


class TestEditing:
    def form(self, machine, **fields):
        with tenant_scope(machine.consumer.tenant):
            groups = list(machine.consumer.groups.values_list("pk", flat=True))
        form = {"name": machine.consumer.name, "description": "", "groups": groups, "token_format": "opaque", **fields}
        return {name: value for name, value in form.items() if value is not None}

    def test_starts_from_what_is_there_and_shows_why_the_grant_type_stays(self, acme, as_person, machine):
        html = as_person(acme.ana).get(at(acme, "edit/", of=machine.consumer)).content.decode()

        assert 'value="Ledger sync"' in html
        assert 'value="Books what was done"' in html
        assert "Client credentials" in html
        assert "It can't be changed" in unescape(html)
        assert 'name="grant_type"' not in html

    def test_changes_what_was_changed_and_writes_before_and_after(self, acme, as_person, machine):
        more = make_group(acme.tenant, "inventory:view", name="Stock keeper")
        form = self.form(
            machine,
            name="Ledger",
            groups=[more.pk],
            token_format="jwt",
            access_token_seconds="900",
            token_endpoint_auth_method="client_secret_post",
            default_scopes=["inventory:view"],
        )

        answer = as_person(acme.ana).post(at(acme, "edit/", of=machine.consumer), form)

        assert (answer.status_code, answer["Location"]) == (302, at(acme, of=machine.consumer))
        consumer = fresh(acme, machine.consumer)
        assert (consumer.name, consumer.description, consumer.token_format) == ("Ledger", "", "jwt")
        assert (consumer.access_token_seconds, consumer.token_endpoint_auth_method) == (900, "client_secret_post")
        assert consumer.default_scopes == ["inventory:view"]
        assert consumer.grant_type == "client_credentials"
        with tenant_scope(acme.tenant):
            assert [group.name for group in consumer.groups.all()] == ["Stock keeper"]
            line = audit.AuditEvent.objects.filter(verb="consumer.amended").get()
        assert line.before["groups"] == ["Read everything"]
        assert line.after["groups"] == ["Stock keeper"]
        assert line.actor == acme.ana

    def test_a_default_scope_beyond_the_groups_is_refused_at_the_field(self, acme, as_person, machine):
        form = self.form(machine, default_scopes=["inventory:view"])
        make_group(acme.tenant, "inventory:view")

        answer = as_person(acme.ana).post(at(acme, "edit/", of=machine.consumer), form)

        assert answer.status_code == 422
        assert "inventory:view" in answer.content.decode()
        assert fresh(acme, machine.consumer).default_scopes == []

    def test_a_developer_changes_everything_but_the_permission_groups(self, acme, as_person, machine):
        powerful = make_group(acme.tenant, "consumers:edit", name="Everything")
        with tenant_scope(acme.tenant):
            entrusting.give(machine.consumer, acme.dora, by=acme.ana)
        browser = as_person(acme.dora)

        html = browser.get(at(acme, "edit/", of=machine.consumer)).content.decode()
        assert "Only a super administrator changes what a consumer may do." in html
        assert 'name="groups"' not in html

        answer = browser.post(
            at(acme, "edit/", of=machine.consumer),
            self.form(machine, name="Renamed", groups=[powerful.pk], default_scopes=["assets:view"]),
        )

        assert answer.status_code == 302
        consumer = fresh(acme, machine.consumer)
        assert (consumer.name, consumer.default_scopes) == ("Renamed", ["assets:view"])
        with tenant_scope(acme.tenant):
            assert [group.name for group in consumer.groups.all()] == ["Read everything"]

    def test_a_forged_group_or_grant_type_changes_nothing(self, acme, beta, as_person, machine):
        foreign = make_group(beta.tenant)
        browser = as_person(acme.ana)

        assert (
            browser.post(at(acme, "edit/", of=machine.consumer), self.form(machine, groups=[foreign.pk])).status_code
            == 422
        )
        assert (
            browser.post(
                at(acme, "edit/", of=machine.consumer), self.form(machine, grant_type="authorization-code")
            ).status_code
            == 302
        )
        assert fresh(acme, machine.consumer).grant_type == "client_credentials"

    @pytest.mark.parametrize(("person", "status"), [("otto", 403), ("dora", 404), ("ben", 403)])
    def test_is_for_those_who_manage_it(self, acme, as_person, machine, person, status):
        browser = as_person(getattr(acme, person))

        assert browser.get(at(acme, "edit/", of=machine.consumer)).status_code == status
        assert browser.post(at(acme, "edit/", of=machine.consumer), self.form(machine, name="X")).status_code == status
        assert fresh(acme, machine.consumer).name == "Ledger sync"

    def test_of_another_company_does_not_exist(self, acme, beta, as_person, machine):
        foreign = make_machine(beta.tenant, name="Theirs")

        assert (
            as_person(acme.ana)
            .post(at(acme, "edit/", of=foreign.consumer), self.form(foreign, name="Mine"))
            .status_code
            == 404
        )
        assert fresh(beta, foreign.consumer).name == "Theirs"


class TestSecrets:
    def add(self, browser, company, machine, **fields):
        return browser.post(at(company, "secrets/new/", of=machine.consumer), {"name": "second", **fields})

    def test_a_second_secret_is_shown_once_and_both_work(self, acme, as_person, machine):
        browser = as_person(acme.ana)
        day = (timezone.now() + timedelta(days=30)).date()

        answer = self.add(browser, acme, machine, expires_on=day.isoformat())

        assert answer.status_code == 303
        assert "Copy the secret now" in browser.get(answer["Location"]).content.decode()
        with tenant_scope(acme.tenant):
            first, second = ConsumerSecret.objects.filter(consumer=machine.consumer).order_by("pk")
        assert (first.state, second.state) == ("active", "active")
        assert (second.name, second.created_by) == ("second", acme.ana)
        assert second.expires_at.date() == day + timedelta(days=1)
        assert verbs_of(acme, machine.consumer) == ["consumer.registered", "consumer.secret_added"]

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"name": ""}, "Name can&#x27;t be blank"),
            ({"name": "default"}, "This consumer has a secret of this name already."),
            ({"name": "x" * 81}, "at most 80 characters"),
            ({"expires_on": "2001-01-01"}, "Choose a day between today and ten years from now."),
            ({"expires_on": "9999-12-31"}, "Choose a day between today and ten years from now."),
            ({"expires_on": "tomorrow"}, "Enter a day as year-month-day."),
        ],
    )
    def test_mistakes_are_sentences(self, acme, as_person, machine, fields, sentence):
        answer = self.add(as_person(acme.ana), acme, machine, **fields)

        assert answer.status_code == 422
        assert sentence in answer.content.decode()

    def test_there_is_a_most(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            for number in range(registration.MOST_SECRETS - 1):
                registration.add_secret(machine.consumer, name=f"number {number}")

        answer = self.add(as_person(acme.ana), acme, machine)

        assert answer.status_code == 422
        assert "the most there can be" in answer.content.decode()

    def test_a_password_of_long_ago_is_asked_again_first(self, acme, as_person, machine):
        browser = as_person(acme.ana, seconds_ago=3600)

        for answer in (
            browser.get(at(acme, "secrets/new/", of=machine.consumer)),
            self.add(browser, acme, machine),
            browser.get(at(acme, "delete/", of=machine.consumer)),
            browser.post(at(acme, "delete/", of=machine.consumer)),
        ):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Ft%2F")
        assert verbs_of(acme, machine.consumer) == ["consumer.registered"]

    def test_retiring_one_asks_first_and_leaves_the_other(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            secret, _ = registration.add_secret(machine.consumer, name="second")
        browser = as_person(acme.ana)
        address = at(acme, f"secrets/{secret.pk}/retire/", of=machine.consumer)

        html = browser.get(address).content.decode()
        assert "Retire the secret" in html
        assert "It was never used." in html

        assert browser.post(address)["Location"] == at(acme, of=machine.consumer)
        with tenant_scope(acme.tenant):
            secret.refresh_from_db()
        assert (secret.state, secret.retired_by) == ("retired", acme.ana)
        assert browser.get(address).status_code == 404
        assert "1 past secret" in page_of(browser, acme, machine).content.decode()

    def test_the_last_working_one_stays(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            [secret] = ConsumerSecret.objects.filter(consumer=machine.consumer)
        browser = as_person(acme.ana)
        address = at(acme, f"secrets/{secret.pk}/retire/", of=machine.consumer)

        assert "can't be retired" in unescape(browser.get(address).content.decode())
        assert "can't be retired" in unescape(browser.post(address, follow=True).content.decode())
        with tenant_scope(acme.tenant):
            secret.refresh_from_db()
        assert secret.state == "active"

    def test_of_another_consumer_or_company_do_not_exist(self, acme, beta, as_person, machine):
        other, foreign = make_machine(acme.tenant), make_machine(beta.tenant)
        browser = as_person(acme.ana)
        for owner, company in ((other, acme), (foreign, beta)):
            with tenant_scope(company.tenant):
                registration.add_secret(owner.consumer, name="second")
                secret = ConsumerSecret.objects.filter(consumer=owner.consumer).first()
            address = at(acme, f"secrets/{secret.pk}/retire/", of=machine.consumer)
            assert browser.post(address).status_code == 404
            with tenant_scope(company.tenant):
                assert ConsumerSecret.objects.get(pk=secret.pk).state == "active"
        assert self.add(browser, acme, foreign).status_code == 404

    @pytest.mark.parametrize(("person", "status"), [("otto", 403), ("dora", 404), ("ben", 403)])
    def test_are_turned_over_by_those_who_manage_the_consumer(self, acme, as_person, machine, person, status):
        with tenant_scope(acme.tenant):
            secret, _ = registration.add_secret(machine.consumer, name="third")
        browser = as_person(getattr(acme, person))

        assert self.add(browser, acme, machine).status_code == status
        assert browser.post(at(acme, f"secrets/{secret.pk}/retire/", of=machine.consumer)).status_code == status

    def test_a_developer_turns_over_those_of_the_consumer_he_was_given(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            [first] = ConsumerSecret.objects.filter(consumer=machine.consumer)
            entrusting.give(machine.consumer, acme.dora, by=acme.ana)
        browser = as_person(acme.dora)

        answer = self.add(browser, acme, machine)
        assert browser.get(answer["Location"]).status_code == 200
        assert browser.post(at(acme, f"secrets/{first.pk}/retire/", of=machine.consumer)).status_code == 302
        with tenant_scope(acme.tenant):
            assert ConsumerSecret.objects.filter(consumer=machine.consumer).working().get().name == "second"


class TestManagers:
    def test_a_developer_is_given_a_consumer_and_it_is_taken_back(self, acme, as_person, machine):
        ana, dora = as_person(acme.ana), as_person(acme.dora)
        assert page_of(dora, acme, machine).status_code == 404

        given = ana.post(at(acme, "managers/new/", of=machine.consumer), {"person": acme.dora.pk})
        assert given["Location"] == at(acme, of=machine.consumer)
        assert page_of(dora, acme, machine).status_code == 200
        assert "Dora" in page_of(ana, acme, machine).content.decode()

        address = at(acme, f"managers/{acme.dora.pk}/remove/", of=machine.consumer)
        assert "A secret they know keeps working" in ana.get(address).content.decode()
        assert ana.post(address)["Location"] == at(acme, of=machine.consumer)
        assert page_of(dora, acme, machine).status_code == 404
        assert ana.post(address).status_code == 404
        assert verbs_of(acme, machine.consumer)[-2:] == ["consumer.manager_added", "consumer.manager_removed"]

    def test_only_developers_of_the_company_can_be_chosen(self, acme, beta, as_person, machine):
        stranger = make_member(beta.tenant, "developer", "Theo")

        for person in (acme.ben, acme.otto, beta.eve, stranger):
            answer = as_person(acme.ana).post(at(acme, "managers/new/", of=machine.consumer), {"person": person.pk})
            assert answer.status_code == 422
            assert "Choose a developer of this company." in answer.content.decode()

    def test_what_was_given_counts_for_nothing_once_the_person_is_no_developer(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            entrusting.give(machine.consumer, acme.ben, by=acme.ana)

        assert page_of(as_person(acme.ben), acme, machine).status_code == 403

    @pytest.mark.parametrize(("person", "status"), [("otto", 403), ("dora", 403), ("ben", 403)])
    def test_are_the_super_administrators_business(self, acme, as_person, machine, person, status):
        with tenant_scope(acme.tenant):
            entrusting.give(machine.consumer, acme.dora, by=acme.ana)
        browser = as_person(getattr(acme, person))

        for path in ("managers/new/", f"managers/{acme.dora.pk}/remove/"):
            assert browser.get(at(acme, path, of=machine.consumer)).status_code == status
            assert browser.post(at(acme, path, of=machine.consumer), {"person": acme.dora.pk}).status_code == status


def test_a_company_that_shortens_its_lifetime_shortens_what_the_pages_say(acme, as_person):
    from authorizations.models import Authorization
    from authorizations.toll import Toll
    from tenants.context import tenant_scope
    from tests.cast import make_machine

    machine = make_machine(acme.tenant, token_format="jwt", access_token_seconds=3600)
    with tenant_scope(acme.tenant):
        acme.tenant.access_token_seconds = 900
        acme.tenant.save(update_fields=["access_token_seconds"])
        rows = Authorization.objects.filter(consumer=machine.consumer)
        assert Toll.of(rows, acme.tenant).signed_minutes == 15
    assert page_of(as_person(acme.ana), acme, machine).context["lifetime_minutes"] == 15
