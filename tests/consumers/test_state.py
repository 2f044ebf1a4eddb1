from html import unescape

import pytest

from consumers.models import Consumer, ConsumerSecret
from tenants.context import tenant_scope
from tests.cast import make_machine, make_user
from tests.consumers.pages import at, consumers_of, fresh, verbs_of


@pytest.fixture
def machine(acme):
    return make_machine(acme.tenant, name="Ledger sync", token_format="jwt")


def picked(company, what, *machines):
    return f"{at(company, f'{what}/')}?{'&'.join(f'selected={machine.consumer.pk}' for machine in machines)}"


class TestOne:
    def test_is_suspended_and_resumed_after_a_question(self, acme, as_person, machine):
        browser = as_person(acme.ana)
        for what, question, state in (
            ("suspend", "Suspend Ledger sync?", "suspended"),
            ("resume", "Resume Ledger sync?", "active"),
        ):
            address = at(acme, f"{what}/", of=machine.consumer)
            assert question in browser.get(address).content.decode()
            assert fresh(acme, machine.consumer).state != state

            answer = browser.post(address)

            assert (answer.status_code, answer["Location"]) == (302, at(acme, of=machine.consumer))
            assert fresh(acme, machine.consumer).state == state
        assert verbs_of(acme, machine.consumer) == ["consumer.registered", "consumer.suspended", "consumer.resumed"]

    def test_is_deleted_after_a_question_that_says_what_stops(self, acme, as_person, machine):
        with tenant_scope(acme.tenant):
            machine.consumer.authorizations.create(user=make_user(), scopes=["assets:view"], tenant=acme.tenant)
        browser = as_person(acme.ana)
        address = at(acme, "delete/", of=machine.consumer)

        html = unescape(browser.get(address).content.decode())
        for sentence in (
            "Delete Ledger sync?",
            "Every token stops working now",
            "1 secret is erased.",
            "1 person loses the connection.",
            "It can't be undone",
            "Signed tokens (JWT)",
        ):
            assert sentence in html, sentence

        answer = browser.post(address)

        assert (answer.status_code, answer["Location"]) == (302, at(acme))
        assert consumers_of(acme) == []
        with tenant_scope(acme.tenant):
            consumer = Consumer.objects.get(pk=machine.consumer.pk)
            assert (consumer.state, consumer.deleted_by) == ("deleted", acme.ana)
            assert not ConsumerSecret.objects.filter(consumer=consumer).exists()
            assert not consumer.authorizations.live().exists()
        assert browser.get(address).status_code == 404


class TestSeveral:
    def test_are_asked_about_by_name_and_changed_together(self, acme, as_person, machine):
        other, third = make_machine(acme.tenant, name="Stock"), make_machine(acme.tenant, name="Third")
        browser = as_person(acme.ana)

        html = browser.get(picked(acme, "suspend", machine, other)).content.decode()
        assert "Suspend 2 consumers?" in html
        assert "Ledger sync" in html
        assert "Stock" in html

        assert browser.post(picked(acme, "suspend", machine, other))["Location"] == at(acme)
        states = [fresh(acme, one.consumer).state for one in (machine, other, third)]
        assert states == ["suspended", "suspended", "active"]

        browser.post(picked(acme, "resume", machine, other))
        assert fresh(acme, other.consumer).state == "active"
        browser.post(picked(acme, "delete", machine, other))
        assert [consumer.name for consumer in consumers_of(acme)] == ["Third"]

    @pytest.mark.parametrize("what", ["suspend", "resume", "delete"])
    def test_with_a_foreign_one_among_them_nothing_happens(self, acme, beta, as_person, machine, what):
        foreign = make_machine(beta.tenant, name="Theirs")
        browser = as_person(acme.ana)

        for method in (browser.get, browser.post):
            answer = method(picked(acme, what, machine, foreign))
            assert answer.status_code == 404
            assert "Theirs" not in answer.content.decode()
        assert fresh(acme, machine.consumer).state == "active"
        assert fresh(beta, foreign.consumer).state == "active"

    def test_none_picked_is_said_kindly(self, acme, as_person, machine):
        answer = as_person(acme.ana).get(at(acme, "delete/"), follow=True)

        assert "Select at least one consumer first." in answer.content.decode()

    @pytest.mark.parametrize("value", ["x", "-1", "1e3", "²", "9" * 30, "0", "\0"])
    def test_what_is_no_id_does_not_exist(self, acme, as_person, machine, value):
        assert (
            as_person(acme.ana).post(at(acme, "delete/") + "?selected=" + value.replace("\0", "%00")).status_code == 404
        )
        assert len(consumers_of(acme)) == 1


@pytest.mark.parametrize("person", ["otto", "dora", "ben"])
@pytest.mark.parametrize("what", ["suspend", "resume", "delete"])
def test_only_a_super_administrator_changes_a_consumers_state(acme, as_person, machine, person, what):
    from permissions import object_access

    with tenant_scope(acme.tenant):
        object_access.give(acme.dora, machine.consumer)
    browser = as_person(getattr(acme, person))

    assert browser.post(at(acme, f"{what}/", of=machine.consumer)).status_code == 403
    assert browser.post(picked(acme, what, machine)).status_code == 403
    assert fresh(acme, machine.consumer).state == "active"


@pytest.mark.parametrize("what", ["suspend", "resume", "delete"])
def test_a_stranger_changes_nothing(acme, beta, as_person, machine, what):
    browser = as_person(beta.eve)

    assert browser.post(at(acme, f"{what}/", of=machine.consumer)).status_code == 404
    assert browser.post(at(beta, f"{what}/", of=machine.consumer)).status_code == 404
    assert browser.post(picked(beta, what, machine)).status_code == 404
    assert fresh(acme, machine.consumer).state == "active"
