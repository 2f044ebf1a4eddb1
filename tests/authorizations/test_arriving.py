"""Signing in on the way to an app."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.utils import timezone

from authorizations import browser
from authorizations.models import AuthorizationRequest
from consumers.models import Consumer
from tenants.context import tenant_scope
from tests.authorizations.asked import ask
from tests.cast import PASSWORD, make_app

SIGN_IN = "/accounts/login/"


@pytest.fixture
def asked(acme):
    """Nobody is signed in yet."""
    asked = ask(acme, make_app(acme.tenant, name="Field Notes"), acme.ana, user=None, client=stranger())
    assert browser.COOKIE in asked.client.cookies
    return asked


def stranger(**environ):
    stranger.number = getattr(stranger, "number", 0) + 1
    return Client(REMOTE_ADDR=f"198.51.100.{stranger.number}", HTTP_HOST="127.0.0.1", **environ)


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post(SIGN_IN, {"login": email, "password": password, **extra})


def says(page):
    return "To continue to <bdi>Field Notes</bdi>, for <bdi>Acme</bdi>" in page


def of(answer):
    return answer["Content-Security-Policy"]


class TestTheSignInPage:
    @pytest.mark.parametrize("next_", ["goes_on_at", "path"])
    def test_says_what_it_is_for(self, asked, next_):
        answer = asked.client.get(SIGN_IN, {"next": getattr(asked, next_)})
        assert says(answer.content.decode())
        # A password is posted to us alone.
        assert "form-action 'self';" in f"{of(answer)};"

    def test_says_so_again_after_a_wrong_password(self, asked):
        answer = sign_in(asked.client, asked.person.email, "wrong", next=asked.goes_on_at)
        assert answer.status_code == 200
        assert says(answer.content.decode())

    def test_has_the_colour_of_the_company(self, asked):
        with tenant_scope(asked.company.tenant):
            type(asked.company.tenant).objects.filter(pk=asked.company.tenant.pk).update(colour="#aa3300")
        page = asked.client.get(SIGN_IN, {"next": asked.goes_on_at}).content.decode()
        assert f'href="{asked.company.path}/theme.css?v=aa3300"' in page

    def test_says_nothing_to_another_browser(self, asked):
        for client in (stranger(), ask(asked.company, make_app(asked.company.tenant), asked.person).client):
            assert not says(client.get(SIGN_IN, {"next": asked.goes_on_at}).content.decode())

    @pytest.mark.parametrize(
        "next_",
        [
            "{company}/consent/x/",
            "{company}/oauth/authorize/x",
            "{company}/settings/general/",
            "/t/nobody/consent/x/",
            "https://evil.example{path}",
            "//evil.example{path}",
            "{path}x",
            "/\x00",
            "",
            "/" * 9000,
        ],
    )
    def test_says_nothing_for_any_other_goal(self, asked, next_):
        answer = asked.client.get(SIGN_IN, {"next": next_.format(company=asked.company.path, path=asked.path)})
        assert answer.status_code == 200
        assert not says(answer.content.decode())

    @pytest.mark.parametrize(
        ("model", "changes"),
        [
            (AuthorizationRequest, {"expires_at": timezone.now()}),
            (AuthorizationRequest, {"decided_at": timezone.now()}),
            (Consumer, {"suspended_at": timezone.now()}),
        ],
    )
    def test_says_nothing_for_a_request_that_is_over(self, asked, model, changes):
        with tenant_scope(asked.company.tenant):
            model.objects.update(**changes)
        assert not says(asked.client.get(SIGN_IN, {"next": asked.goes_on_at}).content.decode())

    def test_shows_the_app_harmlessly(self, acme):
        app = make_app(acme.tenant, name="\u202e<script>alert(1)</script>")
        asked = ask(acme, app, acme.ana, user=None, client=stranger())
        page = asked.client.get(SIGN_IN, {"next": asked.path}).content.decode()
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert "&lt;script&gt;alert(1)" in page

    @pytest.mark.rfc("9700", "4.16", "AZ-21")
    @pytest.mark.rfc("9700", "4.2.4", "AZ-22")
    def test_is_never_framed_kept_or_told_of(self, asked):
        answer = asked.client.get(SIGN_IN, {"next": asked.goes_on_at})
        assert "frame-ancestors 'none'" in of(answer)
        assert (answer["X-Frame-Options"], answer["Referrer-Policy"]) == ("DENY", "same-origin")
        assert "no-store" in answer["Cache-Control"]


class TestSigningIn:
    def test_leads_on_to_the_request(self, asked):
        answer = sign_in(asked.client, asked.person.email, next=asked.goes_on_at)
        assert (answer.status_code, answer["Location"]) == (302, asked.goes_on_at)

    def test_says_the_same_for_known_and_unknown_people(self, asked):
        known = sign_in(asked.client, asked.person.email, "wrong", next=asked.goes_on_at)
        unknown = sign_in(asked.client, "nobody@example.test", "wrong", next=asked.goes_on_at)
        assert known.status_code == unknown.status_code == 200
        assert known.context["form"].errors == unknown.context["form"].errors
        assert known.headers.keys() == unknown.headers.keys()
        assert without_secrets(known, asked.person.email) == without_secrets(unknown, "nobody@example.test")

    @pytest.mark.rfc("product", "AZ", "AZ-33")
    def test_changes_the_session(self, asked):
        asked.client.get(SIGN_IN)
        session = asked.client.session
        session["planted"] = True
        session.save()
        before = session.session_key
        asked.client.cookies["session"] = before
        sign_in(asked.client, asked.person.email, next=asked.goes_on_at)
        assert asked.client.session.session_key != before

    @pytest.mark.rfc("9700", "4.11", "AZ-29")
    @pytest.mark.parametrize(
        "next_",
        [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "https:evil.example",
            "/%5cevil.example\r\nSet-Cookie: a=b",
            "http://127.0.0.1@evil.example/",
            "\x01//evil.example",
            "{path}@evil.example",
        ],
    )
    def test_never_leads_to_another_site(self, asked, next_):
        answer = sign_in(asked.client, asked.person.email, next=next_.format(path=asked.path))
        assert answer.status_code == 302
        location = answer["Location"]
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
        assert "Set-Cookie" not in answer.headers

    def test_with_a_second_factor_says_it_there_too(self, asked):
        TOTP.activate(asked.person, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(asked.person)
        answer = sign_in(asked.client, asked.person.email, next=asked.goes_on_at)
        assert answer["Location"] == "/accounts/2fa/authenticate/"
        second = asked.client.get(answer["Location"])
        assert says(second.content.decode())

    def test_again_says_what_it_is_for(self, asked):
        sign_in(asked.client, asked.person.email)
        answer = asked.client.get("/accounts/reauthenticate/", {"next": asked.goes_on_at})
        assert says(answer.content.decode())


def without_secrets(answer, email):
    token = answer.context["csrf_token"]
    return answer.content.decode().replace(str(token), "").replace(email, "")
