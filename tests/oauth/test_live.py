"""Point 7 of the issue: what is cut off or narrowed bites at the next use, for tokens issued long before."""

import pytest

from authorizations import granting
from consumers import registration
from permissions.models import PermissionGroup
from tenants.context import tenant_scope
from tenants.models import Tenant
from tests.cast import make_group, make_machine
from tests.wire import Wire


@pytest.fixture
def group(acme):
    return make_group(acme.tenant, "assets:view", "assets:edit", "work_orders:view")


@pytest.fixture(params=["opaque", "jwt"])
def narrowed(request, acme, group):
    return make_machine(acme.tenant, groups=[group], token_format=request.param)


def scope_of(wire, machine, token):
    return wire.introspect(machine, token).json().get("scope")


def set_modules(acme, *modules):
    with tenant_scope(acme.tenant):
        Tenant.objects.filter(pk=acme.tenant.pk).update(modules=[*modules, "authorizations"])


@pytest.mark.rfc("7662", "4", "CC-12")
@pytest.mark.rfc("7662", "4", "IN-22")
def test_a_smaller_group_narrows_tokens_already_issued(wire, acme, group, narrowed, resource_server):
    token = wire.issue(narrowed)
    with tenant_scope(acme.tenant):
        PermissionGroup.objects.filter(pk=group.pk).update(scopes=["assets:view", "inventory:view"])
    assert scope_of(wire, resource_server, token) == "assets:view"
    assert wire.token(narrowed).json()["scope"] == "assets:view inventory:view"
    with tenant_scope(acme.tenant):
        PermissionGroup.objects.filter(pk=group.pk).update(scopes=["inventory:view"])
    assert wire.introspect(resource_server, token).json() == {"active": False}


def test_a_consumer_taken_out_of_a_group_loses_it(wire, acme, narrowed, resource_server):
    token = wire.issue(narrowed)
    with tenant_scope(acme.tenant):
        registration.amend_consumer(narrowed.consumer, groups=[])
    assert wire.introspect(resource_server, token).json() == {"active": False}
    assert wire.token(narrowed).json()["error"] == "invalid_scope"


def test_a_module_switched_off_is_gone_from_every_token(wire, acme, narrowed, resource_server):
    token = wire.issue(narrowed)
    set_modules(acme, "work_orders")
    assert scope_of(wire, resource_server, token) == "work_orders:view"
    assert wire.token(narrowed).json()["scope"] == "work_orders:view"
    assert wire.token(narrowed, scope="assets:view").json()["error"] == "invalid_scope"
    set_modules(acme, "work_orders", "assets")
    assert scope_of(wire, resource_server, token) == "assets:edit assets:view work_orders:view"


@pytest.mark.rfc("7662", "4", "IN-14")
@pytest.mark.parametrize("end", [registration.suspend_consumer, registration.delete_consumer])
def test_the_tokens_of_a_suspended_or_deleted_consumer_are_dead(wire, acme, narrowed, resource_server, end):
    token = wire.issue(narrowed)
    with tenant_scope(acme.tenant):
        end(narrowed.consumer)
    assert wire.introspect(resource_server, token).json() == {"active": False}


@pytest.mark.rfc("7662", "4", "IN-14")
@pytest.mark.rfc("TN", "suspended", "TN-10")
def test_a_suspended_company_is_over_at_once(wire, acme, narrowed, resource_server, owner_connection):
    token = wire.issue(narrowed)
    owner_connection.execute("UPDATE tenants_tenant SET suspended_at = now() WHERE id = %s", [acme.tenant.pk])
    assert wire.introspect(resource_server, token).json() == {"active": False}
    assert wire.token(narrowed).status == 401
    assert wire.revoke(narrowed, token).status == 401


@pytest.mark.rfc("7009", "2.2", "TN-07")
def test_a_revoked_authorization_ends_its_tokens_for_good(wire, acme, narrowed, resource_server):
    token = wire.issue(narrowed)
    with tenant_scope(acme.tenant):
        granting.revoke(narrowed.consumer.authorizations.get())
    assert wire.introspect(resource_server, token).json() == {"active": False}
    with tenant_scope(acme.tenant):
        granting.authorize_again(narrowed.consumer)
    assert wire.introspect(resource_server, token).json() == {"active": False}
    assert wire.is_active(resource_server, wire.issue(narrowed))


def test_a_resource_server_that_was_cut_off_sees_nobody_elses_tokens(wire, acme, narrowed, resource_server):
    token = wire.issue(narrowed)
    with tenant_scope(acme.tenant):
        granting.revoke(resource_server.consumer.authorizations.get())
    assert wire.introspect(resource_server, token).json() == {"active": False}
    assert wire.is_active(narrowed, token)
    with tenant_scope(acme.tenant):
        granting.authorize_again(resource_server.consumer)
    assert wire.is_active(resource_server, token)


@pytest.mark.rfc("TN", "restart", "TN-13")
def test_nothing_is_kept_in_memory_between_two_requests(acme, narrowed, resource_server):
    from oauth.grants import client_credentials
    from oauth.store import way_in

    token = Wire(acme).issue(narrowed)
    way_in.lines.__init__()
    client_credentials._signing.clear()
    assert Wire(acme).is_active(resource_server, token)
