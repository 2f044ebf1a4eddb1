"""The side panel: what works, and what the person may open."""

import pytest
from django.test import Client

from tests.cast import make_acme

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
EVERYTHING = ["General", "Members", "Permissions", "Modules", "API connections", "Transactions log", "Account"]


def panel(person, path):
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(person, BACKEND)
    response = browser.get(path)
    assert response.status_code == 200
    return browser, [entry for section in response.context["frame"].navigation for entry in section.entries]


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("ana", EVERYTHING),
        ("otto", EVERYTHING),
        ("dora", ["API connections", "Account"]),
        ("ben", ["Account"]),
    ],
)
def test_each_role_sees_what_it_may_open_and_every_entry_opens(name, entries):
    acme = make_acme()
    browser, found = panel(getattr(acme, name), f"{acme.path}/settings/account/")
    assert [str(entry.label) for entry in found] == entries
    for entry in found:
        assert browser.get(entry.url, follow=True).status_code == 200, entry.url


def test_the_entry_of_the_page_is_marked():
    acme = make_acme()
    _, found = panel(acme.ana, f"{acme.path}/settings/account/")
    assert [str(entry.label) for entry in found if entry.current] == ["Account"]


def test_the_user_menu_holds_exactly_what_was_promised_and_leaves_the_company_for_platform_pages():
    acme = make_acme()
    browser, found = panel(acme.ana, f"{acme.path}/settings/account/")
    page = browser.get(f"{acme.path}/settings/account/").content.decode()
    menu = page[page.index('id="user-menu"') : page.index("</header>")]
    words = ["Settings", "What's new", "Language", "Dark mode", "Help and support", "Switch company", "Sign out"]
    places = [menu.index(word) for word in words]
    assert places == sorted(places)
    for path in (found[0].url, "/whats-new/", "/help/", "/companies/"):
        assert f'href="{path}"' in menu
    for path in ("/accounts/language/", "/accounts/theme/", "/accounts/logout/"):
        assert f'action="{path}"' in menu


def test_the_companys_colour_is_a_stylesheet_of_its_own():
    acme = make_acme()
    browser, _ = panel(acme.ana, f"{acme.path}/settings/account/")
    assert "theme.css" not in browser.get(f"{acme.path}/settings/account/").content.decode()
    from tenants.context import tenant_scope

    with tenant_scope(acme.tenant):
        acme.tenant.colour = "#7c3aed"
        acme.tenant.save()
    assert f'href="{acme.path}/theme.css?v=7c3aed"' in browser.get(f"{acme.path}/settings/account/").content.decode()
    response = browser.get(f"{acme.path}/theme.css")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response.content == b":root { --brand: #7c3aed; }\n"
