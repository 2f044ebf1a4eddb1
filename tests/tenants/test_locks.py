"""Who changes a row and who refers to it at the same moment do not wait for each other in a circle: the log's lock is
taken in between, and what refers to a row is checked at the very end (deferred foreign keys)."""

import threading

import pytest
from django.db import connection, transaction

from authorizations.models import Authorization
from consumers import entrusting, registration
from oauth import signing_out
from permissions import groups
from tenants import audit
from tenants.context import current_tenant, tenant_scope
from tenants.models import Membership, Tenant
from tests.cast import make_app, make_group, make_machine, make_tenant, make_user, make_yes, may
from tests.consumers.pages import signed_in


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


# ---- Rows before the log, all of them


def meanwhile(acme, hold, other, then):
    """`hold` and `then` are the two halves of one transaction; `other` begins in between. Returns what failed."""
    failures = []

    def attempt():
        try:
            other()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=attempt)
    try:
        with tenant_scope(acme.tenant), transaction.atomic():
            hold()
            thread.start()
            # Done, or waiting for what is held.
            thread.join(0.7)
            then()
    except Exception as error:
        failures.append(error)
    thread.join(20)
    return failures


def test_groups_are_given_while_modules_are_switched(acme, machine):
    from permissions import switching

    group = make_group(acme.tenant, "assets:view")

    def switch():
        with tenant_scope(acme.tenant):
            switching.switch_modules(acme.tenant, on={*acme.tenant.modules} - {"work_orders"})

    def hold():
        registration.hold_groups(machine.consumer, [group])
        registration.locked(machine.consumer)

    assert meanwhile(acme, hold, switch, lambda: registration.set_groups(machine.consumer, [group])) == []


def test_a_consumer_is_deleted_while_a_person_revokes_it(acme):
    app = make_app(acme.tenant)
    family = make_yes(app, acme.ana)

    def revoked_halfway():
        list(Authorization.objects.filter(pk=family.authorization_id).for_update())

    def delete():
        with tenant_scope(acme.tenant):
            registration.delete_consumer(app.consumer)

    def log():
        audit.record("authorization.revoked", app.consumer)

    assert meanwhile(acme, revoked_halfway, delete, log) == []


@pytest.mark.parametrize("verb", ["suspend", "resume", "delete"])
def test_several_consumers_change_while_a_person_says_yes_to_one(acme, verb):
    """A yes holds its consumer, then writes to the log; who changes several writes to it after each."""
    apps = [make_app(acme.tenant, name=f"App {letter}") for letter in "AB"]
    with tenant_scope(acme.tenant):
        for app in apps:
            if verb == "resume":
                registration.suspend_consumer(app.consumer)
    ana = signed_in(acme.ana)
    query = "&".join(f"selected={app.consumer.pk}" for app in apps)
    answers = []

    def press():
        answers.append(ana.post(f"{acme.path}/settings/api-connections/oauth-consumers/{verb}/?{query}"))

    def log():
        audit.record("authorization.granted", apps[1].consumer)

    assert meanwhile(acme, lambda: registration.locked(apps[1].consumer), press, log) == []
    assert [answer.status_code for answer in answers] == [302]


def test_several_consumers_are_deleted_while_a_person_revokes_one(acme):
    apps = [make_app(acme.tenant, name=f"App {letter}") for letter in "AB"]
    family = make_yes(apps[1], acme.ana)
    ana = signed_in(acme.ana)
    query = "&".join(f"selected={app.consumer.pk}" for app in apps)
    answers = []

    def revoked_halfway():
        list(Authorization.objects.filter(pk=family.authorization_id).for_update())

    def press():
        answers.append(ana.post(f"{acme.path}/settings/api-connections/oauth-consumers/delete/?{query}"))

    def log():
        audit.record("authorization.revoked", apps[1].consumer)

    assert meanwhile(acme, revoked_halfway, press, log) == []
    assert [answer.status_code for answer in answers] == [302]


def test_several_members_are_removed_while_one_of_them_revokes_an_app(acme):
    app = make_app(acme.tenant)
    for person in (acme.dora, acme.ben):
        may(acme.tenant, person)
        family = make_yes(app, person)
    ana = signed_in(acme.ana)
    with tenant_scope(acme.tenant):
        pks = [Membership.objects.get(user=user).pk for user in (acme.dora, acme.ben)]
    answers = []

    def revoked_halfway():
        list(Authorization.objects.filter(pk=family.authorization_id).for_update())

    def press():
        query = "&".join(f"selected={pk}" for pk in pks)
        answers.append(ana.post(f"{acme.path}/settings/user-accounts/members/remove/?{query}"))

    def log():
        audit.record("authorization.revoked", app.consumer)

    assert meanwhile(acme, revoked_halfway, press, log) == []
    assert [answer.status_code for answer in answers] == [302]


def test_who_signs_out_goes_through_their_companies_in_one_order(acme, beta, monkeypatch):
    """Each has a log of its own, which is held until the end."""
    visited = []
    monkeypatch.setattr(signing_out, "end_session", lambda *args, **kwargs: visited.append(current_tenant().pk))
    companies = [make_tenant(f"Company{number}") for number in range(6)]
    person = make_user()
    for company in reversed(companies):
        with tenant_scope(company):
            Membership.objects.create(user=person, role="member")
    for company in companies[::2]:
        with tenant_scope(company):
            company.save(update_fields=["name"])
    signing_out.sign_out(person, "sid", host="testserver")
    assert visited == sorted(company.pk for company in companies)
