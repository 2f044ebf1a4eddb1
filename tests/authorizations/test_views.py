import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorizations import granting
from authorizations.models import Authorization
from consumers import registration
from permissions import object_access
from permissions.models import PermissionGroup
from tenants import members
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership
from tests.authorizations.rows import LIST, row_of
from tests.cast import App, make_app, make_group, make_machine, make_member, make_yes, may


def names_in(response):
    return [row.record.consumer.name for row in response.context["table"].page.object_list]


def get(browser, company, path="", **query):
    return browser.get(f"{company.path}{LIST}{path}", query)


def audit_lines(company, verb):
    with tenant_scope(company.tenant):
        return list(AuditEvent.objects.filter(verb=verb).order_by("sequence"))


class TestTheList:
    def test_a_client_credentials_consumer_has_its_row_from_the_day_it_is_made(self, acme, as_person):
        machine = make_machine(acme.tenant, "assets:view", name="Ledger sync", description="Books what was done")

        page = get(as_person(acme.ana), acme)

        assert page.status_code == 200
        html = page.content.decode()
        assert names_in(page) == ["Ledger sync"]
        for text in ("Books what was done", "assets:view", "Never", "Client credentials", "Showing 1 of 1"):
            assert text in html
        assert machine.secret not in html

    def test_an_auditor_reads_and_is_offered_nothing_to_change(self, acme, as_person):
        make_machine(acme.tenant, name="Ledger sync")

        page = get(as_person(acme.otto), acme)

        assert names_in(page) == ["Ledger sync"]
        assert "/revoke/" not in page.content.decode()

    def test_a_developer_sees_the_rows_of_the_consumers_given_to_them(self, acme, as_person):
        mine, _ = make_machine(acme.tenant, name="Mine"), make_machine(acme.tenant, name="Another")
        with tenant_scope(acme.tenant):
            object_access.give(acme.dora, mine.consumer)

        page = get(as_person(acme.dora), acme)

        assert names_in(page) == ["Mine"]
        assert "Another" not in page.content.decode()
        assert "/revoke/" not in page.content.decode()

    def test_a_plain_member_may_not_open_it(self, acme, as_person):
        assert get(as_person(acme.ben), acme).status_code == 403

    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-04")
    def test_to_another_company_it_does_not_exist(self, acme, beta, as_person):
        make_machine(acme.tenant)

        assert get(as_person(beta.eve), acme).status_code == 404

    def test_a_stranger_is_asked_to_sign_in(self, acme, client):
        page = get(client, acme)

        assert page.status_code == 302
        assert page["Location"].startswith("/accounts/login/?next=")

    def test_it_shows_what_is_live_unless_asked_for_more(self, acme, as_person):
        make_machine(acme.tenant, name="Live one")
        gone = make_machine(acme.tenant, name="Gone one")
        with tenant_scope(acme.tenant):
            granting.revoke_all_for(gone.consumer)
        ana = as_person(acme.ana)

        assert names_in(get(ana, acme)) == ["Live one"]
        assert names_in(get(ana, acme, state="revoked")) == ["Gone one"]
        assert sorted(names_in(get(ana, acme, state="any"))) == ["Gone one", "Live one"]

    def test_search_looks_at_name_description_and_key(self, acme, as_person):
        machine = make_machine(acme.tenant, name="Ledger sync", description="Books")
        make_machine(acme.tenant, name="Sensor gateway")
        ana = as_person(acme.ana)

        for q in ("ledger", "BOOKS", machine.key):
            assert names_in(get(ana, acme, q=q)) == ["Ledger sync"], q
        assert "Nothing matches" in get(ana, acme, q="no such thing").content.decode()

    def test_filters_by_consumer_grant_type_and_last_use(self, acme, as_person):
        used, quiet = make_machine(acme.tenant, name="Used"), make_machine(acme.tenant, name="Quiet")
        make_machine(acme.tenant, name="Unused")
        with tenant_scope(acme.tenant):
            for machine, days in ((used, 0), (quiet, 60)):
                Authorization.objects.filter(consumer=machine.consumer).update(
                    last_accessed_at=timezone.now() - timedelta(days=days)
                )
        ana = as_person(acme.ana)

        assert names_in(get(ana, acme, consumer=used.key)) == ["Used"]
        assert names_in(get(ana, acme, used="never")) == ["Unused"]
        assert names_in(get(ana, acme, used="day")) == ["Used"]
        assert sorted(names_in(get(ana, acme, used="quiet-month"))) == ["Quiet", "Unused"]
        assert names_in(get(ana, acme, used="quiet-quarter")) == ["Unused"]
        assert len(names_in(get(ana, acme, grant_type="client-credentials"))) == 3

    def test_people_are_shown_searched_and_sorted(self, acme, as_person):
        machine = make_machine(acme.tenant, "assets:view", "work_orders:view", name="Field app")
        with tenant_scope(acme.tenant):
            for person in (acme.ben, acme.dora):
                Authorization.objects.create(consumer=machine.consumer, user=person, scopes=["assets:view"])
        may(acme.tenant, acme.dora, "assets:view")
        ana = as_person(acme.ana)

        found = get(ana, acme, q="dora").context["table"].page.object_list

        assert [row.record.user for row in found] == [acme.dora]
        assert ">Dora</bdi>" in str(found[0].get_cell("user"))
        assert "Field app,,Dora,assets:view," in get(ana, acme, q="dora", format="csv").content.decode()
        people = [row.record.user for row in get(ana, acme, sort="user").context["table"].page.object_list]
        assert [person for person in people if person] == [acme.ben, acme.dora]

    def test_sorting_by_last_accessed_puts_never_last(self, acme, as_person):
        machines = {name: make_machine(acme.tenant, name=name) for name in ("Old", "New", "Unused")}
        with tenant_scope(acme.tenant):
            for name, days in (("Old", 9), ("New", 1)):
                row = Authorization.objects.filter(consumer=machines[name].consumer)
                row.update(last_accessed_at=timezone.now() - timedelta(days=days))
        ana = as_person(acme.ana)

        assert names_in(get(ana, acme, sort="-last_accessed")) == ["New", "Old", "Unused"]
        assert names_in(get(ana, acme, sort="last_accessed")) == ["Unused", "Old", "New"]
        assert names_in(get(ana, acme, sort="name")) == ["New", "Old", "Unused"]

    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-06")
    def test_last_accessed_shows_the_time_and_the_address_on_hover(self, acme, as_person):
        machine = make_machine(acme.tenant)
        at = timezone.now() - timedelta(hours=3)
        with tenant_scope(acme.tenant):
            Authorization.objects.filter(consumer=machine.consumer).update(
                last_accessed_at=at, last_accessed_address="203.0.113.7"
            )

        html = get(as_person(acme.ana), acme).content.decode()

        assert "3\xa0hours ago" in html
        assert f"{at:%Y-%m-%d %H:%M:%S} UTC · 203.0.113.7" in html

    def test_many_scopes_are_folded_behind_a_number(self, acme, as_person):
        make_machine(acme.tenant, "assets:view", "assets:edit", "inventory:view", "work_orders:view")

        html = get(as_person(acme.ana), acme).content.decode()

        assert ">+3</button>" in html

    def test_scopes_are_what_holds_now(self, acme, as_person):
        make_machine(acme.tenant, "assets:view", "monitoring:view")

        html = get(as_person(acme.ana), acme).content.decode()

        assert "assets:view" in html
        assert "monitoring:view" not in html  # the company does not have the module

    def test_the_csv_is_whole_and_harmless(self, acme, as_person):
        for number in range(30):
            make_machine(acme.tenant, "assets:view", name=f"=cmd|' /C calc'!A{number}")

        answer = get(as_person(acme.ana), acme, format="csv")

        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert rows[0] == [
            "Name",
            "Description",
            "User",
            "Scopes",
            "Last accessed",
            "Grant type",
            "Granted on",
            "Until",
        ]
        assert len(rows) == 31
        assert all(row[0].startswith("'=cmd") for row in rows[1:])

    def test_what_a_person_named_is_shown_harmlessly(self, acme, as_person):
        make_machine(acme.tenant, name="<script>alert(1)</script>")

        assert "<script>alert(1)" not in get(as_person(acme.ana), acme).content.decode()

    @pytest.mark.parametrize(
        "query",
        [
            {"q": "a\0b"},
            {"page": "-1"},
            {"page": "9" * 30},
            {"sort": "consumer__secrets__digest"},
            {"state": "x"},
            {"used": "'"},
            {"consumer": "\0"},
            {"format": "xml"},
        ],
    )
    def test_odd_queries_are_answered(self, acme, as_person, query):
        make_machine(acme.tenant)

        assert get(as_person(acme.ana), acme, **query).status_code == 200

    def test_a_thousand_rows_cost_no_more_statements_than_one(self, acme, as_person):
        group = make_group(acme.tenant)
        with tenant_scope(acme.tenant):
            for number in range(40):
                registration.register_consumer(name=f"Machine {number}", groups=[group])
        ana = as_person(acme.ana)
        get(ana, acme)

        with CaptureQueriesContext(
            connection,
        ) as statements:
            page = get(ana, acme)

        assert len(names_in(page)) == 25
        assert len(statements) <= 12, [query["sql"][:100] for query in statements]


class TestTheDrawer:
    def test_it_tells_everything_about_one_row(self, acme, as_person):
        machine = make_machine(acme.tenant, "assets:view", "assets:edit", name="Ledger sync")

        page = get(as_person(acme.ana), acme, f"{row_of(machine).pk}/")

        html = page.content.decode()
        assert page.status_code == 200
        for text in ("Ledger sync", machine.key, "assets:edit", "Live", "Never"):
            assert text in html
        assert machine.secret not in html

    def test_a_developer_can_only_open_rows_of_their_consumers(self, acme, as_person):
        mine, other = make_machine(acme.tenant), make_machine(acme.tenant)
        with tenant_scope(acme.tenant):
            object_access.give(acme.dora, mine.consumer)
        dora = as_person(acme.dora)

        assert get(dora, acme, f"{row_of(mine).pk}/").status_code == 200
        assert get(dora, acme, f"{row_of(other).pk}/").status_code == 404

    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-04")
    def test_another_companys_row_does_not_exist(self, acme, beta, as_person):
        theirs = row_of(make_machine(beta.tenant))

        for path in (f"{theirs.pk}/", f"{theirs.pk}/revoke/"):
            assert get(as_person(acme.ana), acme, path).status_code == 404


class TestRevoking:
    def test_the_question_says_what_stops(self, acme, as_person):
        machine = make_machine(acme.tenant, name="Ledger sync", token_format="jwt", access_token_seconds=900)

        page = get(as_person(acme.ana), acme, f"{row_of(machine).pk}/revoke/")

        html = page.content.decode()
        assert "Revoke 1 app authorization?" in html
        assert "Ledger sync" in html
        assert "live until they expire, at most 15 minutes" in html
        assert row_of(machine).is_live

    def test_no_word_about_signed_tokens_when_there_are_none(self, acme, as_person):
        machine = make_machine(acme.tenant)

        page = get(as_person(acme.ana), acme, f"{row_of(machine).pk}/revoke/")

        assert "JWT" not in page.content.decode()

    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-09")
    def test_one_ends_with_its_line_in_the_log(self, acme, as_person):
        machine, other = make_machine(acme.tenant, name="Ledger sync"), make_machine(acme.tenant)
        row = row_of(machine)

        answer = as_person(acme.ana).post(f"{acme.path}{LIST}{row.pk}/revoke/")

        assert (answer.status_code, answer["Location"]) == (302, f"{acme.path}{LIST}")
        ended = row_of(machine)
        assert ended.revoked_at is not None
        assert ended.revoked_by == acme.ana
        assert row_of(other).is_live
        (line,) = audit_lines(acme, "authorization.revoked")
        assert (line.actor, line.object_name, line.before) == (acme.ana, "Ledger sync", {"authorization": row.pk})
        assert line.address == "127.0.0.1"

    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-04")
    def test_several_end_and_foreign_ids_are_passed_over(self, acme, beta, as_person):
        first, second, kept = (make_machine(acme.tenant) for _ in range(3))
        theirs = make_machine(beta.tenant)
        picked = [str(row_of(machine).pk) for machine in (first, second, theirs)]
        url = f"{acme.path}{LIST}revoke/"
        ana = as_person(acme.ana)

        question = ana.get(url, {"selected": [*picked, "nonsense", "-1", "9" * 40, "\0"]})
        answer = ana.post(f"{url}?" + "&".join(f"selected={pk}" for pk in picked), follow=True)

        assert "Revoke 2 app authorizations?" in question.content.decode()
        assert "2 app authorizations were revoked." in answer.content.decode()
        assert not row_of(first).is_live
        assert not row_of(second).is_live
        assert row_of(kept).is_live
        assert row_of(theirs).is_live

    def test_all_of_a_consumer_with_people_end(self, acme, as_person):
        machine = make_machine(acme.tenant, "assets:view", name="Field app")
        with tenant_scope(acme.tenant):
            for person in (acme.ben, acme.dora):
                Authorization.objects.create(consumer=machine.consumer, user=person, scopes=["assets:view"])
        ana = as_person(acme.ana)
        url = f"{acme.path}{LIST}of-consumer/{machine.consumer.pk}/revoke/"

        drawer, question = get(ana, acme, f"{row_of(machine).pk}/"), ana.get(url)
        ana.post(url)

        assert "Revoke all 3 authorizations of this consumer" in drawer.content.decode()
        for text in ("1 OAuth consumer loses access:", "2 people are asked for consent again"):
            assert text in question.content.decode()
        with tenant_scope(acme.tenant):
            assert not Authorization.objects.live().exists()

    def test_all_of_a_consumer_end(self, acme, as_person):
        machine, kept = make_machine(acme.tenant), make_machine(acme.tenant)

        as_person(acme.ana).post(f"{acme.path}{LIST}of-consumer/{machine.consumer.pk}/revoke/")

        assert not row_of(machine).is_live
        assert row_of(kept).is_live

    def test_all_that_match_end_over_every_page(self, acme, as_person):
        machines = [make_machine(acme.tenant, name=f"Sensor {number}") for number in range(27)]
        kept = make_machine(acme.tenant, name="Ledger sync")
        ana = as_person(acme.ana)

        page = get(ana, acme, q="sensor")
        ana.post(f"{acme.path}{LIST}revoke-matching/?q=sensor")

        assert "Revoke all 27 rows found…" in page.content.decode()
        assert not any(row_of(machine).is_live for machine in machines)
        assert row_of(kept).is_live

    @pytest.mark.parametrize("query", ["used=sometimes", "state=x", "q=%00", "grant_type=password"])
    def test_a_filter_that_is_not_understood_revokes_nothing(self, acme, as_person, query):
        machine = make_machine(acme.tenant)

        answer = as_person(acme.ana).post(f"{acme.path}{LIST}revoke-matching/?{query}", follow=True)

        assert "Nothing was left to revoke." in answer.content.decode()
        assert row_of(machine).is_live

    def test_all_that_match_asks_for_the_password_again_after_a_while(self, acme, as_person):
        machine = make_machine(acme.tenant)
        url = f"{acme.path}{LIST}revoke-matching/?q=machine"

        answers = [call(url) for ana in [as_person(acme.ana, seconds_ago=3600)] for call in (ana.get, ana.post)]

        for answer in answers:
            assert answer.status_code == 302
            assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
        assert row_of(machine).is_live

    def test_twice_says_that_nothing_was_left(self, acme, as_person):
        row = row_of(make_machine(acme.tenant))
        ana = as_person(acme.ana)
        url = f"{acme.path}{LIST}{row.pk}/revoke/"

        ana.post(url)
        again = ana.post(url, follow=True)

        assert "Nothing was left to revoke." in again.content.decode()
        assert len(audit_lines(acme, "authorization.revoked")) == 1

    @pytest.mark.parametrize("who", ["dora", "otto", "ben"])
    def test_only_a_super_administrator_may(self, acme, as_person, who):
        machine = make_machine(acme.tenant)
        with tenant_scope(acme.tenant):
            object_access.give(acme.dora, machine.consumer)
        row = row_of(machine)
        browser = as_person(acme.people[who])

        for path in (
            f"{row.pk}/revoke/",
            f"revoke/?selected={row.pk}",
            "revoke-matching/",
            f"of-consumer/{machine.consumer.pk}/revoke/",
            f"of-consumer/{machine.consumer.pk}/authorize-again/",
        ):
            assert browser.post(f"{acme.path}{LIST}{path}").status_code == 403
        assert row_of(machine).is_live

    def test_a_post_without_the_csrf_token_is_refused(self, acme):
        from django.test import Client

        row = row_of(make_machine(acme.tenant))
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(acme.ana, backend="allauth.account.auth_backends.AuthenticationBackend")

        assert browser.post(f"{acme.path}{LIST}{row.pk}/revoke/").status_code == 403
        with tenant_scope(acme.tenant):
            assert Authorization.objects.get(pk=row.pk).is_live


class TestLettingInAgain:
    def test_a_revoked_machine_gets_a_new_row(self, acme, as_person):
        machine = make_machine(acme.tenant, name="Ledger sync")
        old = row_of(machine)
        ana = as_person(acme.ana)
        ana.post(f"{acme.path}{LIST}{old.pk}/revoke/")

        drawer = get(ana, acme, f"{old.pk}/")
        answer = ana.post(f"{acme.path}{LIST}of-consumer/{machine.consumer.pk}/authorize-again/")

        assert "It gets no token until a super administrator lets it in again." in drawer.content.decode()
        new = row_of(machine)
        assert answer["Location"] == f"{acme.path}{LIST}{new.pk}/"
        assert new.pk != old.pk
        assert new.is_live
        assert new.granted_by == acme.ana
        assert len(audit_lines(acme, "authorization.granted")) == 1

    def test_a_live_one_keeps_its_row(self, acme, as_person):
        machine = make_machine(acme.tenant)
        row = row_of(machine)

        as_person(acme.ana).post(f"{acme.path}{LIST}of-consumer/{machine.consumer.pk}/authorize-again/")

        assert row_of(machine).pk == row.pk

    def test_a_deleted_or_foreign_consumer_is_not_found(self, acme, beta, as_person):
        deleted, theirs = make_machine(acme.tenant), make_machine(beta.tenant)
        with tenant_scope(acme.tenant):
            registration.delete_consumer(deleted.consumer)

        for machine in (deleted, theirs):
            url = f"{acme.path}{LIST}of-consumer/{machine.consumer.pk}/authorize-again/"
            assert as_person(acme.ana).post(url).status_code == 404


class TestPeople:
    """Rows of people stand beside those of machines."""

    def yes(self, company, person, *scopes, **fields):
        scopes = scopes or ("assets:view",)
        may(company.tenant, person, *scopes)
        return make_yes(make_app(company.tenant, *scopes, **fields), person)

    def row(self, family):
        with tenant_scope(family.tenant):
            return Authorization.objects.get(pk=family.authorization_id)

    def test_scopes_are_what_the_person_may_still_do(self, acme, as_person):
        make_yes(make_app(acme.tenant, "assets:view", "assets:edit", name="Field app"), acme.ana, "assets:edit")
        may(acme.tenant, acme.ben, "assets:view", "assets:edit")
        narrowed = make_yes(make_app(acme.tenant, "assets:view", "assets:edit", name="Narrowed"), acme.ben)
        with tenant_scope(acme.tenant):
            PermissionGroup.objects.filter(member_ties__membership__user=acme.ben).update(scopes=["assets:view"])

        exported = get(as_person(acme.ana), acme, format="csv").content.decode()

        assert "Field app,,Ana,assets:edit," in exported
        assert "Narrowed,,Ben,assets:view," in exported
        drawer = get(as_person(acme.ana), acme, f"{narrowed.authorization_id}/").content.decode()
        assert "assets:view" in drawer
        assert "assets:edit" not in drawer

    def test_filters_by_user(self, acme, as_person):
        self.yes(acme, acme.ben, name="Of Ben")
        self.yes(acme, acme.dora, name="Of Dora")
        ana = as_person(acme.ana)

        assert names_in(get(ana, acme, user="ben")) == ["Of Ben"]
        assert names_in(get(ana, acme, user=acme.dora.email.upper())) == ["Of Dora"]
        assert names_in(get(ana, acme, user="nobody")) == []

    def test_what_expired_is_not_called_revoked(self, acme, as_person):
        family = self.yes(acme, acme.ben, name="Field app")
        with tenant_scope(acme.tenant):
            Authorization.objects.filter(pk=family.authorization_id).update(expires_at=timezone.now())
        ana = as_person(acme.ana)

        assert names_in(get(ana, acme)) == []
        assert names_in(get(ana, acme, state="revoked")) == []
        assert names_in(get(ana, acme, state="expired")) == ["Field app"]
        assert "Expired on" in get(ana, acme, f"{family.authorization_id}/").content.decode()

        make_yes(App(family.consumer), acme.ben)

        assert names_in(get(ana, acme)) == ["Field app"]
        assert names_in(get(ana, acme, state="expired")) == ["Field app"]
        assert names_in(get(ana, acme, state="revoked")) == []

    def test_the_drawer_tells_of_the_person_their_sign_ins_and_the_end(self, acme, as_person):
        may(acme.tenant, acme.ben, "assets:view")
        until = timezone.now() + timedelta(days=3, hours=1)
        family = make_yes(make_app(acme.tenant, "assets:view"), acme.ben, until=until)

        html = get(as_person(acme.ana), acme, f"{family.authorization_id}/").content.decode()

        for words in ("Ben", acme.ben.email, "in 3\xa0days", "Active sign-ins", "last renewed"):
            assert words in html, words

    def test_the_drawer_says_why_a_live_row_gets_nowhere(self, acme, as_person):
        family = self.yes(acme, acme.ben)
        with tenant_scope(acme.tenant):
            members.suspend(Membership.objects.get(user=acme.ben), by=acme.ana)

        html = get(as_person(acme.ana), acme, f"{family.authorization_id}/").content.decode()

        assert "The person is suspended: every use is refused until they are resumed." in html
        assert "None: of what the person agreed to" in html

    def test_all_of_a_person_end_and_nobody_elses(self, acme, as_person):
        first, second = self.yes(acme, acme.ben, name="Field app"), self.yes(acme, acme.ben, name="Ledger")
        other = self.yes(acme, acme.dora)
        ana, url = as_person(acme.ana), f"{acme.path}{LIST}of-person/{acme.ben.pk}/revoke/"

        drawer, question = get(ana, acme, f"{first.authorization_id}/"), ana.get(url).content.decode()
        ana.post(url)

        assert "Revoke all 2 authorizations of this person" in drawer.content.decode()
        for words in ("Field app", "Ledger", "2 sign-ins of people in apps end now.", "1 person is asked", "Ben"):
            assert words in question, words
        assert "client-credentials" not in question
        assert [self.row(family).is_live for family in (first, second, other)] == [False, False, True]
        assert {line.actor for line in audit_lines(acme, "authorization.revoked")} == {acme.ana}

    @pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-04")
    def test_a_person_of_another_company_is_not_found(self, acme, beta, as_person):
        make_yes(make_app(beta.tenant), beta.eve)

        assert as_person(acme.ana).post(f"{acme.path}{LIST}of-person/{beta.eve.pk}/revoke/").status_code == 404
        with tenant_scope(beta.tenant):
            assert Authorization.objects.live().count() == 1

    @pytest.mark.parametrize("who", ["dora", "otto", "ben"])
    def test_only_a_super_administrator_ends_what_others_agreed_to(self, acme, as_person, who):
        family = self.yes(acme, acme.ben)

        answer = as_person(acme.people[who]).post(f"{acme.path}{LIST}of-person/{acme.ben.pk}/revoke/")

        assert answer.status_code == 403
        assert self.row(family).is_live

    def test_a_list_of_people_costs_no_more_statements_than_one_of_machines(self, acme, as_person):
        app = make_app(acme.tenant, "assets:view")
        for number in range(30):
            person = make_member(acme.tenant, "member", f"Person{number}")
            may(acme.tenant, person, "assets:view")
            make_yes(app, person)
        ana = as_person(acme.ana)
        get(ana, acme)

        with CaptureQueriesContext(connection) as statements:
            page = get(ana, acme)

        assert len(names_in(page)) == 25
        assert len(statements) <= 12, [query["sql"][:100] for query in statements]
