"""What a consumer may get now: kept by the database, whoever changes a group, a tie or the modules, and however."""

from __future__ import annotations

import threading

import pytest
from django.db import ProgrammingError, connection, transaction

from consumers import registration
from consumers.models import Consumer, ConsumerGroup
from permissions.models import PermissionGroup
from tenants.context import tenant_scope
from tests.cast import make_group, make_machine


def ceiling(company, machine) -> list[str]:
    with tenant_scope(company.tenant):
        return Consumer.objects.get(pk=machine.consumer.pk).ceiling


def test_it_is_the_union_over_the_groups_within_the_modules(acme):
    groups = [make_group(acme.tenant, "work_orders:view", "assets:view"), make_group(acme.tenant, "assets:view", "x:y")]
    machine = make_machine(acme.tenant, groups=groups)
    assert ceiling(acme, machine) == ["assets:view", "work_orders:view"]


def test_it_follows_a_group_a_tie_and_a_module(acme):
    first, second = make_group(acme.tenant, "assets:view"), make_group(acme.tenant, "inventory:view")
    machine = make_machine(acme.tenant, groups=[first])
    with tenant_scope(acme.tenant):
        PermissionGroup.objects.filter(pk=first.pk).update(scopes=["assets:edit", "assets:view"])
    assert ceiling(acme, machine) == ["assets:edit", "assets:view"]
    with tenant_scope(acme.tenant):
        registration.set_groups(machine.consumer, [first, second])
    assert ceiling(acme, machine) == ["assets:edit", "assets:view", "inventory:view"]
    with tenant_scope(acme.tenant):
        acme.tenant.modules = ["inventory"]
        acme.tenant.save(update_fields=["modules"])
    assert ceiling(acme, machine) == ["inventory:view"]
    with tenant_scope(acme.tenant):
        second.delete()
    assert ceiling(acme, machine) == []


def test_what_is_saved_into_it_is_ignored(acme):
    machine = make_machine(acme.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        Consumer.objects.filter(pk=machine.consumer.pk).update(ceiling=["consumers:delete"])
        stale = Consumer.objects.get(pk=machine.consumer.pk)
        stale.ceiling = ["consumers:delete"]
        stale.save()
        fresh = Consumer.objects.create(
            name="Forged", authorization_grant_type="client-credentials", ceiling=["consumers:delete"]
        )
        assert Consumer.objects.get(pk=fresh.pk).ceiling == []
    assert ceiling(acme, machine) == ["assets:view"]


def test_a_tie_is_never_moved(acme):
    machine = make_machine(acme.tenant, "assets:view")
    other = make_group(acme.tenant, "assets:delete")
    with pytest.raises(ProgrammingError), tenant_scope(acme.tenant):
        ConsumerGroup.objects.filter(consumer=machine.consumer).update(group=other)


def test_other_companies_are_left_alone(acme, beta):
    mine, theirs = make_machine(acme.tenant, "assets:view"), make_machine(beta.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        PermissionGroup.objects.update(scopes=["assets:add"])
    assert (ceiling(acme, mine), ceiling(beta, theirs)) == (["assets:add"], ["assets:view"])


@pytest.mark.parametrize("first", ["tie", "group"])
def test_tying_to_a_group_that_shrinks_meanwhile_leaves_nothing_too_wide(acme, first):
    group, machine = make_group(acme.tenant, "assets:view", "assets:delete"), make_machine(acme.tenant, groups=[])
    begun, done = threading.Event(), threading.Event()

    def tie() -> None:
        ConsumerGroup.objects.create(consumer=machine.consumer, group=group)

    def shrink() -> None:
        PermissionGroup.objects.filter(pk=group.pk).update(scopes=["assets:view"])

    slow, quick = (tie, shrink) if first == "tie" else (shrink, tie)

    def meanwhile() -> None:
        try:
            begun.wait(5)
            with tenant_scope(acme.tenant):
                quick()
        finally:
            done.set()
            connection.close()

    thread = threading.Thread(target=meanwhile)
    thread.start()
    with tenant_scope(acme.tenant), transaction.atomic():
        slow()
        begun.set()
        # The other one waits for this transaction, or it is over already: either way nothing may be missed.
        done.wait(0.5)
    thread.join(10)
    assert ceiling(acme, machine) == ["assets:view"]


def test_two_groups_that_shrink_at_once_both_count(acme):
    groups = [make_group(acme.tenant, "assets:view", f"assets:{action}") for action in ("add", "edit")]
    machine = make_machine(acme.tenant, groups=groups)
    ready = threading.Barrier(2)

    def shrink(group: PermissionGroup) -> None:
        try:
            with tenant_scope(acme.tenant):
                ready.wait(5)
                PermissionGroup.objects.filter(pk=group.pk).update(scopes=["assets:view"])
        finally:
            connection.close()

    threads = [threading.Thread(target=shrink, args=[group]) for group in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert ceiling(acme, machine) == ["assets:view"]


def test_an_editor_of_the_consumer_and_one_of_its_group_take_turns(acme):
    group = make_group(acme.tenant, "assets:view", "assets:add")
    machine = make_machine(acme.tenant, groups=[group])
    ready, failures = threading.Barrier(2), []

    def repeat(change) -> None:
        try:
            ready.wait(5)
            for turn in range(15):
                with tenant_scope(acme.tenant):
                    change(turn)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def edit_group(turn: int) -> None:
        action = "add" if turn % 2 else "edit"
        PermissionGroup.objects.filter(pk=group.pk).update(scopes=["assets:view", f"assets:{action}"])

    def edit_consumer(turn: int) -> None:
        registration.amend_consumer(machine.consumer, groups=[group] if turn % 2 else [])

    threads = [threading.Thread(target=repeat, args=[change]) for change in (edit_group, edit_consumer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    with tenant_scope(acme.tenant):
        registration.amend_consumer(machine.consumer, groups=[group])
    assert ceiling(acme, machine) == ["assets:edit", "assets:view"]
