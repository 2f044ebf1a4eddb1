"""General, Members, invitations and the Transactions log over HTTP: works, wrong person, other company, read-only."""

import csv
import io
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client

from accounts.models import User
from consumers import entrusting
from tenants import audit, members, verbs
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership, Tenant
from tests.cast import PASSWORD, make_machine

SETTINGS = "/settings"
MEMBERS = f"{SETTINGS}/user-accounts/members/"
LOG = f"{SETTINGS}/transactions-log/"
GENERAL = f"{SETTINGS}/general/"
FORM = {
    "name": "Acme Works",
    "colour": "#1d5fa8",
    "language": "es",
    "time_zone": "Europe/Madrid",
    "access_token_seconds": "1800",
    "refresh_idle_seconds": "7",
    "refresh_absolute_seconds": "30",
}
STORED = {**FORM, "refresh_idle_seconds": str(7 * 86_400), "refresh_absolute_seconds": str(30 * 86_400)}


def text(response):
    return unescape(response.content.decode())


def table_of(response):
    content = response.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


class TestGeneral:
    def test_a_super_administrator_changes_the_company(self, acme, as_person, lines):
        answer = as_person(acme.ana).post(f"{acme.path}{GENERAL}", FORM)
        assert (answer.status_code, answer["Location"]) == (302, f"{acme.path}{GENERAL}")
        tenant = Tenant.objects.get(pk=acme.tenant.pk)
        assert {name: str(getattr(tenant, name)) for name in FORM} == STORED
        line = lines(acme)[-1]
        assert (line.verb, line.actor_id, line.address) == ("company.amended", acme.ana.pk, "127.0.0.1")
        assert line.before == {
            "name": "Acme",
            "colour": "",
            "language": "en",
            "time_zone": "UTC",
            "access_token_seconds": 3600,
            "refresh_idle_seconds": 14 * 86_400,
            "refresh_absolute_seconds": 90 * 86_400,
        }

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("name", " ", "Name can't be blank"),
            ("name", "Acme\u202eemca", "Use visible characters only."),
            ("colour", "red", "A colour is # and six digits, such as #0f6a6e."),
            ("language", "de", "Select a valid choice."),
            ("time_zone", "Mars/Olympus", "Select a valid choice."),
            ("access_token_seconds", "899", "greater than or equal to 900"),
            ("access_token_seconds", "7201", "less than or equal to 7200"),
            ("access_token_seconds", "ten", "Enter a whole number."),
            ("refresh_idle_seconds", "0", "Between 1 and 366 days."),
            ("refresh_idle_seconds", "31", "This can't be longer than until people sign in again."),
            ("refresh_absolute_seconds", "367", "Between 1 and 366 days."),
            ("refresh_absolute_seconds", "a year", "Between 1 and 366 days."),
            ("refresh_absolute_seconds", "", "This field is required."),
            ("refresh_absolute_seconds", "99999999999999999999", "Between 1 and 366 days."),
        ],
    )
    def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_is_kept(
        self, acme, as_person, field, value, sentence
    ):
        answer = as_person(acme.ana).post(f"{acme.path}{GENERAL}", {**FORM, field: value})
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert 'value="1800"' in text(answer) or field == "access_token_seconds"
        assert Tenant.objects.get(pk=acme.tenant.pk).name == "Acme"

    def test_the_addresses_are_those_of_the_metadata(self, acme, as_person):
        page = text(as_person(acme.otto).get(f"{acme.path}{GENERAL}"))
        metadata = Client().get(f"{acme.path}/.well-known/oauth-authorization-server").json()
        for name in ("issuer", "token_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri"):
            assert f">{metadata[name]}<" in page

    def test_an_auditor_reads_and_changes_nothing(self, acme, as_person):
        browser = as_person(acme.otto)
        assert "<form" not in text(browser.get(f"{acme.path}{GENERAL}")).partition("<main")[2]
        assert browser.post(f"{acme.path}{GENERAL}", FORM).status_code == 403
        assert Tenant.objects.get(pk=acme.tenant.pk).name == "Acme"

    @pytest.mark.parametrize("name", ["dora", "ben"])
    def test_others_may_not_open_it(self, acme, as_person, name):
        assert as_person(getattr(acme, name)).get(f"{acme.path}{GENERAL}").status_code == 403

    def test_the_colour_is_a_stylesheet_of_one_property(self, acme, as_person):
        as_person(acme.ana).post(f"{acme.path}{GENERAL}", FORM)
        answer = Client().get(f"{acme.path}/theme.css")
        assert answer["Content-Type"] == "text/css; charset=utf-8"
        assert answer.content == b":root { --brand: #1d5fa8; }\n"


class TestTheListOfMembers:
    def test_it_shows_everybody_with_role_state_and_consumers(self, acme, as_person):
        machine = make_machine(acme.tenant, name="ERP sync")
        with tenant_scope(acme.tenant):
            entrusting.give(machine.consumer, acme.dora)
            members.invite(email=f"nils@{acme.slug}.test", name="Nils Berg", role="member")
        rows = table_of(as_person(acme.ana).get(f"{acme.path}{MEMBERS}", {"format": "csv"}))
        assert [(row["Name"], row["Role"], row["State"], row["Consumers given"]) for row in rows] == [
            ("Ana", "Super administrator", "Active", "0"),
            ("Ben", "Member", "Active", "0"),
            ("Dora", "Developer", "Active", "1"),
            ("Nils Berg", "Member", "Invited", "0"),
            ("Otto", "Auditor", "Active", "0"),
        ]

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"q": "dor"}, ["Dora"]),
            ({"role": "auditor"}, ["Otto"]),
            ({"state": "suspended"}, ["Ben"]),
            ({"state": "active", "role": "member"}, []),
            ({"sort": "-name"}, ["Otto", "Dora", "Ben", "Ana"]),
            ({"sort": "nonsense", "page": "99"}, ["Ana", "Ben", "Dora", "Otto"]),
        ],
    )
    def test_it_is_searched_filtered_and_sorted(self, acme, as_person, member_of, query, names):
        with tenant_scope(acme.tenant):
            members.suspend(member_of(acme, acme.ben), by=acme.ana)
        page = as_person(acme.otto).get(f"{acme.path}{MEMBERS}", query)
        assert [row.record.name for row in page.context["table"].page.object_list] == names

    def test_an_invited_person_is_not_found_by_the_name_they_have_elsewhere(self, acme, beta, as_person):
        with tenant_scope(acme.tenant):
            members.invite(email=beta.eve.email, name="Somebody", role="member")
        browser = as_person(acme.ana)
        User.objects.filter(pk=beta.eve.pk).update(full_name="Evelyn Elsewhere")
        page = browser.get(f"{acme.path}{MEMBERS}", {"q": "Evelyn"})
        assert len(page.context["table"].rows) == 0
        assert "Elsewhere" not in text(browser.get(f"{acme.path}{MEMBERS}"))
        rows = table_of(browser.get(f"{acme.path}{MEMBERS}", {"format": "csv", "state": "invited"}))
        assert [row["Name"] for row in rows] == ["Somebody"]

    def test_names_that_a_spreadsheet_would_run_are_quoted(self, acme, as_person):
        User.objects.filter(pk=acme.ben.pk).update(full_name="=cmd|'/c calc'!A1")
        rows = table_of(as_person(acme.ana).get(f"{acme.path}{MEMBERS}", {"format": "csv", "q": "cmd"}))
        assert [row["Name"] for row in rows] == ["'=cmd|'/c calc'!A1"]


class TestChangingAMember:
    def url(self, company, membership, path=""):
        return f"{company.path}{MEMBERS}{membership.pk}/{path}"

    def test_a_role_is_changed(self, acme, as_person, member_of):
        answer = as_person(acme.ana).post(self.url(acme, member_of(acme, acme.ben)), {"role": "auditor"})
        assert answer.status_code == 302
        assert member_of(acme, acme.ben).role == "auditor"
        assert as_person(acme.ben).get(f"{acme.path}{MEMBERS}").status_code == 200

    def test_ones_own_role_is_not(self, acme, as_person, member_of):
        answer = as_person(acme.ana).post(self.url(acme, member_of(acme, acme.ana)), {"role": "member"})
        assert answer.status_code == 422
        assert "You can't change your own membership." in text(answer)
        assert member_of(acme, acme.ana).role == "super_admin"

    @pytest.mark.parametrize("name", ["otto", "dora", "ben"])
    def test_nobody_but_a_super_administrator_changes_one(self, acme, as_person, member_of, name):
        browser, ben = as_person(getattr(acme, name)), member_of(acme, acme.ben)
        for path, data in (
            (self.url(acme, ben), {"role": "super_admin"}),
            (self.url(acme, ben, "invitation/"), {}),
            (f"{acme.path}{MEMBERS}new/", {"email": "a@b.test", "name": "A", "role": "super_admin"}),
            (f"{acme.path}{MEMBERS}suspend/?selected={ben.pk}", {}),
            (f"{acme.path}{MEMBERS}remove/?selected={ben.pk}", {}),
        ):
            assert browser.post(path, data).status_code == 403, path
        assert member_of(acme, acme.ben).role == "member"

    def test_a_role_that_does_not_exist_is_refused_with_what_was_there(self, acme, as_person, member_of):
        answer = as_person(acme.ana).post(self.url(acme, member_of(acme, acme.ben)), {"role": "owner"})
        assert answer.status_code == 422
        assert member_of(acme, acme.ben).role == "member"

    @pytest.mark.rfc("product", "TN", "TN-04")
    def test_members_of_another_company_are_not_there(self, acme, beta, as_person, member_of):
        eve, browser = member_of(beta, beta.eve), as_person(acme.ana)
        assert browser.get(self.url(acme, eve)).status_code == 404
        assert browser.post(self.url(acme, eve), {"role": "member"}).status_code == 404
        for deed in ("suspend", "resume", "remove"):
            assert browser.post(f"{acme.path}{MEMBERS}{deed}/?selected={eve.pk}").status_code == 404
        assert member_of(beta, beta.eve).role == "super_admin"

    def test_picked_people_are_suspended_after_a_question_all_or_none(self, acme, as_person, member_of):
        browser = as_person(acme.ana)
        pks = [member_of(acme, person).pk for person in (acme.ben, acme.dora)]
        path = f"{acme.path}{MEMBERS}suspend/?" + "&".join(f"selected={pk}" for pk in pks)
        assert "Suspend 2 members?" in text(browser.get(path))
        with_me = f"{path}&selected={member_of(acme, acme.ana).pk}"
        assert "You can't change your own membership." in text(browser.post(with_me, follow=True))
        assert member_of(acme, acme.ben).state == "active"
        browser.post(path)
        assert [member_of(acme, person).state for person in (acme.ben, acme.dora)] == ["suspended"] * 2

    def test_a_suspended_member_is_outside_at_once_and_inside_again_when_resumed(self, acme, as_person, member_of):
        otto, browser = as_person(acme.otto), as_person(acme.ana)
        pk = member_of(acme, acme.otto).pk
        assert otto.get(f"{acme.path}{LOG}").status_code == 200
        browser.post(f"{acme.path}{MEMBERS}suspend/?selected={pk}")
        assert otto.get(f"{acme.path}{LOG}").status_code == 404
        assert otto.get(f"{acme.path}/").status_code == 404
        browser.post(f"{acme.path}{MEMBERS}resume/?selected={pk}")
        assert otto.get(f"{acme.path}{LOG}").status_code == 200

    def test_somebody_removed_is_gone(self, acme, as_person, member_of):
        pk = member_of(acme, acme.otto).pk
        as_person(acme.ana).post(f"{acme.path}{MEMBERS}remove/?selected={pk}")
        assert member_of(acme, acme.otto) is None
        assert as_person(acme.otto).get(f"{acme.path}/").status_code == 404

    @pytest.mark.parametrize("query", ["", "?selected=x", "?selected=99999999999999999999999", "?selected=-1"])
    def test_a_question_about_nobody_is_not_there(self, acme, as_person, query):
        assert as_person(acme.ana).get(f"{acme.path}{MEMBERS}remove/{query}").status_code == 404


class TestInvitations:
    def invite(self, company, browser, email, **fields):
        data = {"email": email, "name": "Nils Berg", "role": "auditor", **fields}
        answer = browser.post(f"{company.path}{MEMBERS}new/", data)
        assert answer.status_code == 302, text(answer)
        page = browser.get(answer["Location"])
        return answer["Location"], page

    def path_of(self, page):
        return "/t/" + page.context["link"].partition("/t/")[2]

    def test_a_new_person_gets_a_link_sets_a_password_and_signs_in(self, acme, as_person, member_of):
        email = f"nils@{acme.slug}.test"
        _, page = self.invite(acme, as_person(acme.ana), email)
        assert "no-store" in page["Cache-Control"]
        path, nils = self.path_of(page), Client()
        assert "Choose a password" in text(nils.get(path))
        short = nils.post(path, {"password": "short"})
        assert (short.status_code, "too short" in text(short)) == (422, True)
        done = nils.post(path, {"password": "seven green bicycles"})
        assert done.status_code == 302
        assert done["Location"].startswith("/accounts/login/?next=")
        assert nils.get(path).status_code == 410
        nils.post("/accounts/login/", {"login": email, "password": "seven green bicycles"})
        assert nils.get(f"{acme.path}{LOG}").status_code == 200
        assert member_of(acme, User.objects.get(email=email)).state == "active"

    def test_the_link_is_shown_once(self, acme, as_person):
        browser = as_person(acme.ana)
        where, page = self.invite(acme, browser, f"nils@{acme.slug}.test")
        assert page.context["link"] in text(page)
        again = browser.get(where)
        assert again.context["link"] == ""
        renewed = browser.get(browser.post(where)["Location"])
        assert renewed.context["link"] not in ("", page.context["link"])
        assert Client().get(self.path_of(page)).status_code == 410

    def test_known_and_unknown_addresses_get_the_same_answer(self, acme, beta, as_person):
        browser = as_person(acme.ana)
        _, known = self.invite(acme, browser, beta.eve.email)
        _, unknown = self.invite(acme, browser, f"nils@{acme.slug}.test")

        def shape(page):
            return text(page).replace(page.context["link"], "LINK").partition("<main")[2].partition("csrf")[0]

        assert shape(known) == shape(unknown)

    def test_somebody_with_an_account_signs_in_to_join(self, acme, beta, as_person, member_of):
        _, page = self.invite(acme, as_person(acme.ana), beta.eve.email)
        path, eve = self.path_of(page), as_person(beta.eve)
        assert "Sign in as that person" in text(Client().get(path))
        assert Client().post(path, {"password": "seven green bicycles"}).status_code == 200
        assert User.objects.get(pk=beta.eve.pk).check_password(PASSWORD)
        assert "Sign out, then open the link again" in text(as_person(acme.ben).get(path))
        as_person(acme.ben).post(path)
        assert member_of(acme, beta.eve).state == "invited"
        assert eve.get(f"{acme.path}/").status_code == 404
        assert eve.post(path).status_code == 302
        assert member_of(acme, beta.eve).state == "active"
        assert eve.get(f"{acme.path}{LOG}").status_code == 200

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"email": ""}, "E-mail address can't be blank"),
            ({"email": "nobody"}, "Enter a valid email address."),
            ({"name": ""}, "Full name can't be blank"),
            ({"role": ""}, "Role can't be blank"),
            ({"role": "operator"}, "Select a valid choice."),
        ],
    )
    def test_bad_input_is_said_at_the_field(self, acme, as_person, fields, sentence):
        data = {"email": f"nils@{acme.slug}.test", "name": "Nils", "role": "member", **fields}
        answer = as_person(acme.ana).post(f"{acme.path}{MEMBERS}new/", data)
        assert answer.status_code == 422
        assert sentence in text(answer)
        assert not User.objects.filter(email=f"nils@{acme.slug}.test").exists()

    def test_a_member_is_not_invited_again(self, acme, as_person):
        data = {"email": acme.ben.email, "name": "Ben", "role": "super_admin"}
        answer = as_person(acme.ana).post(f"{acme.path}{MEMBERS}new/", data)
        assert (answer.status_code, "This person is a member already." in text(answer)) == (422, True)

    def test_the_page_speaks_the_language_of_the_company_until_somebody_chooses(self, acme):
        with tenant_scope(acme.tenant):
            Tenant.objects.filter(pk=acme.tenant.pk).update(language="es")
        browser = Client()
        assert browser.get(f"{acme.path}/join/x/")["Content-Language"] == "es"
        browser.cookies["language"] = "fr"
        assert browser.get(f"{acme.path}/join/x/")["Content-Language"] == "fr"

    @pytest.mark.parametrize("token", ["x", "WzFd:1:x", "%00", "é" * 80])
    def test_a_made_up_link_is_gone(self, acme, token):
        assert Client().get(f"{acme.path}/join/{token}/").status_code == 410


class TestTheTransactionsLog:
    def record(self, company, *verbs_and_names, **fields):
        with tenant_scope(company.tenant):
            for verb in verbs_and_names:
                audit.record(verb, company.tenant, **fields)

    def shown(self, page):
        return [row.record.verb for row in page.context["table"].page.object_list]

    def test_newest_first_with_who_what_and_where(self, acme, as_person):
        browser = as_person(acme.ana)
        browser.post(f"{acme.path}{GENERAL}", FORM)
        page = browser.get(f"{acme.path}{LOG}")
        assert self.shown(page) == ["company.amended"]
        for words in ("Changed the company Acme Works", "Ana", "127.0.0.1"):
            assert words in text(page)

    def test_a_line_shows_before_and_after_in_words(self, acme, as_person, lines):
        browser = as_person(acme.ana)
        browser.post(f"{acme.path}{GENERAL}", FORM)
        page = browser.get(f"{acme.path}{LOG}{lines(acme)[-1].sequence}/")
        assert page.status_code == 200
        for words in ("Access token lifetime (seconds)", "3600", "1800", "Europe/Madrid"):
            assert words in text(page)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"verb": "company.suspended"}, ["company.suspended"]),
            ({"kind": "consumer"}, []),
            ({"kind": "tenant"}, ["company.resumed", "company.suspended"]),
            ({"q": "acme"}, ["company.resumed", "company.suspended"]),
            ({"q": "nothing like it"}, []),
            ({"since": "2999-12-31"}, []),
            ({"until": "2000-01-01"}, []),
            ({"since": "2020-01-01", "until": "2999-12-31"}, ["company.resumed", "company.suspended"]),
            ({"since": "0001-01-01", "until": "9999-12-31"}, ["company.resumed", "company.suspended"]),
            ({"since": "yesterday", "person": "x", "verb": "nonsense"}, ["company.resumed", "company.suspended"]),
            ({"sort": "at"}, ["company.suspended", "company.resumed"]),
            ({"q": "\x00"}, ["company.resumed", "company.suspended"]),
        ],
    )
    def test_it_is_filtered_and_sorted_and_survives_nonsense(self, acme, as_person, query, found):
        self.record(acme, "company.suspended", "company.resumed", by=acme.ana)
        page = as_person(acme.otto).get(f"{acme.path}{LOG}", query)
        assert page.status_code == 200
        assert self.shown(page) == found

    def test_it_is_narrowed_to_one_person(self, acme, as_person):
        self.record(acme, "company.suspended", by=acme.ana)
        self.record(acme, "company.resumed", by=acme.dora)
        page = as_person(acme.otto).get(f"{acme.path}{LOG}", {"person": acme.dora.pk})
        assert self.shown(page) == ["company.resumed"]

    def test_a_day_is_a_day_of_the_company(self, acme, as_person):
        with tenant_scope(acme.tenant):
            Tenant.objects.filter(pk=acme.tenant.pk).update(time_zone="Asia/Tokyo")
            moment = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)  # the second of March in Tokyo
            with audit.acting(audit.Origin(name="Clock", at=moment)):
                audit.record("company.suspended", acme.tenant)
        browser = as_person(acme.otto)
        on = {"since": "2026-03-02", "until": "2026-03-02"}
        assert self.shown(browser.get(f"{acme.path}{LOG}", on)) == ["company.suspended"]
        on = {"since": "2026-03-01", "until": "2026-03-01"}
        assert self.shown(browser.get(f"{acme.path}{LOG}", on)) == []

    def test_all_of_it_is_a_file_with_harmless_cells(self, acme, as_person):
        with tenant_scope(acme.tenant), audit.acting(audit.Origin(name="=HYPERLINK(1)")):
            audit.record("company.amended", acme.tenant, before={"name": "A"}, after={"name": "+B"})
        rows = table_of(as_person(acme.otto).get(f"{acme.path}{LOG}", {"format": "csv"}))
        assert [(row["Who"], row["What happened"], row["Code"], row["Changes"]) for row in rows] == [
            ("'=HYPERLINK(1)", "Changed the company Acme", "company.amended", "Name: A → +B")
        ]

    def test_names_cannot_turn_a_line_around_or_run(self, acme, as_person):
        with tenant_scope(acme.tenant), audit.acting(audit.Origin(name="<script>alert(1)</script>\u202e")):
            audit.record("company.amended", acme.tenant, after={"name": "<b>\u202e"})
        browser = as_person(acme.otto)
        for path in ("", "1/"):
            page = browser.get(f"{acme.path}{LOG}{path}").content.decode()
            assert "<script>alert" not in page
            assert "<b>" not in page
            assert "\u202e" not in page

    def test_pages_are_made_by_the_server(self, acme, as_person):
        self.record(acme, *["company.amended"] * 60)
        page = as_person(acme.otto).get(f"{acme.path}{LOG}", {"page": "3"})
        assert "Showing 10 of 60" in text(page)

    @pytest.mark.parametrize("name", ["dora", "ben"])
    def test_others_may_not_read_it(self, acme, as_person, name):
        assert as_person(getattr(acme, name)).get(f"{acme.path}{LOG}").status_code == 403

    @pytest.mark.rfc("product", "TN", "TN-04")
    def test_lines_of_another_company_are_not_there(self, acme, beta, as_person):
        self.record(beta, "company.amended")
        browser = as_person(acme.otto)
        assert browser.get(f"{acme.path}{LOG}1/").status_code == 404
        assert self.shown(browser.get(f"{acme.path}{LOG}")) == []

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_nobody_can_change_it_over_http(self, acme, as_person, method):
        self.record(acme, "company.amended")
        for path in ("", "1/"):
            assert getattr(as_person(acme.ana), method)(f"{acme.path}{LOG}{path}").status_code == 405


def test_every_verb_has_a_sentence_that_can_be_filled_in(acme):
    for verb in verbs.SENTENCES:
        event = AuditEvent(verb=verb, object_name="50 % off", before={}, after={})
        assert "50 % off" in verbs.sentence(event)


def test_home_leads_to_what_a_person_comes_for(acme, as_person):
    for name, place in (("ana", "oauth-consumers/"), ("dora", "oauth-consumers/"), ("ben", "settings/account/")):
        answer = as_person(getattr(acme, name)).get(f"{acme.path}/")
        assert (answer.status_code, answer["Location"].endswith(place)) == (302, True)


def test_a_membership_that_waits_is_no_membership(acme, beta, as_person):
    with tenant_scope(acme.tenant):
        members.invite(email=beta.eve.email, name="Eve", role="super_admin")
        assert Membership.objects.active().filter(user=beta.eve).exists() is False
    eve = as_person(beta.eve)
    assert eve.get(f"{acme.path}{GENERAL}").status_code == 404
    assert acme.tenant.name not in text(eve.get("/companies/"))


class TestProof:
    """A session left open makes nobody a super administrator and throws nobody out."""

    @pytest.mark.parametrize("what", ["invite", "role", "invitation", "remove"])
    def test_an_old_sign_in_is_asked_for_the_password_before_access_is_given_or_ended(
        self, acme, as_person, lines, member_of, what
    ):
        ben = member_of(acme, acme.ben)
        page, form = {
            "invite": ("new/", {"email": "mallory@example.test", "name": "Mallory", "role": "super_admin"}),
            "role": (f"{ben.pk}/", {"role": "super_admin"}),
            "invitation": (f"{ben.pk}/invitation/", {}),
            "remove": (f"remove/?selected={ben.pk}", {}),
        }[what]
        if what == "invitation":
            with tenant_scope(acme.tenant):
                waiting = members.invite(email=f"new@{acme.slug}.test", name="New", role="member")
            page = f"{waiting.pk}/invitation/"
        before = len(lines(acme))
        url = f"{acme.path}/settings/user-accounts/members/{page}"

        asked = as_person(acme.ana, seconds_ago=301).post(url, form)

        assert asked.status_code == 302
        assert asked["Location"].startswith("/accounts/reauthenticate/?next=%2Ft%2F")
        assert len(lines(acme)) == before
        assert as_person(acme.ana).post(url, form).status_code == 302
        assert len(lines(acme)) == before + 1
