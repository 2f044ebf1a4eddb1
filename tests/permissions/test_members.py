"""What a member may do: groups given with an invitation or later, their lines in the log, and taking turns."""

import threading

import pytest
from django.db import connection

from authorizations import granting
from permissions import groups, members, switching
from permissions.models import MemberGroup
from tenants import members as memberships
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.cast import make_app, make_group, make_member, make_yes
from tests.permissions.pages import lines_of


def of(company, user):
    with tenant_scope(company.tenant):
        return Membership.objects.select_related("user").get(user=user)


def test_groups_are_given_and_taken_with_one_line_each(acme):
    readers = make_group(acme.tenant, "assets:view", name="Readers")
    crew = make_group(acme.tenant, "work_orders:edit", name="Crew")
    with tenant_scope(acme.tenant):
        members.set_member_groups(of(acme, acme.ben), [readers, crew], by=acme.ana)
        assert of(acme, acme.ben).ceiling == ["assets:view", "work_orders:edit"]
        members.set_member_groups(of(acme, acme.ben), [crew], by=acme.ana)
        members.set_member_groups(of(acme, acme.ben), [crew], by=acme.ana)
    assert of(acme, acme.ben).ceiling == ["work_orders:edit"]
    lines = [(line.object_name, line.actor_id, line.before, line.after) for line in lines_of(acme)]
    assert lines == [
        ("Ben", acme.ana.pk, {"groups": []}, {"groups": ["Crew", "Readers"]}),
        ("Ben", acme.ana.pk, {"groups": ["Crew", "Readers"]}, {"groups": ["Crew"]}),
    ]


def test_somebody_is_invited_with_what_they_will_be_able_to_do(acme):
    readers = make_group(acme.tenant, "assets:view", name="Readers")
    with tenant_scope(acme.tenant):
        invited = members.invite(
            email=f"nils@{acme.slug}.test", name="Nils", role="member", groups=[readers], by=acme.ana
        )
        assert members.groups_of(invited) == [readers]
    assert [line.verb for line in lines_of(acme)] == ["member.invited", "member.groups_changed"]


def test_nobody_changes_their_own_groups(acme):
    with tenant_scope(acme.tenant), pytest.raises(memberships.OwnMembership):
        members.set_member_groups(of(acme, acme.ana), [make_group(acme.tenant)], by=acme.ana)


@pytest.mark.rfc("product", "TN", "TN-04")
def test_a_group_that_is_gone_or_of_another_company_is_not_given(acme, beta):
    gone, theirs = make_group(acme.tenant), make_group(beta.tenant)
    with tenant_scope(acme.tenant):
        groups.delete_group(gone)
        for group in (gone, theirs):
            with pytest.raises(members.GroupGone):
                members.set_member_groups(of(acme, acme.ben), [group], by=acme.ana)
    assert of(acme, acme.ben).ceiling == []


def test_what_a_person_may_do_is_all_they_can_grant(acme):
    app = make_app(acme.tenant, "assets:view", "assets:edit")
    readers = make_group(acme.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        members.set_member_groups(of(acme, acme.ben), [readers], by=acme.ana)
        assert granting.grantable(app.consumer, of(acme, acme.ben), ["assets:view", "assets:edit"]) == {"assets:view"}
        assert granting.grantable(app.consumer, of(acme, acme.ana), ["assets:edit"]) == {"assets:edit"}


def test_deleting_a_group_takes_what_only_it_allowed_and_says_whom_it_was_taken_from(acme):
    readers = make_group(acme.tenant, "assets:view", name="Readers")
    app = make_app(acme.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        members.set_member_groups(of(acme, acme.ben), [readers], by=acme.ana)
    authorization = make_yes(app, acme.ben).authorization
    with tenant_scope(acme.tenant):
        assert authorization.effective_scopes == {"assets:view"}
        groups.delete_group(readers, by=acme.ana)
        authorization = type(authorization).objects.get(pk=authorization.pk)
        assert authorization.effective_scopes == frozenset()
    (line,) = lines_of(acme, "permission_group.deleted")
    assert line.before["members"] == ["Ben"]


CHANGES = {
    "role": lambda acme, crew: memberships.change_role(of(acme, acme.ben), "auditor"),
    "groups": lambda acme, crew: members.set_member_groups(of(acme, acme.ben), [crew]),
    "both": lambda acme, crew: members.amend(of(acme, acme.ben), role="auditor", groups=[]),
    "remove": lambda acme, crew: memberships.remove(of(acme, acme.ben)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("meanwhile", ["scopes", "modules", "delete"])
def test_changing_a_member_and_what_their_groups_allow_never_wait_in_a_circle(acme, change, meanwhile):
    held, crew = make_group(acme.tenant, "assets:view", "work_orders:view"), make_group(acme.tenant, "assets:edit")
    make_member(acme.tenant, "super_admin", "Sue")
    with tenant_scope(acme.tenant):
        MemberGroup.objects.create(membership=of(acme, acme.ben), group=held)
    begin, failures = threading.Barrier(2), []

    def alter():
        match meanwhile:
            case "scopes":
                groups.amend_group(held, scopes=["assets:view"])
            case "modules":
                switching.switch_modules(acme.tenant, on={*acme.tenant.modules} - {"work_orders"})
            case "delete":
                groups.delete_group(held)

    def attempt(work):
        try:
            begin.wait()
            with tenant_scope(acme.tenant):
                work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    both = [threading.Thread(target=attempt, args=(work,)) for work in (alter, lambda: CHANGES[change](acme, crew))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(20)
    assert failures == []
