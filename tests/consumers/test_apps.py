"""Consumers that act for people, in the drawer and on their page."""

import pytest

from tenants.context import tenant_scope
from tenants.models import AuditEvent
from tests.cast import CALLBACK, make_app, make_beta, make_group, make_yes, may
from tests.consumers.pages import at, consumers_of, filled, fresh


@pytest.fixture
def group(acme):
    return make_group(acme.tenant, "assets:view", "work_orders:view", name="Read everything")


def app_form(group, **fields):
    wanted = {
        "grant_type": "authorization-code",
        "name": "Field book",
        "client_type": "confidential",
        "whose": "third",
        "redirect_uris": CALLBACK,
        "issues_refresh_tokens": "on",
        "id_token_algorithm": "RS256",
        "groups": [group.pk],
    }
    return filled(**{**wanted, **fields})


class TestMaking:
    def test_a_confidential_app_has_all_that_was_typed_and_a_secret(self, acme, as_person, group):
        form = app_form(
            group,
            redirect_uris=f"{CALLBACK}\r\n  http://127.0.0.1:9000/callback \r\n\r\n{CALLBACK}",
            url="https://app.example/",
            privacy_policy_url="https://app.example/privacy",
            eula_url="https://app.example/eula",
            whose="first",
            skips_consent="on",
            refresh_idle_seconds="3600",
            allows_device_flow="on",
            id_token_algorithm="ES256",
        )

        answer = as_person(acme.ana).post(at(acme, "new/"), form)

        (made,) = consumers_of(acme)
        assert answer.status_code == 303
        assert "/credentials/" in answer["Location"]
        assert made.redirect_uris == f"{CALLBACK}\nhttp://127.0.0.1:9000/callback"
        assert (made.is_first_party, made.skips_consent, made.is_public) == (True, True, False)
        assert (made.refresh_idle_seconds, made.id_token_algorithm, made.allows_device_flow) == (3600, "ES256", True)
        with tenant_scope(acme.tenant):
            line = AuditEvent.objects.get(verb="consumer.registered", object_id=str(made.pk))
        assert line.after["redirect_uris"] == [CALLBACK, "http://127.0.0.1:9000/callback"]

    def test_a_public_app_has_a_key_and_no_secret(self, acme, as_person, group):
        browser = as_person(acme.ana)
        form = app_form(group, client_type="public", redirect_uris="com.example.app:/cb")

        answer = browser.post(at(acme, "new/"), form, follow=True)

        (made,) = consumers_of(acme)
        html = answer.content.decode()
        assert made.is_public
        assert made.key in html
        assert "it has no secret" in html
        assert "Add secret" not in html
        assert "YOUR_SECRET" not in html
        assert browser.get(at(acme, "secrets/new/", of=made)).status_code == 404
        assert "No secret" in browser.get(at(acme)).content.decode()

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"redirect_uris": ""}, "Callback URL can&#x27;t be blank"),
            ({"redirect_uris": " \n "}, "Callback URL can&#x27;t be blank"),
            ({"redirect_uris": "http://app.example/cb"}, "Use https."),
            ({"redirect_uris": "http://localhost/cb"}, "Write 127.0.0.1 or [::1] instead of localhost."),
            ({"redirect_uris": "javascript:alert(1)"}, "Begin with https://"),
            ({"redirect_uris": "https://a.example/ https://b.example/"}, "Leave out spaces"),
            ({"redirect_uris": "https://a.example/\x00"}, "Null characters are not allowed."),
            ({"redirect_uris": f"{CALLBACK}\nhttps://u@b.example/"}, "https://u@b.example/: Leave out the user name"),
            ({"redirect_uris": "\n".join(f"https://a.example/{n}" for n in range(21))}, "Use 20 addresses at most."),
            ({"url": "http://app.example/"}, "Begin with https://"),
            ({"url": "javascript:alert(1)"}, "Begin with https://"),
            ({"privacy_policy_url": 'https://a.example/"><script>'}, "Leave out spaces"),
            ({"client_type": "secret"}, "Choose an application type from the list."),
            ({"whose": "mine"}, "Choose whose app it is from the list."),
            ({"skips_consent": "on"}, "Only your own app with a secret may skip consent"),
            ({"client_type": "public", "whose": "first", "skips_consent": "on"}, "Only your own app with a secret"),
            ({"client_type": "public", "legacy_without_pkce": "on"}, "A public app has nothing but PKCE"),
            ({"allowed_origins": "https://app.example"}, "Only a public app calls from a browser"),
            ({"client_type": "public", "allowed_origins": "https://app.example/"}, "Write it as browsers send it"),
            ({"refresh_idle_seconds": "60"}, "Between 3600 and"),
            ({"refresh_idle_seconds": "7200", "refresh_absolute_seconds": "3600"}, "Between 3600 and 3600 seconds."),
            ({"id_token_algorithm": "none"}, "Choose a signature from the list."),
        ],
    )
    def test_a_mistake_is_a_sentence_at_the_field(self, acme, as_person, group, fields, sentence):
        answer = as_person(acme.ana).post(at(acme, "new/"), app_form(group, **fields))

        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert consumers_of(acme) == []

    def test_what_a_form_without_scripts_sends_of_the_other_grant_type_is_left_out(self, acme, as_person, group):
        form = app_form(group, grant_type="client-credentials", url="x" * 999, redirect_uris="")

        answer = as_person(acme.ana).post(at(acme, "new/"), form)

        (made,) = consumers_of(acme)
        assert answer.status_code == 303
        assert (made.redirect_uris, made.url, made.client_type) == ("", "", "confidential")

    def test_the_password_is_asked_and_nothing_typed_is_lost(self, acme, as_person, group):
        browser = as_person(acme.ana, seconds_ago=4000)

        answer = browser.post(at(acme, "new/"), app_form(group, url="https://app.example/typed"))

        assert "/reauthenticate/" in answer["Location"]
        html = browser.get(at(acme, "new/")).content.decode()
        assert "https://app.example/typed" in html
        assert CALLBACK in html


class TestChanging:
    def test_the_form_has_what_the_app_has_and_says_what_stays(self, acme, as_person):
        app = make_app(acme.tenant, url="https://app.example/")

        html = as_person(acme.ana).get(at(acme, "edit/", of=app.consumer)).content.decode()

        assert "tokens were promised under it" in html
        assert "people agreed to this app as it is" in html
        assert CALLBACK in html
        for absent in ('name="grant_type"', 'name="client_type"', 'name="whose"', 'name="resource"', "allowed_origins"):
            assert absent not in html

    def test_a_developer_who_was_given_it_changes_its_callback(self, acme, as_person):
        app = make_app(acme.tenant)
        with tenant_scope(acme.tenant):
            from consumers import entrusting

            entrusting.give(app.consumer, acme.dora)
        form = {"name": "Renamed", "token_format": "opaque", "redirect_uris": "https://new.example/cb"}

        answer = as_person(acme.dora).post(at(acme, "edit/", of=app.consumer), form)

        assert answer.status_code == 302
        assert fresh(acme, app.consumer).redirect_uris == "https://new.example/cb"

    @pytest.mark.parametrize(
        ("kind", "change"),
        [
            ({}, {"redirect_uris": "https://new.example/cb"}),
            ({}, {"allows_device_flow": "on"}),
            ({}, {"legacy_without_pkce": "on"}),
            ({"public": True}, {"allowed_origins": "https://new.example"}),
            ({"is_first_party": True}, {"skips_consent": "on"}),
        ],
    )
    def test_the_password_is_asked_before_somebody_else_could_get_its_tokens(self, acme, as_person, kind, change):
        app = make_app(acme.tenant, **kind)
        browser, page = as_person(acme.ana, seconds_ago=4000), at(acme, "edit/", of=app.consumer)
        groups = [group.pk for group in groups_of(acme, app.consumer)]
        same = {"name": "Renamed", "token_format": "opaque", "redirect_uris": CALLBACK, "groups": groups}
        same |= {"issues_refresh_tokens": "on", "id_token_algorithm": "RS256"}

        assert browser.post(page, same)["Location"] == at(acme, of=app.consumer)
        answer = browser.post(page, {**same, "name": "Mine", **change})

        assert "/reauthenticate/" in answer["Location"]
        assert fresh(acme, app.consumer).name == "Renamed"
        html = browser.get(page).content.decode()
        assert 'value="Mine"' in html
        assert "What you typed is still here" in html
        assert as_person(acme.ana).post(page, {**same, **change}).status_code == 302

    def test_a_developer_does_not_decide_whether_people_are_asked_or_codes_protected(self, acme, as_person):
        app = make_app(acme.tenant, is_first_party=True)
        with tenant_scope(acme.tenant):
            from consumers import entrusting

            entrusting.give(app.consumer, acme.dora)
        form = {
            "name": "Renamed",
            "token_format": "opaque",
            "redirect_uris": CALLBACK,
            "skips_consent": "on",
            "legacy_without_pkce": "on",
        }

        answer = as_person(acme.dora).post(at(acme, "edit/", of=app.consumer), form)

        after = fresh(acme, app.consumer)
        assert answer.status_code == 302
        assert (after.name, after.skips_consent, after.legacy_without_pkce) == ("Renamed", False, False)
        html = as_person(acme.dora).get(at(acme, "edit/", of=app.consumer)).content.decode()
        assert 'name="skips_consent"' not in html
        assert 'name="legacy_without_pkce"' not in html

    def test_what_a_super_administrator_decided_stays_when_a_developer_saves(self, acme, as_person):
        app = make_app(acme.tenant, is_first_party=True, skips_consent=True, legacy_without_pkce=True)
        with tenant_scope(acme.tenant):
            from consumers import entrusting

            entrusting.give(app.consumer, acme.dora)
        form = {"name": "Renamed", "token_format": "opaque", "redirect_uris": CALLBACK}

        as_person(acme.dora).post(at(acme, "edit/", of=app.consumer), form)

        after = fresh(acme, app.consumer)
        assert (after.name, after.skips_consent, after.legacy_without_pkce) == ("Renamed", True, True)

    def test_what_is_permanent_stays_whatever_is_sent(self, acme, as_person):
        app = make_app(acme.tenant)
        form = {
            "name": "Renamed",
            "token_format": "opaque",
            "redirect_uris": CALLBACK,
            "groups": [group.pk for group in groups_of(acme, app.consumer)],
            "client_type": "public",
            "grant_type": "client-credentials",
            "whose": "first",
            "is_first_party": "on",
            "skips_consent": "on",
            "client_id": "mine",
        }

        answer = as_person(acme.ana).post(at(acme, "edit/", of=app.consumer), form)

        after = fresh(acme, app.consumer)
        assert answer.status_code == 302
        assert (after.name, after.key, after.client_type) == ("Renamed", app.key, "confidential")
        assert (after.is_first_party, after.skips_consent, after.grant_type) == (False, False, "authorization_code")

    def test_the_default_and_optional_scopes_stay_within_the_groups(self, acme, as_person):
        app = make_app(acme.tenant, "assets:view")
        groups = [group.pk for group in groups_of(acme, app.consumer)]
        form = {"name": "Field book", "token_format": "opaque", "redirect_uris": CALLBACK, "groups": groups}
        browser = as_person(acme.ana)

        good = browser.post(at(acme, "edit/", of=app.consumer), {**form, "optional_scopes": ["assets:view"]})
        bad = browser.post(at(acme, "edit/", of=app.consumer), {**form, "optional_scopes": ["inventory:view"]})

        assert (good.status_code, bad.status_code) == (302, 422)
        assert fresh(acme, app.consumer).optional_scopes == ["assets:view"]

    @pytest.mark.parametrize(("who", "status"), [("otto", 403), ("ben", 403), ("dora", 404)])
    def test_others_change_nothing(self, acme, as_person, who, status):
        app = make_app(acme.tenant)

        answer = as_person(acme.people[who]).post(at(acme, "edit/", of=app.consumer), {"name": "Mine"})

        assert answer.status_code == status

    def test_another_companys_app_does_not_exist(self, acme, as_person):
        beta = make_beta()
        app = make_app(beta.tenant)

        for path in ("", "edit/", "logo/", "logo/remove/"):
            assert as_person(acme.ana).get(at(acme, path, of=app.consumer)).status_code == 404


class TestThePage:
    def test_it_says_what_the_app_is(self, acme, as_person):
        app = make_app(
            acme.tenant,
            public=True,
            redirect_uris=f"{CALLBACK}\nhttp://127.0.0.1:9000/cb",
            url="https://app.example/",
            allowed_origins="https://app.example",
            allows_device_flow=True,
        )

        html = as_person(acme.otto).get(at(acme, of=app.consumer)).content.decode()

        for present in (
            CALLBACK,
            "http://127.0.0.1:9000/cb",
            "https://app.example/",
            "Every person is asked",
            "Public",
        ):
            assert present in html
        for absent in ("Its authorization was revoked", "Add secret", "Get a token", "/edit/", "Works without PKCE"):
            assert absent not in html

    def test_an_app_without_pkce_comes_with_a_warning(self, acme, as_person):
        app = make_app(acme.tenant, legacy_without_pkce=True)

        assert "Works without PKCE" in as_person(acme.otto).get(at(acme, of=app.consumer)).content.decode()

    @pytest.mark.rfc("6749", "10.2", "AZ-28")
    def test_hostile_names_and_addresses_are_shown_harmlessly(self, acme, as_person):
        name = '"><script>alert(1)</script>'
        app = make_app(acme.tenant, name=name, description="<img src=x onerror=alert(1)>", redirect_uris=CALLBACK)

        html = as_person(acme.ana).get(at(acme, of=app.consumer)).content.decode()

        assert "<script>alert" not in html
        assert "<img src=x" not in html

    def test_an_app_of_people_is_active_before_anybody_allowed_it(self, acme, as_person):
        app = make_app(acme.tenant, "assets:view")
        may(acme.tenant, acme.ben, "assets:view")
        make_yes(app, acme.ben)

        assert "Active" in as_person(acme.ana).get(at(acme)).content.decode()


def groups_of(company, consumer):
    with tenant_scope(company.tenant):
        return list(consumer.groups.all())
