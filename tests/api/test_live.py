"""Permissions are alive: what changes in the panel bites at the very next call, for tokens issued before."""

import pytest

from consumers import registration
from permissions import groups
from tenants.context import tenant_scope
from tenants.models import Tenant
from tests.api.caller import Caller
from tests.cast import make_group, make_machine

FORMATS = pytest.mark.parametrize("token_format", ["opaque", "jwt"])
ROW = pytest.mark.rfc("Gatehouse", "Live permissions", "CC-12")


@pytest.fixture
def group(acme):
    return make_group(acme.tenant, "consumers:view", "authorizations:view")


@pytest.fixture
def caller(acme, group, token_format):
    caller = Caller(acme, make_machine(acme.tenant, groups=[group], token_format=token_format))
    assert caller.get("consumers").status_code == 200
    return caller


@ROW
@FORMATS
def test_shrinking_a_group_narrows_tokens_at_their_next_use(acme, group, caller):
    with tenant_scope(acme.tenant):
        groups.amend_group(group, scopes=["authorizations:view"])

    assert caller.get("consumers").status_code == 403
    assert caller.get("authorizations").status_code == 200


@ROW
@FORMATS
def test_widening_a_group_does_not_widen_tokens_issued_before(acme, group, caller):
    with tenant_scope(acme.tenant):
        groups.amend_group(group, scopes=[*group.scopes, "permission_groups:view"])

    assert caller.get("permission-groups").status_code == 403
    assert Caller(acme, caller.machine).get("permission-groups").status_code == 200


@ROW
@FORMATS
def test_deleting_the_group_ends_tokens(acme, group, caller):
    with tenant_scope(acme.tenant):
        groups.delete_group(group)

    assert caller.get("consumers").status_code == 401


@ROW
@FORMATS
def test_taking_the_group_away_ends_tokens(acme, caller):
    other = make_group(acme.tenant, "work_orders:view")
    with tenant_scope(acme.tenant):
        registration.amend_consumer(caller.machine.consumer, groups=[other])

    assert caller.get("consumers").status_code == 401


@ROW
@FORMATS
def test_switching_a_module_off_narrows_and_on_again_gives_back(acme, caller):
    modules = acme.tenant.modules
    with tenant_scope(acme.tenant):
        Tenant.objects.filter(pk=acme.tenant.pk).update(modules=[name for name in modules if name != "consumers"])

    assert caller.get("consumers").status_code == 403
    assert caller.get("authorizations").status_code == 200
    with tenant_scope(acme.tenant):
        Tenant.objects.filter(pk=acme.tenant.pk).update(modules=modules)
    assert caller.get("consumers").status_code == 200


@ROW
@FORMATS
def test_suspending_the_consumer_refuses_and_resuming_lets_in(acme, caller):
    with tenant_scope(acme.tenant):
        registration.suspend_consumer(caller.machine.consumer)
    assert caller.get("consumers").status_code == 401

    with tenant_scope(acme.tenant):
        registration.resume_consumer(caller.machine.consumer)
    assert caller.get("consumers").status_code == 200


@ROW
@FORMATS
def test_deleting_the_consumer_refuses(acme, caller):
    with tenant_scope(acme.tenant):
        registration.delete_consumer(caller.machine.consumer)

    assert caller.get("consumers").status_code == 401


@pytest.mark.rfc("Gatehouse", "Multi-tenant", "TN-10")
@FORMATS
def test_suspending_the_company_refuses(acme, caller):
    from django.utils import timezone

    with tenant_scope(acme.tenant):
        Tenant.objects.filter(pk=acme.tenant.pk).update(suspended_at=timezone.now())

    for path in ("consumers", "nowhere"):
        answer = caller.get(path)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
        assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    with tenant_scope(acme.tenant):
        Tenant.objects.filter(pk=acme.tenant.pk).update(suspended_at=None)


def test_a_company_that_does_not_exist_is_not_found_in_json(api):
    answer = api.get("/t/nobody-has-this/api/v1/consumers")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.rfc("7662", "4", "a revoked token is refused by our own API")
@FORMATS
def test_revoking_the_token_refuses_it(acme, caller):
    from urllib.parse import urlencode

    form = {"token": caller.token, "client_id": caller.machine.key, "client_secret": caller.machine.secret}
    answer = caller.http.post(
        f"{acme.path}/oauth/revoke", urlencode(form), content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 200
    assert caller.get("consumers").status_code == 401
