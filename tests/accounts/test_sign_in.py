"""Signing in, out, and what django-allauth would offer beyond what we do."""

from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts import errands
from accounts.models import User
from tests.cast import PASSWORD, make_acme, make_beta, make_user

SIGN_IN = "/accounts/login/"


@pytest.fixture
def stranger() -> Client:
    """Each with an address of its own, so that one test's failures don't count against the next."""
    stranger.number = getattr(stranger, "number", 0) + 1
    return Client(REMOTE_ADDR=f"198.51.100.{stranger.number}", HTTP_HOST="127.0.0.1")


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra):
    return client.post(SIGN_IN, {"login": email, "password": password, **extra})


def test_somebody_with_one_company_lands_in_it(stranger):
    acme = make_acme()
    response = sign_in(stranger, acme.ana.email)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert stranger.get("/")["Location"] == f"{acme.path}/"


def test_the_address_is_taken_in_any_case(stranger):
    person = make_user()
    assert sign_in(stranger, person.email.upper()).status_code == 302


def test_signing_in_brings_language_and_theme_along(stranger):
    person = make_user(language="fr", theme="dark")
    response = sign_in(stranger, person.email)
    assert response.cookies["language"].value == "fr"
    assert response.cookies["theme"].value == "dark"
    assert '<html lang="fr" data-theme="dark">' in stranger.get("/companies/").content.decode()


def test_one_comes_back_to_the_page_asked_for_but_never_to_another_site(stranger):
    person = make_user()
    assert sign_in(stranger, person.email, next="/help/")["Location"] == "/help/"
    other = Client(REMOTE_ADDR="198.51.100.250", HTTP_HOST="127.0.0.1")
    assert sign_in(other, person.email, next="https://evil.example/")["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(stranger):
    person = make_user()
    wrong = sign_in(stranger, person.email, "not the password")
    unknown = sign_in(stranger, "nobody@example.test", "not the password")
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert "_auth_user_id" not in stranger.session


def test_what_was_typed_is_kept_but_not_the_password(stranger):
    page = sign_in(stranger, "nobody@example.test", "not the password").content.decode()
    assert 'value="nobody@example.test"' in page
    assert "not the password" not in page


def test_after_five_failures_even_the_right_password_waits(stranger):
    person = make_user()
    for _ in range(5):
        sign_in(stranger, person.email, "not the password")
    response = sign_in(stranger, person.email)
    assert response.status_code == 200
    assert "Too many failed login attempts" in response.content.decode()


def test_signing_out_asks_first_and_ends_the_session(stranger):
    person = make_user()
    stranger.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    assert "Sign out?" in stranger.get("/accounts/logout/").content.decode()
    assert stranger.post("/accounts/logout/")["Location"] == SIGN_IN
    assert "_auth_user_id" not in stranger.session


def test_nobody_signs_up(stranger):
    page = stranger.get("/accounts/signup/")
    assert "By invitation only" in page.content.decode()
    stranger.post("/accounts/signup/", {"email": "new@example.test", "password1": PASSWORD})
    assert not User.objects.filter(email="new@example.test").exists()


def test_the_page_for_changing_ones_address_is_covered_up(stranger):
    stranger.force_login(make_user(), "allauth.account.auth_backends.AuthenticationBackend")
    assert stranger.get("/accounts/email/").status_code == 404
    assert stranger.post("/accounts/email/", {"action_add": "", "email": "new@example.test"}).status_code == 404


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(stranger):
    person = make_user()
    response = stranger.post("/accounts/password/reset/", {"email": person.email})
    assert response["Location"] == "/accounts/password/reset/done/"
    errands.run_due()
    message = next(message for message in mail.outbox if message.to == [person.email])
    link = next(line for line in message.body.splitlines() if line.startswith("http"))
    form = stranger.get(link, follow=True)
    assert "Choose a new password" in form.content.decode()
    new = {"password1": "another horse battery staple", "password2": "another horse battery staple"}
    stranger.post(form.redirect_chain[-1][0], new)
    person.refresh_from_db()
    assert person.check_password("another horse battery staple")
    assert "This link no longer works" in stranger.get(link, follow=True).content.decode()


def test_asking_for_a_new_password_says_the_same_for_known_and_unknown_addresses(stranger):
    known = stranger.post("/accounts/password/reset/", {"email": make_user().email})
    unknown = stranger.post("/accounts/password/reset/", {"email": "nobody@example.test"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_pages_that_need_somebody_ask_who_it_is(stranger):
    for path in ("/", "/companies/", "/accounts/profile/", "/accounts/password/change/", "/accounts/2fa/"):
        assert stranger.get(path)["Location"] == f"{SIGN_IN}?next={path}"


def test_a_stranger_to_a_company_does_not_see_that_it_has_an_account_page(stranger):
    acme, beta = make_acme(), make_beta()
    stranger.force_login(beta.eve, "allauth.account.auth_backends.AuthenticationBackend")
    assert stranger.get(f"{acme.path}/settings/account/").status_code == 404


def test_no_number_of_strangers_makes_the_lockout_forget(acme):
    """Django's cache throws entries away when it is full, and everybody who fails to sign in fills it."""
    cache.set(f"0-{acme.slug}", "still", 600)
    for number in range(1, 320):
        cache.set(f"{number}-{acme.slug}", 1, 600)
    assert cache.get(f"0-{acme.slug}") == "still"


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost/", "//evil.example/", "/\\evil.example", "x:y"])
def test_next_leads_to_our_own_paths_alone(stranger, url):
    person = make_user()
    answer = stranger.post(f"{SIGN_IN}?{urlencode({'next': url})}", {"login": person.email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
