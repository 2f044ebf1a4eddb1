"""The functions behind the page and the API: what a group may hold, what a change takes away, who was first."""

import threading

import pytest
from django.db import connection

from permissions import catalogue, groups, impact
from permissions.models import PermissionGroup
from tenants.context import tenant_scope
from tests.cast import make_group, make_machine
from tests.permissions.owner import as_owner, module
from tests.permissions.pages import fresh, groups_of, lines_of


def test_a_group_is_made_with_its_line_in_the_log(acme):
    with tenant_scope(acme.tenant):
        group = groups.create_group(
            name="Field crew",
            scopes=["work_orders:view", "assets:view", "assets:view"],
            description="Phones",
            by=acme.ana,
        )
    assert groups_of(acme) == [group]
    assert fresh(acme, group).scopes == ["assets:view", "work_orders:view"]
    (line,) = lines_of(acme)
    assert (line.verb, line.actor_id, line.object_id, line.before) == (
        "permission_group.created",
        acme.ana.pk,
        str(group.pk),
        {},
    )
    assert line.after == {
        "name": "Field crew",
        "description": "Phones",
        "is_read_only": False,
        "scopes": ["assets:view", "work_orders:view"],
    }


def test_amending_writes_only_what_differs(acme):
    group = make_group(acme.tenant, "assets:view", name="Readers")
    with tenant_scope(acme.tenant):
        groups.amend_group(group, scopes=["assets:view", "assets:edit"], name="Readers", by=acme.ana)
    (line,) = lines_of(acme)
    assert (line.verb, line.before, line.after) == (
        "permission_group.amended",
        {"scopes": ["assets:view"]},
        {"scopes": ["assets:edit", "assets:view"]},
    )


def test_amending_nothing_changes_nothing(acme):
    group = make_group(acme.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        groups.amend_group(group, name=group.name, scopes=group.scopes)
    assert lines_of(acme) == []
    assert fresh(acme, group).updated_at == group.updated_at


def test_only_fields_of_a_group_can_be_amended(acme):
    group = make_group(acme.tenant)
    with tenant_scope(acme.tenant), pytest.raises(TypeError, match="tenant_id"):
        groups.amend_group(group, tenant_id=1)


@pytest.mark.parametrize(
    ("scopes", "read_only", "says"),
    [
        (["nothing:view"], False, "There is no permission “nothing:view”."),
        (["assets:fly"], False, "There is no permission “assets:fly”."),
        (["members:delete"], False, "There is no permission “members:delete”."),
        ([""], False, "There is no permission “”."),
        (["third_parties:view"], False, "“third_parties:view” can't be granted: its module is off in this company."),
        (
            ["assets:view", "assets:edit"],
            True,
            "A read-only group may only view and generate reports, so “assets:edit” can't be part of it.",
        ),
    ],
)
def test_scopes_that_can_not_be_granted_are_refused_in_a_sentence(acme, scopes, read_only, says):
    group = make_group(acme.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        with pytest.raises(groups.ScopesRefused, match=rf"\A{says}\Z"):
            groups.create_group(name="Wrong", scopes=scopes, is_read_only=read_only)
        with pytest.raises(groups.ScopesRefused, match=rf"\A{says}\Z"):
            groups.amend_group(group, scopes=scopes, is_read_only=read_only)
    assert [row.scopes for row in groups_of(acme)] == [["assets:view"]]
    assert lines_of(acme) == []


def test_turning_a_group_read_only_needs_its_changes_gone(acme):
    group = make_group(acme.tenant, "assets:view", "assets:edit")
    with tenant_scope(acme.tenant):
        with pytest.raises(groups.ScopesRefused):
            groups.amend_group(group, is_read_only=True)
        groups.amend_group(group, is_read_only=True, scopes=["assets:view", "assets:report"])
    assert fresh(acme, group).is_read_only


def test_what_a_group_holds_of_a_module_that_is_off_may_stay_but_not_grow(acme):
    group = make_group(acme.tenant, "assets:view", "third_parties:view")
    with tenant_scope(acme.tenant):
        groups.amend_group(group, scopes=["assets:edit", "third_parties:view"])
        with pytest.raises(groups.ScopesRefused, match="third_parties:add"):
            groups.amend_group(group, scopes=["third_parties:view", "third_parties:add"])
    assert fresh(acme, group).scopes == ["assets:edit", "third_parties:view"]


def test_a_name_is_taken_once_per_company(acme, beta):
    group = make_group(acme.tenant, name="Readers")
    other = make_group(acme.tenant, name="Writers")
    make_group(beta.tenant, name="Readers")
    with tenant_scope(acme.tenant):
        with pytest.raises(groups.NameTaken):
            groups.create_group(name="Readers", scopes=["assets:view"])
        with pytest.raises(groups.NameTaken):
            groups.amend_group(other, name="Readers")
    assert [row.name for row in groups_of(acme)] == ["Readers", "Writers"]
    assert [row.pk for row in groups_of(acme)] == [group.pk, other.pk]
    assert lines_of(acme) == []


def test_the_second_of_two_editors_is_told(acme):
    group = make_group(acme.tenant, "assets:view", name="Readers")
    with tenant_scope(acme.tenant):
        groups.amend_group(group, seen=group.updated_at, name="Lookers")
        with pytest.raises(groups.ChangedMeanwhile) as told:
            groups.amend_group(group, seen=group.updated_at, name="Watchers")
    assert told.value.group.name == "Lookers"
    assert fresh(acme, group).name == "Lookers"


def test_two_editors_at_the_same_moment_take_turns(acme):
    group = make_group(acme.tenant, "assets:view", name="Readers")
    start, outcomes = threading.Barrier(2), []

    def edit(name):
        try:
            with tenant_scope(acme.tenant):
                start.wait()
                groups.amend_group(group, seen=group.updated_at, name=name)
            outcomes.append(name)
        except groups.ChangedMeanwhile:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=[name]) for name in ("Lookers", "Watchers")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=lambda outcome: outcome == "told") == [fresh(acme, group).name, "told"]
    assert len(lines_of(acme)) == 1


def test_deleting_takes_the_group_from_its_consumers(acme):
    group, kept = make_group(acme.tenant, name="Crew"), make_group(acme.tenant, "assets:view")
    machine = make_machine(acme.tenant, groups=[group, kept], name="Ledger sync")
    with tenant_scope(acme.tenant):
        groups.delete_group(group, by=acme.ana)
        assert list(machine.consumer.groups.all()) == [kept]
    (line,) = lines_of(acme, "permission_group.deleted")
    assert line.before == {
        "name": "Crew",
        "description": "",
        "is_read_only": False,
        "scopes": ["assets:view", "work_orders:view"],
        "consumers": ["Ledger sync"],
        "members": [],
    }


def test_the_impact_is_what_no_other_group_gives(acme):
    crew = make_group(acme.tenant, "assets:view", "assets:edit", "work_orders:view", "third_parties:view")
    readers = make_group(acme.tenant, "assets:view")
    ledger = make_machine(acme.tenant, groups=[crew, readers], name="Ledger sync").consumer
    scanner = make_machine(acme.tenant, groups=[crew], name="Scanner").consumer
    make_machine(acme.tenant, groups=[readers], name="Apart")
    with tenant_scope(acme.tenant):
        found = groups.impact(crew, ["work_orders:view", "inventory:view"])
    assert [(effect.holder, effect.lost, effect.gained, effect.left) for effect in found.effects] == [
        (ledger, {"assets:edit"}, {"inventory:view"}, {"assets:view", "work_orders:view", "inventory:view"}),
        (scanner, {"assets:view", "assets:edit"}, {"inventory:view"}, {"work_orders:view", "inventory:view"}),
    ]
    assert found.takes_away


def test_adding_takes_nothing_away(acme):
    crew = make_group(acme.tenant, "assets:view")
    make_machine(acme.tenant, groups=[crew])
    with tenant_scope(acme.tenant):
        found = groups.impact(crew, ["assets:view", "assets:edit"])
        same = groups.impact(crew, ["assets:view"])
    assert not found.takes_away
    assert [effect.gained for effect in found.effects] == [{"assets:edit"}]
    assert same.effects == []


def test_what_is_off_is_no_loss(acme):
    crew = make_group(acme.tenant, "assets:view", "third_parties:view")
    make_machine(acme.tenant, groups=[crew])
    with tenant_scope(acme.tenant):
        assert not groups.impact(crew, ["assets:view"]).takes_away


def test_a_deleted_consumer_loses_nothing(acme):
    from consumers import registration

    crew = make_group(acme.tenant, "assets:view")
    machine = make_machine(acme.tenant, groups=[crew])
    with tenant_scope(acme.tenant):
        registration.delete_consumer(machine.consumer)
        assert groups.impact(crew, []).effects == []


def test_the_fingerprint_tells_one_loss_from_another(acme):
    crew = make_group(acme.tenant, "assets:view", "assets:edit")
    make_machine(acme.tenant, groups=[crew])
    with tenant_scope(acme.tenant):
        less = groups.impact(crew, ["assets:view"])
        again = groups.impact(crew, ["assets:view"])
        nothing = groups.impact(crew, [])
        make_machine(acme.tenant, groups=[crew])
        more = groups.impact(crew, ["assets:view"])
    assert less.fingerprint == again.fingerprint
    assert len({less.fingerprint, nothing.fingerprint, more.fingerprint, impact.Impact().fingerprint}) == 4


def test_a_group_can_not_take_up_a_scope_that_is_just_leaving_the_catalogue(acme):
    """The operator retires a module while a group is being saved with it: one waits for the other."""
    with module() as slug:
        with tenant_scope(acme.tenant):
            acme.tenant.modules = [*acme.tenant.modules, slug]
            acme.tenant.save(update_fields=["modules"])
        retired = threading.Event()

        def retire():
            with as_owner():
                catalogue.retire_module(slug)
            retired.set()

        with tenant_scope(acme.tenant):
            group = groups.create_group(name="Pilots", scopes=["assets:view", f"{slug}:view"])
            thread = threading.Thread(target=retire)
            thread.start()
            assert not retired.wait(0.3)
        thread.join()
        assert fresh(acme, group).scopes == ["assets:view"]


def test_another_company_is_out_of_reach(acme, beta):
    theirs = make_group(beta.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        for act in (groups.delete_group, groups.amend_group):
            with pytest.raises(PermissionGroup.DoesNotExist):
                act(theirs)
    assert fresh(beta, theirs).scopes == ["assets:view"]
