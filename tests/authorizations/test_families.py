"""A person's yes, and the family of tokens that hangs on it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from authorizations import granting
from authorizations.models import Authorization, AuthorizationRequest
from consumers import registration
from permissions.models import PermissionGroup
from tenants.context import tenant_scope
from tenants.models import Membership, Tenant
from tests.cast import make_app, make_code, make_yes, may


def test_a_yes_gives_what_was_asked_the_consumer_may_get_and_the_person_may_do(acme):
    app = make_app(acme.tenant, "assets:view", "assets:edit", "work_orders:view")
    may(acme.tenant, acme.ben, "assets:view", "inventory:view")
    family = make_yes(app, acme.ben, "assets:view", "assets:edit", "openid")
    assert family.scopes == ["assets:view", "openid"]
    assert family.authorization.scopes == ["assets:view", "openid"]
    assert make_code(family).startswith("gate_ac_")


def test_a_second_yes_widens_the_one_authorization(acme):
    app = make_app(acme.tenant, "assets:view", "work_orders:view")
    first, second = make_yes(app, acme.ana, "assets:view"), make_yes(app, acme.ana, "work_orders:view")
    assert second.authorization_id == first.authorization_id
    assert second.scopes == ["work_orders:view"]
    assert second.authorization.scopes == ["assets:view", "work_orders:view"]


def test_a_request_is_decided_once(acme):
    app = make_app(acme.tenant)
    family = make_yes(app, acme.ana)
    with tenant_scope(acme.tenant):
        request = AuthorizationRequest.objects.get(family=family)
        with pytest.raises(granting.AlreadyDecided):
            granting.deny(request, user=acme.ana)


def test_who_may_do_nothing_of_it_can_grant_nothing(acme):
    with pytest.raises(granting.NothingToGrant):
        make_yes(make_app(acme.tenant), acme.ben)


def test_a_member_may_do_what_their_groups_allow_of_the_modules_that_are_on(acme):
    group = may(acme.tenant, acme.ben, "assets:view", "work_orders:view")

    def ceiling():
        with tenant_scope(acme.tenant):
            return Membership.objects.get(user=acme.ben).ceiling

    assert ceiling() == ["assets:view", "work_orders:view"]
    with tenant_scope(acme.tenant):
        Membership.objects.filter(user=acme.ben).update(ceiling=["assets:delete"])
        assert ceiling() == ["assets:view", "work_orders:view"]
        PermissionGroup.objects.filter(pk=group.pk).update(scopes=["assets:view", "inventory:view"])
        assert ceiling() == ["assets:view", "inventory:view"]
        Tenant.objects.filter(pk=acme.tenant.pk).update(modules=["inventory"])
        assert ceiling() == ["inventory:view"]
        group.member_ties.all().delete()
        assert ceiling() == []


def test_a_yes_and_a_revocation_at_once_leave_no_token_behind(acme):
    """Whichever comes first: what was revoked is dead, what was agreed after it lives under an authorization of its
    own."""
    app = make_app(acme.tenant, "assets:view")
    first = make_yes(app, acme.ana, "assets:view")
    start = Barrier(4)

    def yes():
        start.wait()
        return make_yes(app, acme.ana, "assets:view").authorization_id

    def no():
        start.wait()
        with tenant_scope(acme.tenant):
            return granting.revoke(first.authorization, by=acme.ana)

    def apart(do):
        try:
            return do()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(apart, [yes, no, yes, yes]))
    assert made[1] is True
    with tenant_scope(acme.tenant):
        rows = list(Authorization.objects.filter(consumer=app.consumer))
        assert sum(row.is_live for row in rows) <= 1
        assert {made[0], made[2], made[3]} <= {row.pk for row in rows}
        assert not next(row for row in rows if row.pk == first.authorization_id).is_live


def test_a_yes_to_a_consumer_that_is_being_deleted_is_none(acme):
    app = make_app(acme.tenant)
    with tenant_scope(acme.tenant):
        registration.delete_consumer(app.consumer, by=acme.ana)
    with pytest.raises(granting.ConsumerGone):
        make_yes(app, acme.ana)


def test_offline_access_is_nothing_for_a_consumer_without_refresh_tokens(acme):
    app = make_app(acme.tenant, issues_refresh_tokens=False)
    family = make_yes(app, acme.ana, "openid", "offline_access")
    assert (family.scopes, family.refreshable_until) == (["openid"], None)


def test_profile_alone_is_nothing_to_say_yes_to(acme):
    with pytest.raises(granting.NothingToGrant):
        make_yes(make_app(acme.tenant), acme.ana, "profile", "email", "offline_access")
