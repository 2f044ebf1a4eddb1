"""The pages outside any company."""

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from accounts import integration
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.cast import make_acme, make_beta, make_user

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def browser() -> Client:
    return Client(HTTP_HOST="127.0.0.1")


def join(company, person, role="auditor"):
    with tenant_scope(company.tenant):
        return Membership.objects.create(user=person, role=role)


def test_somebody_in_two_companies_chooses_and_sees_the_role_in_each(browser):
    acme, beta = make_acme(), make_beta()
    join(beta, acme.ana)
    browser.force_login(acme.ana, BACKEND)
    response = browser.get("/")
    assert response.status_code == 200
    assert [(str(each.tenant), each.role) for each in response.context["memberships"]] == [
        ("Acme", "super_admin"),
        ("Beta", "auditor"),
    ]
    assert f'href="{acme.path}/"' in response.content.decode()


def test_other_peoples_companies_are_never_listed(browser):
    acme, beta = make_acme(), make_beta()
    browser.force_login(beta.eve, BACKEND)
    page = browser.get("/companies/").content.decode()
    assert beta.path in page
    assert acme.path not in page


def test_a_suspended_company_or_membership_is_not_offered(browser):
    acme, beta = make_acme(), make_beta()
    membership = join(beta, acme.ana)
    browser.force_login(acme.ana, BACKEND)
    with tenant_scope(beta.tenant):
        membership.suspended_at = timezone.now()
        membership.save()
    assert beta.path not in browser.get("/companies/").content.decode()
    with tenant_scope(acme.tenant):
        acme.tenant.suspended_at = timezone.now()
        acme.tenant.save()
    assert "You don't belong to a company yet" in browser.get("/companies/").content.decode()


def test_a_name_made_of_markup_is_shown_as_text(browser):
    person = make_user(full_name="<script>alert(1)</script>")
    browser.force_login(person, BACKEND)
    page = browser.get("/companies/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_whats_new_shows_the_changelog(browser, settings):
    settings.CHANGELOG = "# Changelog\n\n## 1.2.0 — 2026-11-21\n\n### Added\n\n- A `token` <b>page</b>\n"
    page = browser.get("/whats-new/").content.decode()
    assert "1.2.0" in page
    assert "A <code>token</code> &lt;b&gt;page&lt;/b&gt;" in page


def test_help_gives_the_addresses_of_my_companies(browser):
    acme = make_acme()
    browser.force_login(acme.ana, BACKEND)
    page = browser.get("/help/").content.decode()
    for address in integration.addresses(acme.tenant.issuer):
        assert address["value"] in page


def test_help_and_general_leave_out_nothing_that_discovery_names(browser):
    acme = make_acme()
    browser.force_login(acme.ana, BACKEND)
    document = browser.get(f"{acme.path}/.well-known/openid-configuration").json()
    addresses = {value for name, value in document.items() if name.endswith("_endpoint") or name == "jwks_uri"}
    assert len(addresses) == 8
    for path in ("/help/", f"{acme.path}/settings/general/"):
        page = browser.get(path).content.decode()
        assert [address for address in addresses if address not in page] == []


@pytest.mark.parametrize("path", [path for _, path in integration.PATHS if path])
def test_an_address_that_help_gives_leads_somewhere(path):
    assert resolve(path, "config.tenant_urls")


def test_help_is_open_to_people_who_are_not_signed_in(browser):
    assert "/t/your-company/oauth/token" in browser.get("/help/").content.decode()


@pytest.mark.parametrize("path", ["/help/", "/whats-new/", "/accounts/login/", "/nothing/"])
def test_every_page_forbids_inline_scripts_and_styles(browser, path):
    policy = browser.get(path)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_page_that_does_not_exist_says_so_in_plain_words(browser):
    response = browser.get("/nothing/")
    assert response.status_code == 404
    assert "This page does not exist" in response.content.decode()
    assert response["X-Request-ID"] in response.content.decode()
