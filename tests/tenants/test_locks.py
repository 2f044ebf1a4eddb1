"""Who changes a row and who refers to it at the same moment do not wait for each other in a circle: the log's lock is
taken in between, and what refers to a row is checked at the very end (deferred foreign keys)."""

import threading

import pytest
from django.db import connection, transaction

from consumers import entrusting, registration
from permissions import groups
from tenants import audit
from tenants.context import tenant_scope
from tenants.models import Membership, Tenant
from tests.cast import make_group, make_machine, make_user


@pytest.fixture
def machine(acme):
    return make_machine(acme.tenant, groups=[make_group(acme.tenant)])


def hold_consumer(acme, machine):
    registration.locked(machine.consumer)


def hold_group(acme, machine):
    groups.locked(machine.consumer.groups.get())


def hold_company(acme, machine):
    """As amending it, switching modules and rotating keys do."""
    from permissions import switching

    switching.switch_modules(acme.tenant, on=acme.tenant.modules)


def give_it_away(acme, machine):
    entrusting.give(machine.consumer, acme.dora)


def register_another(acme, machine):
    registration.register_consumer(name="Another", groups=list(machine.consumer.groups.all()))


def let_somebody_in(acme, machine):
    membership = Membership.objects.create(user=make_user(), role="member")
    audit.record("member.invited", membership)


@pytest.mark.parametrize(
    ("hold", "refer"),
    [
        (hold_consumer, give_it_away),
        (hold_group, register_another),
        (hold_company, let_somebody_in),
        (hold_company, register_another),
    ],
)
def test_holding_a_row_and_referring_to_it_never_wait_for_each_other(acme, machine, hold, refer):
    failures, referred = [], threading.Event()

    def other():
        try:
            with tenant_scope(acme.tenant):
                refer(acme, machine)
                referred.set()
        except Exception as error:
            failures.append(error)
        finally:
            referred.set()
            connection.close()

    with tenant_scope(acme.tenant), transaction.atomic():
        hold(acme, machine)
        thread = threading.Thread(target=other)
        thread.start()
        # Done, or waiting for the row with empty hands.
        referred.wait(0.5)
        thread.join(0.2)
        audit.record("company.amended", Tenant.objects.get(pk=acme.tenant.pk))
    thread.join(10)

    assert failures == []


def test_deleting_a_group_lets_whoever_just_gave_it_to_a_consumer_go_first(acme, machine):
    group, failures = make_group(acme.tenant), []

    def other():
        try:
            with tenant_scope(acme.tenant):
                groups.delete_group(group)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    with tenant_scope(acme.tenant), transaction.atomic():
        registration.set_groups(machine.consumer, [group])
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(1)
        audit.record("consumer.amended", machine.consumer)
    thread.join(10)

    assert failures == []
    with tenant_scope(acme.tenant):
        assert not machine.consumer.groups.exists()


@pytest.mark.parametrize("change", ["scopes", "modules", "groups"])
def test_a_consumer_is_deleted_while_what_it_may_do_changes(acme, machine, change):
    """Both end in the consumer's row; both come to it the same way round."""
    from permissions import switching

    group = make_group(acme.tenant, "assets:view")
    with tenant_scope(acme.tenant):
        held = machine.consumer.groups.get()
    begin, failures = threading.Barrier(2), []

    def alter():
        match change:
            case "scopes":
                groups.amend_group(held, scopes=["assets:view"])
            case "modules":
                switching.switch_modules(acme.tenant, on={*acme.tenant.modules} - {"work_orders"})
            case "groups":
                registration.amend_consumer(machine.consumer, groups=[group])

    def attempt(work):
        try:
            begin.wait()
            with tenant_scope(acme.tenant):
                work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    both = [threading.Thread(target=attempt, args=(work,)) for work in (alter, delete(machine))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(20)
    assert failures == []
    with tenant_scope(acme.tenant):
        machine.consumer.refresh_from_db()
    assert machine.consumer.deleted_at


def delete(machine):
    return lambda: registration.delete_consumer(machine.consumer)
