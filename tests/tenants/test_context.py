"""Where we are: the scope, the managers that ask for it, the middleware that opens it, and what bounds it."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import get_script_prefix

from tenants.context import NoTenant, across_tenants, active_tenant, person_scope, platform_url, tenant_scope
from tenants.models import Domain, Membership
from tests.cast import make_tenant


def setting(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        return cursor.fetchone()[0]


def test_without_a_company_managers_raise_and_never_show_all_rows():
    with pytest.raises(NoTenant):
        Membership.objects.count()


def test_a_scope_ends_with_its_block_whatever_happens(acme):
    with pytest.raises(RuntimeError), tenant_scope(acme.tenant):
        assert (active_tenant(), setting("app.tenant")) == (acme.tenant, str(acme.tenant.pk))
        raise RuntimeError
    assert (active_tenant(), setting("app.tenant")) == (None, "")


def test_scopes_nest_and_give_back_what_was(acme, beta):
    with tenant_scope(acme.tenant):
        with tenant_scope(beta.tenant):
            assert Membership.objects.count() == 1
        assert Membership.objects.count() == 4
        assert setting("app.tenant") == str(acme.tenant.pk)


def test_lifting_the_filter_lifts_no_fence(acme):
    with across_tenants():
        assert Membership.objects.count() == 0


def test_a_person_reads_their_memberships_everywhere_and_changes_none(acme, beta):
    with tenant_scope(beta.tenant):
        Membership.objects.create(user=acme.ben, role="member")
    with person_scope(acme.ben.pk):
        mine = Membership.everywhere.filter(user=acme.ben)
        assert {membership.tenant_id for membership in mine} == {acme.tenant.pk, beta.tenant.pk}
        assert mine.update(role="super_admin") == 0


def test_a_row_cannot_be_written_into_another_company(acme, beta):
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(), tenant_scope(acme.tenant):
        Membership.objects.create(tenant=beta.tenant, user=acme.ben, role="super_admin")


@pytest.mark.rfc("product", "TN", "TN-01")
def test_the_company_comes_from_the_path_or_the_host_and_from_nothing_else(acme, beta, settings, as_person):
    host = f"{acme.slug}.id.test"
    settings.ALLOWED_HOSTS = ["testserver", host]
    with tenant_scope(acme.tenant):
        Domain.objects.create(host=host)
    ana = as_person(acme.ana)
    assert ana.get("/settings/general/", HTTP_HOST=host).status_code == 200
    assert ana.get("/settings/general/", headers={"X-Tenant": acme.slug}).status_code == 404
    assert ana.get(f"{beta.path}/settings/general/", HTTP_HOST=host).status_code == 404
    assert Client().get("/settings/general/", HTTP_HOST="evil.test").status_code == 400


@pytest.mark.parametrize("path", ["/t/", "/t/nowhere/", "/t/UPPER/", "/t/a%00b/", "/t/../t/", f"/t/{'a' * 41}/"])
def test_an_unknown_company_is_not_there(path):
    assert Client().get(path).status_code == 404


def test_the_path_without_a_slash_works(acme, as_person):
    assert as_person(acme.ana).get(acme.path).status_code == 302


def test_nothing_of_a_request_is_left_behind(acme, as_person):
    as_person(acme.ana).get(f"{acme.path}/settings/general/")
    assert (active_tenant(), setting("app.tenant"), get_script_prefix()) == (None, "", "/")


def test_platform_addresses_are_the_same_from_inside_a_company(acme, as_person):
    answer = Client().get(f"{acme.path}/settings/general/")
    assert answer["Location"] == f"/accounts/login/?next=%2Ft%2F{acme.slug}%2Fsettings%2Fgeneral%2F"
    assert platform_url("account_login") == "/accounts/login/"


def test_a_company_cannot_be_deleted_by_the_application():
    tenant = make_tenant()
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenants_tenant WHERE id = %s", [tenant.pk])
