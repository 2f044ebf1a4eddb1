"""Companies by command line, and what a suspended one still answers."""

import io
from secrets import token_hex

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tenants import companies
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership, Tenant


def company(*words):
    output = io.StringIO()
    call_command("company", *words, stdout=output)
    return output.getvalue()


def slug():
    return f"c-{token_hex(5)}"


def lines_of(tenant):
    with tenant_scope(tenant):
        return [(line.verb, line.actor_name) for line in AuditEvent.objects.order_by("sequence")]


def test_a_new_company_has_its_modules_and_a_link_for_its_first_super_administrator():
    address = slug()
    said = company("create", address, "Harbour", "--super-admin", f"mia@{address}.test", "--super-admin-name", "Mia")
    tenant = Tenant.objects.get(slug=address)
    assert "work_orders" in tenant.modules
    with tenant_scope(tenant):
        assert sorted(tenant.signing_keys.values_list("algorithm", flat=True)) == ["ES256", "RS256"]
    assert lines_of(tenant) == [("company.created", "Command line"), ("member.invited", "Command line")]
    link = said.splitlines()[-1]
    mia = Client()
    path = "/t/" + link.partition("/t/")[2]
    assert mia.post(path, {"password": "seven green bicycles"}).status_code == 302
    with tenant_scope(tenant):
        assert Membership.objects.super_admins().get().user.full_name == "Mia"


@pytest.mark.parametrize(
    ("address", "email", "sentence"),
    [
        ("Not A Slug", "a@b.test", "Use small letters, digits and hyphens."),
        ("x-", "a@b.test", "Use small letters, digits and hyphens."),
        ("fine-enough", "nobody", "Enter a valid email address."),
    ],
)
def test_a_bad_company_is_refused_and_leaves_nothing(address, email, sentence):
    with pytest.raises(CommandError, match=sentence):
        company("create", address, "X", "--super-admin", email)
    assert not Tenant.objects.filter(slug=address).exists()


def test_an_address_is_taken_once(acme):
    with pytest.raises(CommandError, match="already exists"):
        company("create", acme.slug, "X", "--super-admin", "a@b.test")


@pytest.mark.rfc("8414", "2", "TN-02")
def test_a_rename_keeps_the_issuer(acme):
    issuer = acme.tenant.issuer
    assert company("rename", acme.slug, "Acme Works") == "Acme is now called Acme Works.\n"
    assert (Tenant.objects.get(slug=acme.slug).name, Tenant.objects.get(slug=acme.slug).issuer) == (
        "Acme Works",
        issuer,
    )


@pytest.mark.rfc("product", "TN", "TN-10")
def test_a_suspended_company_is_closed_and_opens_again(acme, as_person):
    ana = as_person(acme.ana)
    company("suspend", acme.slug)
    for path in ("/", "/settings/general/", "/settings/user-accounts/members/", "/theme.css", "/join/x/"):
        assert ana.get(f"{acme.path}{path}").status_code == 403, path
    assert "is suspended" in ana.get(f"{acme.path}/settings/general/").content.decode()
    assert f"{acme.path}/" not in ana.get("/companies/").content.decode()
    assert f"{acme.slug}\tAcme\tsuspended" in company("list")
    company("suspend", acme.slug)
    company("resume", acme.slug)
    assert ana.get(f"{acme.path}/settings/general/").status_code == 200
    assert [verb for verb, _ in lines_of(acme.tenant)] == ["company.suspended", "company.resumed"]


def test_an_unknown_company_is_said_so():
    for verb in (["suspend"], ["resume"], ["rename"], ["invite"]):
        with pytest.raises(CommandError, match="There is no company 'nowhere'"):
            company(*verb, "nowhere", *(["x@y.test"] if verb == ["invite"] else ["X"] if verb == ["rename"] else []))


def test_a_way_back_in_when_nobody_is_left(acme):
    said = company("invite", acme.slug, f"new@{acme.slug}.test", "--name", "New")
    assert f"/t/{acme.slug}/join/" in said


@pytest.mark.rfc("8414", "2", "TN-02")
def test_the_slug_cannot_be_amended(acme):
    with pytest.raises(TypeError, match="slug"):
        companies.amend_company(acme.tenant, slug="other")
