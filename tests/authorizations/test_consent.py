"""The consent page: what it says, who may answer, and what an answer does."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote_plus

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.signing_in import SignIn
from authorizations import browser, consent, granting
from authorizations.models import Authorization, AuthorizationRequest, DeviceCode, TokenFamily
from consumers import logos
from consumers.models import Consumer
from tenants import members
from tenants.context import tenant_scope
from tenants.models import Membership, Tenant
from tests.authorizations.asked import ask, ask_for_a_device
from tests.cast import make_app, make_beta, make_machine, make_yes, may
from tests.consumers.pages import signed_in

SCOPES = ("assets:view", "assets:edit", "work_orders:view")
EVIL = "\u202egnp.<script>alert(1)</script>"


@pytest.fixture
def app(acme):
    return make_app(
        acme.tenant,
        *SCOPES,
        name="Field Notes",
        url="https://notes.example/",
        privacy_policy_url="https://notes.example/privacy",
        eula_url="https://notes.example/terms",
    )


def change(app, **fields):
    with tenant_scope(app.consumer.tenant):
        Consumer.objects.filter(pk=app.consumer.pk).update(**fields)


class TestThePage:
    @pytest.mark.rfc("6749", "10.2", "AZ-28")
    def test_names_company_app_account_and_goal_and_says_what_the_app_may_do(self, acme, app):
        page = ask(acme, app, acme.ana, *SCOPES, "openid", "profile", "email", "offline_access").page()
        for text in (
            "Allow <bdi>Field Notes</bdi> to act for you at <bdi>Acme</bdi>?",
            "Third-party application",
            'href="https://notes.example/"',
            'href="https://notes.example/privacy"',
            'href="https://notes.example/terms"',
            "<bdi>Ana</bdi>",
            f"<bdi>{acme.ana.email}</bdi>",
            "See who you are",
            "See your name and language",
            "See your e-mail address",
            "Stay connected while you are away",
            "See assets",
            "Edit assets",
            "See work orders",
            '<p class="consent-host"><bdi>app.<wbr>example</bdi></p>',
            "It stays connected for 90 days at most, and is disconnected when it isn't used for 14 days.",
        ):
            assert text in page, text
        assert "This is your own computer" not in page

    def test_of_our_own_app_says_so(self, acme):
        page = ask(acme, make_app(acme.tenant, is_first_party=True), acme.ana).page()
        assert "Our own app" in page
        assert "Third-party application" not in page

    @pytest.mark.rfc("6749", "10.14", "AZ-27")
    def test_shows_what_apps_and_people_are_called_harmlessly(self, acme):
        app = make_app(acme.tenant, name=EVIL, url="https://evil.example/")
        type(acme.ana).objects.filter(pk=acme.ana.pk).update(full_name=EVIL)
        with tenant_scope(acme.tenant):
            Tenant.objects.filter(pk=acme.tenant.pk).update(name="<b>Acme</b>")
        page = ask(acme, app, acme.ana, state="<script>alert(2)</script>", nonce="<script>alert(3)</script>").page()
        assert "<script>alert" not in page
        assert "<b>Acme" not in page
        assert "<bdi>&lt;b&gt;Acme&lt;/b&gt;</bdi>?" in page
        assert "\u202e" not in page
        assert "\ufffdgnp.&lt;script&gt;" in page

    def test_links_only_to_web_pages(self, acme, app):
        change(app, url="javascript:alert(1)", privacy_policy_url="http://notes.example/", eula_url="data:text/html,x")
        page = ask(acme, app, acme.ana).page()
        assert not any(text in page for text in ("javascript:", "http://notes", "data:text", 'target="_blank"'))

    @pytest.mark.parametrize(
        ("uri", "public", "host", "warning"),
        [
            ("http://127.0.0.1:49152/callback", True, "127.0.0.1", "This is your own computer."),
            ("http://[::1]/callback", True, "[::1]", "This is your own computer."),
            ("com.example.app:/callback", True, "com.example.app", "This is an app on your device."),
            ("https://app.example:8443/callback", False, "app.example:8443", ""),
            ("https://accounts.acme.example.evil.example/cb", False, "accounts.acme.example.evil.example", ""),
        ],
    )
    @pytest.mark.rfc("product", "MCP", "MCP-12")
    def test_shows_where_the_answer_goes_and_warns(self, acme, uri, public, host, warning):
        app = make_app(acme.tenant, public=public, redirect_uris=uri)
        page = ask(acme, app, acme.ana, redirect_uri=uri).page()
        assert f'<p class="consent-host"><bdi>{host}</bdi></p>' in page.replace("<wbr>", "")
        warnings = {"This is your own computer.", "This is an app on your device."}
        assert {text for text in warnings if text in page} == ({warning} if warning else set())

    def test_shows_the_logo_that_we_drew(self, acme, app):
        with tenant_scope(acme.tenant):
            logos.keep(app.consumer, b"drawn")
        page = ask(acme, app, acme.ana).page()
        assert f'src="{acme.path}/logos/{app.consumer.pk}.png?v=' in page

    def test_names_the_apis_that_would_be_reached(self, acme, app):
        make_machine(acme.tenant, name="Stock", resource="https://stock.example/api")
        page = ask(acme, app, acme.ana, resources=["https://stock.example/api"]).page()
        assert "<bdi>Stock</bdi> <code>https://stock.example/api</code>" in page

    def test_marks_only_what_is_new(self, acme, app):
        make_yes(app, acme.ana, "assets:view", "openid")
        asked = ask(acme, app, acme.ana, "assets:view", "work_orders:view", "openid")
        question = asked.get().context["question"]
        new = [line.scope for part in question.parts for line in part.lines]
        old = [line.scope for part in question.already_parts for line in part.lines]
        assert (new, old) == (["work_orders:view"], ["openid", "assets:view"])
        assert "New: it would also be able to" in asked.page()

    def test_says_nothing_of_new_the_first_time(self, acme, app):
        assert ">New<" not in ask(acme, app, acme.ana).page()

    @pytest.mark.rfc("9700", "4.16", "AZ-21")
    @pytest.mark.rfc("9700", "4.2.4", "AZ-22")
    @pytest.mark.rfc("product", "AZ", "AZ-23")
    def test_is_never_kept_framed_or_told_of(self, acme, app):
        answer = ask(acme, app, acme.ana).get()
        assert "no-store" in answer["Cache-Control"]
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        # "no-referrer" would make browsers hide their origin from our own form's check.
        assert answer["Referrer-Policy"] == "same-origin"

    @pytest.mark.rfc("CSP3", "form-action", "AZ-24")
    @pytest.mark.parametrize(
        ("uri", "public", "target"),
        [
            ("https://app.example/callback", False, "https://app.example"),
            ("com.example.app:/callback", True, "com.example.app:"),
            ("http://127.0.0.1:9500/callback", True, "http://127.0.0.1:9500"),
        ],
    )
    def test_lets_its_form_end_at_the_app(self, acme, uri, public, target):
        app = make_app(acme.tenant, public=public, redirect_uris=uri)
        policy = ask(acme, app, acme.ana, redirect_uri=uri).get()["Content-Security-Policy"]
        assert f"form-action 'self' {target};" in f"{policy};"

    def test_prefers_neither_answer(self, acme, app):
        page = ask(acme, app, acme.ana).page()
        buttons = [line.strip() for line in page.splitlines() if "formaction=" in line]
        assert [line.partition(" formaction")[0] for line in buttons] == ['<button class="button large"'] * 2
        assert "autofocus" not in page


class TestWhoMayAnswer:
    def test_nobody_without_signing_in(self, acme, app):
        asked = ask(acme, app, acme.ana)
        secret = asked.client.cookies[browser.COOKIE].value
        asked.client = Client()
        asked.client.cookies[browser.COOKIE] = secret
        for answer in (asked.get(), asked.deny(), asked.client.post(f"{asked.path}allow/")):
            assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={quote_plus(asked.path)}")
        assert asked.again().decided_at is None

    @pytest.mark.rfc("product", "AZ", "AZ-36")
    def test_whoever_signed_out_in_another_tab_signs_in_again(self, acme, app):
        asked = ask(acme, app, acme.ana)
        seen = asked.get().context["form"]["seen"].value()
        asked.client.post("/accounts/logout/")
        answer = asked.client.post(f"{asked.path}allow/", {"seen": seen, "lasts": "app"})
        assert answer["Location"].startswith("/accounts/login/?next=")
        assert asked.authorization() is None

    def test_somebody_else_in_the_same_browser_is_asked_anew(self, acme, app):
        asked = ask(acme, app, acme.ana)
        secret = asked.client.cookies[browser.COOKIE].value
        asked.client = signed_in(acme.otto)
        asked.client.cookies[browser.COOKIE] = secret
        for answer in (asked.get(), asked.deny()):
            assert (answer.status_code, answer["Location"]) == (303, asked.goes_on_at)
        assert asked.again().decided_at is None

    def test_nobody_to_whom_it_was_not_shown_yet(self, acme, app):
        """They may have to prove who they are first (prompt=login, max_age)."""
        asked = ask(acme, app, acme.ana, user=None)
        assert asked.get()["Location"] == asked.goes_on_at

    def test_no_other_browser(self, acme, app):
        asked = ask(acme, app, acme.ana)
        asked.client = signed_in(acme.ana)
        answer = asked.get()
        assert answer.status_code == 404
        assert "This request is no longer open" in answer.content.decode()
        assert asked.deny().status_code == 404
        assert asked.again().decided_at is None

    @pytest.mark.rfc("product", "AZ", "AZ-38")
    def test_nobody_of_another_company(self, acme, app):
        beta = make_beta()
        asked = ask(acme, app, acme.ana, client=signed_in(beta.eve))
        assert asked.get().status_code == 404
        asked.path = asked.path.replace(acme.path, beta.path)
        answer = asked.get()
        assert answer.status_code == 404
        assert "This request is no longer open" in answer.content.decode()

    def test_no_member_who_was_suspended_meanwhile(self, acme, app):
        asked = ask(acme, app, acme.ben, "openid")
        with tenant_scope(acme.tenant):
            members.suspend(Membership.objects.get(user=acme.ben))
        assert asked.get().status_code == 404

    @pytest.mark.rfc("6749", "10.12", "AZ-25")
    def test_no_other_site(self, acme, app):
        asked = ask(acme, app, acme.ana)
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = asked.client.cookies
        for typed in ({}, {"csrfmiddlewaretoken": "x" * 64}):
            answer = strict.post(f"{asked.path}allow/", typed)
            assert answer.status_code == 403
            assert "This form is out of date" in answer.content.decode()
        assert asked.authorization() is None


class TestTheAnswer:
    @pytest.mark.rfc("9700", "4.12", "AZ-20")
    def test_yes_begins_a_family_and_goes_on(self, acme, app):
        asked = ask(acme, app, acme.ana, *SCOPES, "openid", nonce="n", resources=["https://stock.example"])
        answer = asked.allow()
        assert (answer.status_code, answer["Location"]) == (303, asked.goes_on_at)
        kept = asked.again()
        assert kept.user == acme.ana
        assert kept.family.scopes == sorted([*SCOPES, "openid"])
        assert (kept.family.nonce, kept.family.resources, kept.family.amr) == ("n", ["https://stock.example"], ["pwd"])
        assert asked.authorization().scopes == kept.family.scopes
        (line,) = asked.log()[-1:]
        assert (line.verb, line.actor, line.object_name) == ("authorization.granted", acme.ana, "Field Notes")

    @pytest.mark.rfc("6749", "4.1.2.1", "AZ-15")
    def test_no_begins_nothing_and_goes_on(self, acme, app):
        asked = ask(acme, app, acme.ana)
        answer = asked.deny()
        assert (answer.status_code, answer["Location"]) == (303, asked.goes_on_at)
        assert asked.again().is_denied
        assert asked.authorization() is None
        (line,) = asked.log()[-1:]
        assert (line.verb, line.actor, line.object_name) == ("authorization.denied", acme.ana, "Field Notes")

    @pytest.mark.rfc("6749", "10.14", "AZ-26")
    def test_nothing_else_of_the_page_is_believed(self, acme, app):
        asked = ask(acme, app, acme.ana, "assets:view")
        asked.allow(
            client_id="other",
            scope="assets:view assets:edit",
            scopes=["assets:edit"],
            ticked=["assets:edit", "work_orders:view", "x"],
            redirect_uri="https://evil.example/",
            code_challenge="x",
            state="other",
            user=acme.otto.pk,
        )
        kept = asked.again()
        assert kept.family.scopes == ["assets:view"]
        assert (kept.redirect_uri, kept.user, kept.state) == (asked.kept.redirect_uri, acme.ana, "")
        assert kept.code_challenge == asked.kept.code_challenge

    def test_what_was_unticked_is_not_given(self, acme, app):
        change(app, optional_scopes=["assets:edit", "work_orders:view"])
        asked = ask(acme, app, acme.ana, *SCOPES)
        page = asked.page()
        assert page.count('name="ticked"') == page.count(" checked>") == 2
        asked.allow(ticked=["work_orders:view"])
        assert asked.again().family.scopes == ["assets:view", "work_orders:view"]

    def test_what_is_required_can_not_be_unticked(self, acme, app):
        asked = ask(acme, app, acme.ana, *SCOPES)
        assert 'name="ticked"' not in asked.page()
        asked.allow(ticked=[])
        assert asked.again().family.scopes == sorted(SCOPES)

    def test_with_everything_unticked_there_is_no_yes(self, acme, app):
        change(app, optional_scopes=["assets:view", "email"])
        asked = ask(acme, app, acme.ana, "assets:view", "email", "profile")
        answer = asked.allow(ticked=["email"])
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Tick at least one permission, or press Deny." in page
        assert page.count(" checked>") == 1
        assert asked.again().decided_at is None

    def test_what_was_agreed_before_is_not_unticked_here(self, acme, app):
        change(app, optional_scopes=["assets:edit", "work_orders:view"])
        make_yes(app, acme.ana, "assets:edit")
        asked = ask(acme, app, acme.ana, *SCOPES)
        asked.allow(ticked=[])
        assert asked.again().family.scopes == ["assets:edit", "assets:view"]

    @pytest.mark.rfc("9700", "2.3", "AZ-44")
    def test_what_the_person_may_not_do_is_not_given_and_said(self, acme, app):
        may(acme.tenant, acme.ben, "assets:view")
        asked = ask(acme, app, acme.ben, *SCOPES)
        page = asked.page()
        assert "You don't have these permissions yourself, so the app does not get them." in page
        withheld = asked.get().context["question"].withheld_parts
        assert [line.scope for part in withheld for line in part.lines] == ["assets:edit", "work_orders:view"]
        asked.allow(ticked=SCOPES)
        assert asked.again().family.scopes == asked.authorization().scopes == ["assets:view"]

    @pytest.mark.rfc("9700", "2.3", "AZ-44")
    def test_who_may_do_nothing_of_it_can_only_go_back(self, acme, app):
        asked = ask(acme, app, acme.ben)
        answer = asked.get()
        page = answer.content.decode()
        assert "There is nothing you can allow <bdi>Field Notes</bdi> to do" in page
        assert "Return to <bdi>Field Notes</bdi>" in page
        assert "/allow/" not in page
        refused = asked.client.post(f"{asked.path}allow/", {"seen": answer.context["form"]["seen"].value()})
        assert refused.status_code == 422
        assert asked.deny()["Location"] == asked.goes_on_at
        assert asked.again().is_denied

    def test_offline_access_is_not_asked_for_an_app_that_gets_no_refresh_tokens(self, acme, app):
        change(app, issues_refresh_tokens=False)
        asked = ask(acme, app, acme.ana, "openid", "offline_access")
        page = asked.page()
        assert "Stay connected while you are away" not in page
        assert "Its access ends 1 hour after you allow it. Then it has to ask again." in page
        assert 'name="lasts"' not in page
        asked.allow()
        assert asked.again().family.scopes == ["openid"]


class TestForHowLong:
    def choices(self, asked):
        return [value for value, _ in asked.get().context["question"].ends]

    def test_as_long_as_the_app_may_if_nothing_else_is_chosen(self, acme, app):
        asked = ask(acme, app, acme.ana)
        assert self.choices(asked) == ["app", "1", "7", "30"]
        asked.allow()
        assert asked.authorization().expires_at is None

    def test_shorter_if_the_person_wants(self, acme, app):
        asked = ask(acme, app, acme.ana)
        asked.allow(lasts="7")
        left = asked.authorization().expires_at - timezone.now()
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
        assert asked.again().family.refreshable_until == asked.authorization().expires_at

    def test_only_shorter_than_the_app_may(self, acme, app):
        change(app, refresh_absolute_seconds=7 * 86_400)
        asked = ask(acme, app, acme.ana)
        assert self.choices(asked) == ["app", "1"]
        assert "It stays connected for 7 days at most." in asked.page()

    @pytest.mark.parametrize("lasts", ["365", "agreed", "-1", "", "x" * 5000, "²"])
    def test_nothing_that_was_not_offered(self, acme, app, lasts):
        asked = ask(acme, app, acme.ana)
        assert asked.allow(lasts=lasts).status_code == 422
        assert asked.authorization() is None

    def test_an_end_that_was_agreed_stays_unless_another_is_chosen(self, acme, app):
        until = timezone.now() + timedelta(days=3)
        make_yes(app, acme.ana, "assets:view", until=until)
        asked = ask(acme, app, acme.ana, *SCOPES)
        assert self.choices(asked) == ["agreed", "app", "1", "7", "30"]
        asked.allow()
        assert asked.authorization().expires_at == until
        assert [line.verb for line in asked.log()][-1] == "authorization.widened"
        later = ask(acme, app, acme.ana, *SCOPES)
        later.allow(lasts="app")
        assert later.authorization().expires_at is None
        (line,) = later.log()[-1:]
        assert (line.verb, line.before["until"], line.after["until"]) == (
            "authorization.amended",
            until.isoformat(),
            None,
        )

    def test_an_end_that_was_agreed_outlives_a_revocation_at_the_very_moment_of_the_yes(self, acme, app, monkeypatch):
        until = timezone.now() + timedelta(days=3)
        family = make_yes(app, acme.ana, "assets:view", until=until)
        asked = ask(acme, app, acme.ana, *SCOPES)
        grant = granting.grant

        def revoked_first(*args, **kwargs):
            granting.revoke(Authorization.objects.get(pk=family.authorization_id))
            return grant(*args, **kwargs)

        monkeypatch.setattr(granting, "grant", revoked_first)
        asked.allow(lasts="agreed")
        assert asked.authorization().pk != family.authorization_id
        assert asked.authorization().expires_at == until


class TestMeanwhile:
    @pytest.mark.parametrize(
        "changes",
        [
            {"optional_scopes": ["assets:edit"]},
            {"name": "Something else"},
            {"refresh_absolute_seconds": 86_400 * 200, "refresh_idle_seconds": 86_400},
        ],
    )
    def test_a_page_that_said_something_else_is_shown_again(self, acme, app, changes):
        with tenant_scope(acme.tenant):
            Tenant.objects.filter(pk=acme.tenant.pk).update(refresh_absolute_seconds=86_400 * 300)
        asked = ask(acme, app, acme.ana)
        seen = asked.get().context["form"]["seen"].value()
        change(app, **changes)
        answer = asked.client.post(f"{asked.path}allow/", {"seen": seen, "lasts": "app"})
        assert answer.status_code == 422
        assert "Something on this page has changed meanwhile." in answer.content.decode()
        assert asked.authorization() is None
        assert asked.allow().status_code == 303

    def test_what_the_person_may_do_since_is_not_given_unseen(self, acme, app):
        may(acme.tenant, acme.ben, "assets:view")
        asked = ask(acme, app, acme.ben, *SCOPES)
        seen = asked.get().context["form"]["seen"].value()
        may(acme.tenant, acme.ben, "assets:edit")
        assert asked.client.post(f"{asked.path}allow/", {"seen": seen, "lasts": "app"}).status_code == 422
        assert asked.authorization() is None

    def test_a_forged_mark_of_what_was_seen_only_shows_the_page_again(self, acme, app):
        asked = ask(acme, app, acme.ana)
        for seen in ("", "x", "é\x00", "x" * 10_000):
            assert asked.client.post(f"{asked.path}allow/", {"seen": seen, "lasts": "app"}).status_code == 422

    @pytest.mark.rfc("product", "AZ", "AZ-42")
    def test_after_an_answer_every_way_back_leads_on(self, acme, app):
        for verb in ("allow", "deny"):
            asked = ask(acme, app, acme.ana)
            asked.answer(verb)
            families = self.families(acme)
            for answer in (asked.get(), asked.deny(), asked.client.post(f"{asked.path}allow/", {})):
                assert (answer.status_code, answer["Location"]) == (303, asked.goes_on_at)
            assert asked.again().is_denied == (verb == "deny")
            assert self.families(acme) == families

    def families(self, company):
        with tenant_scope(company.tenant):
            return TokenFamily.objects.count()

    @pytest.mark.rfc("product", "AZ", "AZ-37")
    def test_two_presses_at_once_are_one(self, acme, app):
        asked = ask(acme, app, acme.ana)
        seen = asked.get().context["form"]["seen"].value()

        def press(verb):
            client = Client()
            client.cookies = asked.client.cookies
            try:
                return client.post(f"{asked.path}{verb}/", {"seen": seen, "lasts": "app"})
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(press, ["allow", "deny", "allow", "allow"] * 2))
        assert {(answer.status_code, answer["Location"]) for answer in answers} == {(303, asked.goes_on_at)}
        assert self.families(acme) == (0 if asked.again().is_denied else 1)

    @pytest.mark.rfc("product", "AZ", "AZ-37")
    @pytest.mark.parametrize("verb", ["allow", "deny"])
    @pytest.mark.parametrize("for_a_device", [False, True])
    def test_a_press_overtaken_by_another_follows_it(self, acme, monkeypatch, for_a_device, verb):
        """What the other one changed (an app agreed to, a device answered) isn't shown as if it had gone wrong."""
        app = make_app(acme.tenant, *SCOPES, allows_device_flow=for_a_device)
        asked = (ask_for_a_device if for_a_device else ask)(acme, app, acme.ana)
        typed = {"seen": asked.get().context["form"]["seen"].value(), "lasts": "app"}
        first, pressed = [], threading.Event()

        def press():
            try:
                first.append(asked.allow())
            finally:
                connections.close_all()
                pressed.set()

        class Overtaken(consent.Question):
            """The other press is answered after this one has found the request open."""

            def __init__(self, *args):
                if not first:
                    first.append(None)
                    threading.Thread(target=press).start()
                    pressed.wait(10)
                super().__init__(*args)

        monkeypatch.setattr(consent, "Question", Overtaken)
        second = asked.client.post(f"{asked.path}{verb}/", typed)
        assert (second.status_code, second["Location"]) == (303, first[1]["Location"])
        assert not asked.again().is_denied
        assert self.families(acme) == 1

    def test_an_address_that_is_posted_to_asks_again_when_it_is_read(self, acme, app):
        asked = ask(acme, app, acme.ana)
        for verb in ("allow", "deny"):
            assert asked.client.get(f"{asked.path}{verb}/")["Location"] == asked.path
        assert asked.again().decided_at is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"suspended_at": timezone.now()},
            {"deleted_at": timezone.now()},
            pytest.param(
                {"redirect_uris": "https://app.example/other"}, marks=pytest.mark.rfc("product", "RU", "RU-25")
            ),
        ],
    )
    def test_an_app_that_may_not_ask_any_more_is_not_answered(self, acme, app, changes):
        asked = ask(acme, app, acme.ana)
        seen = asked.get().context["form"]["seen"].value()
        change(app, **changes)
        assert asked.get().status_code == 404
        assert asked.client.post(f"{asked.path}allow/", {"seen": seen, "lasts": "app"}).status_code == 404
        assert asked.authorization() is None

    def test_a_request_that_is_too_old_is_not_answered(self, acme, app):
        asked = ask(acme, app, acme.ana)
        with tenant_scope(acme.tenant):
            AuthorizationRequest.objects.update(expires_at=timezone.now())
        assert asked.get().status_code == asked.deny().status_code == 404

    def test_what_nobody_has_words_for_is_not_asked(self, acme, app):
        asked = ask(acme, app, acme.ana, "assets:view", "unheard:of")
        asked.allow()
        assert asked.again().family.scopes == ["assets:view"]


class TestADevice:
    @pytest.fixture
    def app(self, acme):
        return make_app(acme.tenant, *SCOPES, public=True, name="Field CLI", allows_device_flow=True)

    @pytest.mark.rfc("8628", "5.4", "DV-13")
    def test_is_shown_with_where_it_is_and_a_warning(self, acme, app):
        page = ask_for_a_device(acme, app, acme.ana, address="203.0.113.7", agent="field-cli/1.0 <b>").page()
        for text in (
            "Field CLI",
            "203.0.113.7",
            "<bdi>field-cli/1.0 &lt;b&gt;</bdi>",
            "Did somebody send you this code?",
            "Nobody from support will ask you to.",
        ):
            assert text in page, text
        assert "Your answer goes to" not in page

    def device_of(self, asked):
        with tenant_scope(asked.company.tenant):
            return DeviceCode.objects.get(pk=asked.kept.device_code_id)

    def test_is_told_of_a_yes(self, acme, app):
        asked = ask_for_a_device(acme, app, acme.ana, "assets:view")
        answer = asked.allow()
        done = asked.goes_on_at.replace("/oauth/authorize/", "/device/done/")
        assert (answer.status_code, answer["Location"]) == (303, f"{done}/")
        device = self.device_of(asked)
        assert device.decided_at
        assert device.family_id == asked.again().family_id

    def test_is_told_of_a_no(self, acme, app):
        asked = ask_for_a_device(acme, app, acme.ana)
        assert asked.deny().status_code == 303
        device = self.device_of(asked)
        assert (device.decided_at is None, device.family_id) == (False, None)

    @pytest.mark.parametrize("changes", [{"expires": timezone.now()}, {"decided_at": timezone.now()}])
    def test_that_gave_up_or_was_answered_is_not_answered(self, acme, app, changes):
        asked = ask_for_a_device(acme, app, acme.ana)
        with tenant_scope(acme.tenant):
            DeviceCode.objects.filter(pk=asked.kept.device_code_id).update(**changes)
            membership = Membership.objects.select_related("user").get(user=acme.ana)
            with pytest.raises(granting.TooLate):
                granting.deny(asked.kept, user=membership.user)
        assert asked.get().status_code == asked.deny().status_code == 404

    def test_whose_app_may_not_ask_any_more_is_not_answered(self, acme, app):
        asked = ask_for_a_device(acme, app, acme.ana)
        change(app, allows_device_flow=False)
        assert asked.get().status_code == 404

    def test_is_answered_by_one_of_two_who_typed_its_code(self, acme, app):
        first = ask_for_a_device(acme, app, acme.ana)
        second = ask(
            acme, app, acme.otto, device_code=self.device_of(first), redirect_uri="", code_challenge="", user=None
        )
        first.deny()
        assert second.get().status_code == 404


class TestNotYou:
    def test_signs_out_and_comes_back_to_the_request(self, acme, app):
        asked = ask(acme, app, acme.ana)
        page = asked.page()
        assert f'action="{asked.goes_on_at}"' in page
        answer = asked.client.post(asked.goes_on_at, {"another": ""})
        assert answer["Location"] == asked.goes_on_at
        assert "_auth_user_id" not in asked.client.session
        assert asked.again().user is None

    def test_a_device_waits_too(self, acme):
        app = make_app(acme.tenant, *SCOPES, public=True, allows_device_flow=True)
        asked = ask_for_a_device(acme, app, acme.ana)
        page = asked.page()
        assert f'name="next" value="{asked.path}"' in page
        assert asked.client.post("/accounts/logout/", {"next": asked.path})["Location"] == asked.path


def test_a_yes_waits_for_whoever_suspends_the_person(acme, app):
    """What is granted is what they may do when it is granted."""
    with tenant_scope(acme.tenant):
        membership = Membership.objects.select_related("user").get(user=acme.ana)
        asked = ask(acme, app, acme.ana)
        Membership.objects.filter(pk=membership.pk).update(suspended_at=timezone.now())
        with pytest.raises(granting.NothingToGrant):
            granting.grant(asked.kept, membership=membership, scopes=SCOPES, sign_in=SignIn(timezone.now(), [], "", ""))
        assert not Authorization.objects.filter(user=acme.ana).exists()
