"""My account, language and dark mode."""

import pytest
from django.test import Client

from tests.cast import make_acme, make_user

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def person():
    return make_user(full_name="Ana Lima")


@pytest.fixture
def browser(person) -> Client:
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(person, BACKEND)
    return browser


def test_a_chosen_language_is_kept_on_the_person_and_in_the_browser(browser, person):
    response = browser.post("/accounts/language/", {"language": "pt-br", "next": "/help/"})
    assert (response.status_code, response["Location"]) == (302, "/help/")
    assert response.cookies["language"].value == "pt-br"
    person.refresh_from_db()
    assert person.language == "pt-br"
    page = browser.get("/help/")
    assert page["Content-Language"] == "pt-br"
    assert '<html lang="pt-br"' in page.content.decode()


def test_somebody_not_signed_in_chooses_a_language_too():
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.post("/accounts/language/", {"language": "es"})
    assert browser.get("/accounts/login/")["Content-Language"] == "es"


def test_the_language_the_browser_asks_for_is_the_first_answer():
    browser = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="pt-PT,pt;q=0.9,de;q=0.8")
    assert browser.get("/accounts/login/")["Content-Language"] == "pt-br"


@pytest.mark.parametrize("language", ["", "de", "../../etc", "x" * 500])
def test_an_unknown_language_changes_nothing(browser, person, language):
    response = browser.post("/accounts/language/", {"language": language})
    assert response.status_code == 302
    assert "language" not in response.cookies
    person.refresh_from_db()
    assert person.language == ""


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "help/", ""]
)
@pytest.mark.parametrize("path", ["/accounts/language/", "/accounts/theme/"])
def test_choosing_never_leads_to_another_site(browser, path, target):
    response = browser.post(path, {"language": "es", "theme": "dark", "next": target})
    assert response["Location"] == "/"


def test_choosing_is_a_post(browser):
    assert browser.get("/accounts/language/").status_code == 405
    assert browser.get("/accounts/theme/").status_code == 405


def test_a_choice_from_a_forged_form_is_refused(person):
    browser = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
    browser.force_login(person, BACKEND)
    response = browser.post("/accounts/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "This form is out of date" in response.content.decode()
    person.refresh_from_db()
    assert person.theme == "system"


def test_dark_mode_is_in_the_first_byte_of_the_page(browser, person):
    assert "data-theme" not in browser.get("/help/").content.decode()[:200]
    response = browser.post("/accounts/theme/", {"theme": "dark", "next": "/help/"})
    assert response.cookies["theme"].value == "dark"
    person.refresh_from_db()
    assert person.theme == "dark"
    assert '<html lang="en" data-theme="dark">' in browser.get("/help/").content.decode()


def test_a_theme_that_does_not_exist_in_the_cookie_is_ignored():
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.cookies["theme"] = '"><script>'
    assert "data-theme=" not in browser.get("/help/").content.decode()[:200]


def test_the_profile_is_saved_and_the_page_speaks_the_new_language(browser, person):
    response = browser.post(
        "/accounts/profile/", {"full_name": "Ana M. Lima", "language": "fr", "theme": "light"}, follow=True
    )
    assert response.redirect_chain == [("/accounts/profile/", 302)]
    person.refresh_from_db()
    assert (person.full_name, person.language, person.theme) == ("Ana M. Lima", "fr", "light")
    assert '<html lang="fr" data-theme="light">' in response.content.decode()


def test_a_blank_name_is_told_at_the_field_and_the_rest_is_kept(browser, person):
    response = browser.post("/accounts/profile/", {"full_name": " ", "language": "fr", "theme": "dark"})
    page = response.content.decode()
    assert response.status_code == 422
    assert '<ul class="errors" id="id_full_name_error"><li>Full name can&#x27;t be blank</li></ul>' in page
    assert '<option value="fr" selected>' in page
    person.refresh_from_db()
    assert (person.full_name, person.language, person.theme) == ("Ana Lima", "", "system")


def test_every_member_has_an_account_page_inside_the_company_with_its_side_panel():
    acme = make_acme()
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(acme.ben, BACKEND)
    response = browser.get(f"{acme.path}/settings/account/")
    assert response.status_code == 200
    assert [str(entry.label) for section in response.context["frame"].navigation for entry in section.entries] == [
        "Account"
    ]


def test_the_password_is_changed_with_the_old_one(browser, person):
    new = {"password1": "another horse battery staple", "password2": "another horse battery staple"}
    refused = browser.post("/accounts/password/change/", {"oldpassword": "wrong", **new})
    assert refused.status_code == 200
    assert "id_oldpassword_error" in refused.content.decode()
    browser.post("/accounts/password/change/", {"oldpassword": "correct horse battery staple", **new})
    person.refresh_from_db()
    assert person.check_password("another horse battery staple")
