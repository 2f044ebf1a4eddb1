"""The rules of memberships, asked of the functions themselves; two threads race for the last super administrator."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from consumers import entrusting
from permissions import object_access
from tenants import members
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.cast import make_machine, make_member

ADMIN, MEMBER = Membership.Role.SUPER_ADMIN, Membership.Role.MEMBER


def test_the_last_super_administrator_keeps_the_role(acme, member_of):
    ana = member_of(acme, acme.ana)
    with tenant_scope(acme.tenant):
        for deed in (
            lambda: members.change_role(ana, MEMBER),
            lambda: members.suspend(ana),
            lambda: members.remove(ana),
        ):
            with pytest.raises(members.LastSuperAdmin):
                deed()
    found = member_of(acme, acme.ana)
    assert (found.role, found.state) == (ADMIN, "active")


def test_a_suspended_or_invited_super_administrator_does_not_count(acme, member_of):
    second = make_member(acme.tenant, ADMIN, "Sue")
    with tenant_scope(acme.tenant):
        members.suspend(member_of(acme, second), by=acme.ana)
        members.invite(email=f"new@{acme.slug}.test", name="New", role=ADMIN, by=acme.ana)
        with pytest.raises(members.LastSuperAdmin):
            members.suspend(member_of(acme, acme.ana))


def test_an_account_that_is_closed_does_not_count(acme, member_of):
    second = make_member(acme.tenant, ADMIN, "Sue")
    User.objects.filter(pk=second.pk).update(is_active=False)
    with tenant_scope(acme.tenant), pytest.raises(members.LastSuperAdmin):
        members.change_role(member_of(acme, acme.ana), MEMBER)


@pytest.mark.parametrize(
    "deed",
    [
        lambda membership, by: members.change_role(membership, MEMBER, by=by),
        lambda membership, by: members.suspend(membership, by=by),
        lambda membership, by: members.remove(membership, by=by),
    ],
    ids=["change_role", "suspend", "remove"],
)
def test_nobody_changes_their_own_membership(acme, member_of, deed):
    make_member(acme.tenant, ADMIN, "Sue")
    with tenant_scope(acme.tenant), pytest.raises(members.OwnMembership):
        deed(member_of(acme, acme.ana), acme.ana)
    assert member_of(acme, acme.ana).role == ADMIN


@pytest.mark.parametrize("deed", [members.suspend, members.remove, lambda m, by: members.change_role(m, MEMBER, by=by)])
def test_two_super_administrators_who_oust_each_other_at_once_leave_one(acme, member_of, deed):
    sue = make_member(acme.tenant, ADMIN, "Sue")
    start, outcomes = threading.Barrier(2), []

    def oust(victim, by):
        try:
            with tenant_scope(acme.tenant):
                membership = Membership.objects.get(user=victim)
                start.wait(timeout=10)
                deed(membership, by=by)
            outcomes.append("done")
        except members.LastSuperAdmin:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=oust, args=pair) for pair in ((acme.ana, sue), (sue, acme.ana))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(outcomes) == ["done", "refused"]
    with tenant_scope(acme.tenant):
        assert Membership.objects.super_admins().count() == 1


def test_who_is_removed_loses_what_they_were_given_here(acme, member_of, lines):
    machine = make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        entrusting.give(machine.consumer, acme.dora)
        members.remove(member_of(acme, acme.dora), by=acme.ana)
        assert list(object_access.managers(machine.consumer)) == []
    assert member_of(acme, acme.dora) is None
    line = lines(acme, "member.removed")[-1]
    assert line.before == {"email": acme.dora.email, "role": "developer"}
    assert (line.actor_id, line.object_name) == (acme.ana.pk, "Dora")
    taken = lines(acme, "consumer.manager_removed")[-1]
    assert (taken.object_name, taken.before, taken.after) == (str(machine.consumer), {"manager": "Dora"}, {})
    assert taken.actor_id == acme.ana.pk


def test_who_is_suspended_keeps_what_they_were_given_and_gets_nowhere_with_it(acme, member_of, as_person):
    machine = make_machine(acme.tenant)
    browser, address = as_person(acme.dora), f"{acme.path}/settings/api-connections/oauth-consumers/"
    with tenant_scope(acme.tenant):
        entrusting.give(machine.consumer, acme.dora)
    assert browser.get(f"{address}{machine.consumer.pk}/").status_code == 200
    with tenant_scope(acme.tenant):
        members.suspend(member_of(acme, acme.dora), by=acme.ana)
    assert browser.get(f"{address}{machine.consumer.pk}/").status_code == 404
    assert browser.get(f"{address}{machine.consumer.pk}/secrets/new/").status_code == 404
    with tenant_scope(acme.tenant):
        members.resume(member_of(acme, acme.dora), by=acme.ana)
    assert browser.get(f"{address}{machine.consumer.pk}/").status_code == 200


def test_each_change_is_one_line_with_what_differs(acme, member_of, lines):
    with tenant_scope(acme.tenant):
        ben = member_of(acme, acme.ben)
        members.change_role(ben, "auditor", by=acme.ana)
        members.change_role(ben, "auditor", by=acme.ana)
        members.suspend(ben, by=acme.ana)
        members.suspend(ben, by=acme.ana)
        members.resume(ben, by=acme.ana)
        members.resume(ben, by=acme.ana)
    assert [(line.verb, line.before, line.after) for line in lines(acme)] == [
        ("member.role_changed", {"role": "member"}, {"role": "auditor"}),
        ("member.suspended", {}, {}),
        ("member.resumed", {}, {}),
    ]


class TestInvitations:
    def invite(self, company, email, **fields):
        with tenant_scope(company.tenant):
            membership = members.invite(email=email, name="Nils Berg", role=MEMBER, **fields)
            return membership, members.invitation_url(membership).rstrip("/").rpartition("/")[2]

    def test_the_answer_is_the_same_for_somebody_known_elsewhere(self, acme, beta, lines):
        known, _ = self.invite(acme, f"  {beta.eve.email.upper()} ", by=acme.ana)
        unknown, _ = self.invite(acme, f"nils@{acme.slug}.test", by=acme.ana)
        assert (known.name, known.state) == (unknown.name, unknown.state) == ("Nils Berg", "invited")
        assert known.user_id == beta.eve.pk
        shown = [(line.object_name, line.after["role"]) for line in lines(acme, "member.invited")]
        assert shown == [("Nils Berg", "member"), ("Nils Berg", "member")]

    def test_nobody_is_invited_twice(self, acme):
        with pytest.raises(members.AlreadyMember):
            self.invite(acme, acme.ben.email)

    def test_a_link_works_once(self, acme):
        _, token = self.invite(acme, f"nils@{acme.slug}.test")
        with tenant_scope(acme.tenant):
            members.join(members.invitation(token), password="seven green bicycles")
            with pytest.raises(members.InvitationGone):
                members.invitation(token)
        nils = User.objects.get(email=f"nils@{acme.slug}.test")
        assert nils.check_password("seven green bicycles")
        assert nils.full_name == "Nils Berg"

    def test_two_who_open_a_link_at_once_set_one_password(self, acme):
        _, token = self.invite(acme, f"nils@{acme.slug}.test")
        start, outcomes = threading.Barrier(2), []

        def join(password):
            try:
                with tenant_scope(acme.tenant):
                    membership = members.invitation(token)
                    start.wait(timeout=10)
                    members.join(membership, password=password)
                outcomes.append(password)
            except members.InvitationGone:
                outcomes.append("")
            finally:
                connection.close()

        threads = [threading.Thread(target=join, args=[f"password number {number}"]) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        assert "" in outcomes
        assert User.objects.get(email=f"nils@{acme.slug}.test").check_password(max(outcomes))

    def test_a_link_dies_with_time_with_its_successor_and_with_the_invitation(self, acme):
        membership, token = self.invite(acme, f"nils@{acme.slug}.test")
        with tenant_scope(acme.tenant):
            members.renew_invitation(membership)
            with pytest.raises(members.InvitationGone):
                members.invitation(token)
        membership, token = self.invite(acme, f"ole@{acme.slug}.test")
        with tenant_scope(acme.tenant):
            Membership.objects.filter(pk=membership.pk).update(
                invited_at=timezone.now() - members.INVITATION_TTL - timedelta(seconds=1)
            )
            with pytest.raises(members.InvitationGone):
                members.invitation(token)
        membership, token = self.invite(acme, f"pia@{acme.slug}.test")
        with tenant_scope(acme.tenant):
            members.remove(membership, by=acme.ana)
            with pytest.raises(members.InvitationGone):
                members.invitation(token)

    def test_a_link_of_one_company_is_nothing_in_another(self, acme, beta):
        _, token = self.invite(acme, f"nils@{acme.slug}.test")
        with tenant_scope(beta.tenant), pytest.raises(members.InvitationGone):
            members.invitation(token)

    def test_a_link_never_sets_the_password_of_somebody_who_has_one(self, acme, beta):
        membership, _ = self.invite(acme, beta.eve.email)
        with tenant_scope(acme.tenant), pytest.raises(members.InvitationGone):
            members.join(membership, password="seven green bicycles")
        assert not User.objects.get(pk=beta.eve.pk).check_password("seven green bicycles")
