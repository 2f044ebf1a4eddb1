import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers import credentials as minted
from consumers.models import ConsumerSecret
from tenants.context import tenant_scope
from tenants.models import AuditEvent
from tests.cast import make_acme, make_group, make_machine
from tests.consumers.pages import at, consumers_of, filled, signed_in, verbs_of


@pytest.fixture
def group(acme):
    return make_group(acme.tenant, "assets:view", "work_orders:view", name="Read everything")


def test_the_drawer_starts_empty_and_asks_for_what_is_needed(acme, as_person, group):
    page = as_person(acme.ana).get(at(acme, "new/"))

    html = page.content.decode()
    assert page.status_code == 200
    assert '<option value="" selected>Choose…</option>' in html
    assert '<option value="client-credentials">Client credentials</option>' in html
    assert "Read everything" in html
    assert '<option value="authorization-code">Authorization code</option>' in html
    for absent in ("Hub", "default_scopes", "optional_scopes"):
        assert absent not in html


def test_a_new_consumer_has_its_groups_a_secret_an_authorization_and_a_line_in_the_log(acme, as_person, group):
    form = filled(
        groups=[group.pk],
        description="Books what was done",
        token_format="jwt",
        access_token_seconds="1800",
        token_endpoint_auth_method="client_secret_basic",
    )

    answer = as_person(acme.ana).post(at(acme, "new/"), form)

    assert answer.status_code == 303
    [consumer] = consumers_of(acme)
    assert answer["Location"].startswith(at(acme, "credentials/", of=consumer))
    with tenant_scope(acme.tenant):
        assert (consumer.name, consumer.description) == ("Ledger sync", "Books what was done")
        assert (consumer.token_format, consumer.access_token_seconds) == ("jwt", 1800)
        assert consumer.token_endpoint_auth_method == "client_secret_basic"
        assert consumer.grant_type == "client_credentials"
        assert consumer.created_by == acme.ana
        assert consumer.default_scopes == []
        assert list(consumer.groups.all()) == [group]
        assert consumer.secrets.count() == 1
        assert consumer.authorizations.live().filter(user=None).count() == 1
    assert verbs_of(acme, consumer) == ["consumer.registered"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"grant_type": ""}, "Grant type can&#x27;t be blank"),
        ({"grant_type": None}, "Grant type can&#x27;t be blank"),
        ({"grant_type": "password"}, "Choose a grant type from the list."),
        ({"name": ""}, "Name can&#x27;t be blank"),
        ({"name": "   "}, "Name can&#x27;t be blank"),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"name": "Bank\u202egpj"}, "Use visible characters only."),
        ({"name": "Ledger\u200bsync"}, "Use visible characters only."),
        ({"name": "Ledger\nsync"}, "Use visible characters only."),
        ({"name": "nul\0"}, "Null characters are not allowed."),
        ({"description": "x" * 241}, "at most 240 characters"),
        ({"description": "\u2066hidden"}, "Use visible characters only."),
        ({"groups": []}, "No permission selected"),
        ({"groups": ["0"]}, "Choose permission groups of this company."),
        ({"groups": ["abc"]}, "Choose permission groups of this company."),
        ({"groups": ["9" * 40]}, "Choose permission groups of this company."),
        ({"token_format": "paseto"}, "Choose a token format from the list."),
        ({"access_token_seconds": "899"}, "Between 900 and 3600 seconds."),
        ({"access_token_seconds": "3601"}, "Between 900 and 3600 seconds."),
        ({"access_token_seconds": "9" * 50}, "Between 900 and 3600 seconds."),
        ({"access_token_seconds": "an hour"}, "Between 900 and 3600 seconds."),
        ({"token_endpoint_auth_method": "none"}, "Choose a way to authenticate from the list."),
    ],
)
def test_a_mistake_is_a_sentence_at_the_field_and_what_was_typed_is_kept(acme, as_person, group, fields, sentence):
    form = filled(**{"name": "Typed name", "description": "Typed description", "groups": [group.pk], **fields})

    answer = as_person(acme.ana).post(at(acme, "new/"), form)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert 'aria-invalid="true"' in html
    if "name" not in fields:
        assert 'value="Typed name"' in html
    if "description" not in fields:
        assert 'value="Typed description"' in html
    assert consumers_of(acme) == []


def test_a_name_is_given_once_in_a_company_and_is_free_again_after_deletion(acme, beta, as_person, group):
    make_machine(acme.tenant, name="Ledger sync")
    make_machine(beta.tenant, name="Stock")
    browser = as_person(acme.ana)

    answer = browser.post(at(acme, "new/"), filled(groups=[group.pk]))
    assert answer.status_code == 422
    assert "Another OAuth consumer of this company has this name." in answer.content.decode()

    assert browser.post(at(acme, "new/"), filled(name="Stock", groups=[group.pk])).status_code == 303


def test_two_who_choose_a_name_at_the_same_moment_get_one_consumer_and_one_sentence(acme, as_person, group):
    from django.db import connections

    browsers = [as_person(acme.ana), as_person(acme.ana)]

    def post(browser):
        try:
            return browser.post(at(acme, "new/"), filled(groups=[group.pk])).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(post, browsers)) == [303, 422]
    assert len(consumers_of(acme)) == 1


def test_a_permission_group_of_another_company_can_not_be_smuggled_in(acme, beta, as_person, group):
    foreign = make_group(beta.tenant, name="Theirs")

    answer = as_person(acme.ana).post(at(acme, "new/"), filled(groups=[group.pk, foreign.pk]))

    assert answer.status_code == 422
    assert "Choose permission groups of this company." in answer.content.decode()
    assert "Theirs" not in answer.content.decode()
    assert consumers_of(acme) == []


def test_fields_that_are_not_in_the_form_change_nothing(acme, beta, as_person, group):
    form = filled(
        groups=[group.pk],
        tenant=beta.tenant.pk,
        client_id="mine",
        client_type="public",
        created_by=beta.eve.pk,
        default_scopes=["assets:view"],
        suspended_at="2020-01-01",
        skip_authorization="on",
    )

    assert as_person(acme.ana).post(at(acme, "new/"), form).status_code == 303

    [consumer] = consumers_of(acme)
    assert consumer.tenant_id == acme.tenant.pk
    assert consumer.key.startswith(minted.KEY)
    assert (consumer.client_type, consumer.created_by, consumer.default_scopes) == ("confidential", acme.ana, [])
    assert consumer.state == "active"
    assert consumers_of(beta) == []


def test_without_a_permission_group_the_drawer_says_to_make_one_first(acme, as_person):
    assert "There is no permission group yet" in as_person(acme.ana).get(at(acme, "new/")).content.decode()


@pytest.mark.parametrize(("person", "status"), [("otto", 403), ("dora", 403), ("ben", 403)])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_a_super_administrator_makes_consumers(acme, as_person, group, person, status, method):
    answer = getattr(as_person(getattr(acme, person)), method)(at(acme, "new/"), filled(groups=[group.pk]))

    assert answer.status_code == status
    assert consumers_of(acme) == []


def test_a_stranger_finds_no_drawer(acme, beta, as_person, group):
    assert as_person(beta.eve).get(at(acme, "new/")).status_code == 404
    assert as_person(beta.eve).post(at(acme, "new/"), filled(groups=[group.pk])).status_code == 404


def test_a_change_needs_the_csrf_token(acme, group):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(acme.ana, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.post(at(acme, "new/"), filled(groups=[group.pk])).status_code == 403


class TestStepUp:
    def test_after_a_while_the_password_is_asked_before_a_secret_is_made_and_nothing_typed_is_lost(
        self, acme, as_person, group
    ):
        browser = as_person(acme.ana, seconds_ago=3600)

        answer = browser.post(at(acme, "new/"), filled(name="Typed name", groups=[group.pk]))

        assert answer.status_code == 302
        assert answer["Location"] == "/accounts/reauthenticate/?next=" + at(acme, "new/").replace("/", "%2F")
        assert consumers_of(acme) == []

        html = browser.get(at(acme, "new/")).content.decode()
        assert 'value="Typed name"' in html
        assert f'value="{group.pk}" checked' in html.replace('id="id_groups_0" ', "")
        assert "press Save to finish" in html
        assert 'value="Typed name"' not in browser.get(at(acme, "new/")).content.decode()

    def test_the_password_brings_the_person_back_to_the_same_page(self, acme, as_person, group):
        from tests.cast import PASSWORD

        browser = as_person(acme.ana, seconds_ago=3600)
        asked = browser.post(at(acme, "new/"), filled(groups=[group.pk]))

        back = browser.post(asked["Location"], {"password": PASSWORD, "next": at(acme, "new/")})

        assert (back.status_code, back["Location"]) == (302, at(acme, "new/"))
        assert browser.post(at(acme, "new/"), filled(groups=[group.pk])).status_code == 303

    def test_a_form_with_mistakes_is_answered_before_the_password_is_asked(self, acme, as_person, group):
        answer = as_person(acme.ana, seconds_ago=3600).post(at(acme, "new/"), filled(name="", groups=[group.pk]))

        assert answer.status_code == 422


class TestTheSecretIsShownOnce:
    @pytest.fixture
    def made(self, acme, as_person, group):
        browser = as_person(acme.ana)
        answer = browser.post(at(acme, "new/"), filled(groups=[group.pk]))
        return browser, answer["Location"]

    def test_with_the_key_a_copy_button_a_download_and_requests_that_hold_it(self, acme, made):
        browser, address = made

        page = browser.get(address)

        html = page.content.decode()
        [consumer] = consumers_of(acme)
        with tenant_scope(acme.tenant):
            [kept] = ConsumerSecret.objects.filter(consumer=consumer)
        secret = page.context["secret"]
        assert page.status_code == 200
        assert minted.digest(secret) == bytes(kept.digest)
        assert kept.last_four == secret[-4:]
        assert f'data-copy="{secret}"' in html
        assert f"CLIENT_SECRET={secret}" in html
        assert f"{consumer.key}:{secret}" in html
        assert f"{acme.tenant.issuer}/oauth/token" in html
        assert "no-store" in page["Cache-Control"]

    def test_and_not_a_second_time(self, acme, made):
        browser, address = made
        secret = browser.get(address).context["secret"]

        again = browser.get(address)

        [consumer] = consumers_of(acme)
        assert (again.status_code, again["Location"]) == (302, at(acme, of=consumer))
        html = browser.get(again["Location"]).content.decode()
        assert "no longer visible" in html
        assert secret not in html

    def test_not_after_thirty_seconds(self, made, monkeypatch):
        browser, address = made
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 31)

        assert browser.get(address).status_code == 302

    def test_not_to_somebody_else_who_got_hold_of_the_address(self, acme, made, as_person):
        browser, address = made
        with tenant_scope(acme.tenant):
            from tenants.models import Membership
            from tests.cast import make_user

            other = make_user()
            Membership.objects.create(user=other, role="super_admin")
        thief = as_person(other)
        assert thief.get(address).status_code == 302

        thief.cookies["shown-once"] = browser.cookies["shown-once"].value
        assert thief.get(address).status_code == 302
        assert as_person(acme.otto).get(address).status_code == 403

    def test_not_at_an_address_that_was_changed(self, made):
        browser, address = made

        assert browser.get(address[:-5] + "AAAA/").status_code == 302

    def test_neither_the_address_nor_the_cookie_nor_the_session_nor_the_log_holds_it(self, acme, made):
        browser, address = made
        cookie = browser.cookies["shown-once"]
        session = str(dict(browser.session))
        secret = browser.get(address).context["secret"]

        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Strict", 30)
        with tenant_scope(acme.tenant):
            lines = str(list(AuditEvent.objects.values()))
        for place in (address, cookie.value, session, lines):
            assert secret not in place
            assert secret[9:30] not in place

    def test_no_row_of_the_database_holds_it(self, acme, made, owner_connection):
        browser, address = made
        secret = browser.get(address).context["secret"]

        tables = owner_connection.execute(
            "SELECT quote_ident(relname) FROM pg_stat_user_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            found = owner_connection.execute(
                f"SELECT count(*) FROM {table} AS held WHERE held::text LIKE %s", [f"%{secret[9:40]}%"]
            ).fetchone()
            assert found == (0,), table

    def test_another_consumers_page_does_not_take_the_address(self, acme, made):
        browser, address = made
        other = make_machine(acme.tenant)
        [first, *_] = consumers_of(acme)

        assert browser.get(address.replace(f"/{first.pk}/", f"/{other.consumer.pk}/")).status_code == 302


ANYTHING = st.text(max_size=300)


@pytest.fixture(scope="module")
def world():
    company = make_acme()
    machine = make_machine(company.tenant, name="Known")
    return company, signed_in(company.ana, seconds_ago=-3600), make_group(company.tenant), machine


class TestAnything:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        fields=st.dictionaries(
            st.sampled_from(
                [
                    "grant_type",
                    "name",
                    "description",
                    "groups",
                    "token_format",
                    "access_token_seconds",
                    "token_endpoint_auth_method",
                    "default_scopes",
                ]
            ),
            ANYTHING | st.integers().map(str) | st.just("\0") | st.just("\ufdd0\U0010ffff") | st.just("9" * 5000),
        )
    )
    def test_typed_into_the_forms_of_a_consumer_never_breaks_them(self, world, fields):
        company, browser, group, machine = world
        body = {"groups": group.pk, **filled(name="Known again"), **fields}
        sent = urlencode({name: str(value).encode("utf-8", "surrogatepass") for name, value in body.items()})

        for address in (at(company, "new/"), at(company, "edit/", of=machine.consumer)):
            answer = browser.post(address, sent, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in (302, 303, 422)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        query=st.dictionaries(
            st.sampled_from(["q", "state", "grant_type", "sort", "page", "format", "selected"]), ANYTHING
        )
    )
    def test_asked_of_the_list_never_breaks_it(self, world, query):
        company, browser, _, _ = world

        assert browser.get(at(company), query).status_code == 200
        assert browser.get(at(company, "delete/"), query).status_code in (200, 302, 404)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(name=ANYTHING, day=ANYTHING | st.dates().map(str))
    def test_typed_into_the_form_of_a_secret_never_breaks_it(self, world, name, day):
        company, browser, _, machine = world
        answer = browser.post(at(company, "secrets/new/", of=machine.consumer), {"name": name, "expires_on": day})

        assert answer.status_code in (303, 422)
        with tenant_scope(company.tenant):
            ConsumerSecret.objects.filter(consumer=machine.consumer).exclude(name="default").delete()
