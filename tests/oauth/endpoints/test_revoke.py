"""RV rows: revocation."""

import pytest

from authorizations.models import RevokedToken
from tenants.context import tenant_scope
from tenants.models import AuditEvent
from tests.cast import make_machine
from tests.wire import Wire


def lines(acme):
    with tenant_scope(acme.tenant):
        return list(AuditEvent.objects.filter(verb="token.revoked"))


@pytest.mark.rfc("7009", "2.1", "RV-01")
@pytest.mark.rfc("7009", "2.2", "RV-13")
@pytest.mark.rfc("7009", "3", "RV-15")
def test_a_revoked_token_is_dead_and_the_log_knows(wire, acme, any_machine):
    token, other = wire.issue(any_machine), wire.issue(any_machine)
    answer = wire.revoke(any_machine, token)
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Cache-Control") == "no-store"
    assert not wire.is_active(any_machine, token)
    assert wire.is_active(any_machine, other)
    (line,) = lines(acme)
    assert (line.actor_name, line.object_id) == (any_machine.consumer.name, str(any_machine.consumer.pk))
    assert line.address == wire.address
    assert token not in str((line.before, line.after))


@pytest.mark.rfc("7009", "2.2", "RV-03")
@pytest.mark.rfc("7009", "2.2", "RV-19")
@pytest.mark.parametrize("token", ["x", "gate_at_x", "a.b.c", "e30.e30.e30", "gate_ac_code", "é"])
def test_an_unknown_token_gets_the_same_answer(wire, acme, machine, token):
    answer = wire.revoke(machine, token)
    assert (answer.status, answer.body) == (200, b"{}")
    assert lines(acme) == []


@pytest.mark.rfc("7009", "2.2", "RV-04")
def test_revoking_twice_changes_nothing(wire, acme, any_machine):
    token = wire.issue(any_machine)
    assert [wire.revoke(any_machine, token).status for _ in range(2)] == [200, 200]
    assert len(lines(acme)) == 1


@pytest.mark.rfc("7009", "2.1", "RV-07")
def test_another_consumers_token_stays_alive(wire, acme, any_machine):
    other = make_machine(acme.tenant, "authorizations:view")
    token = wire.issue(any_machine)
    assert wire.revoke(other, token).status == 200
    assert wire.is_active(any_machine, token)
    assert lines(acme) == []


@pytest.mark.rfc("7009", "2.1", "RV-08")
def test_a_token_must_be_given(wire, machine):
    answer = wire.post("revoke", {}, machine=machine)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.rfc("7009", "2.1", "RV-09")
@pytest.mark.rfc("7009", "2.2", "RV-10")
@pytest.mark.parametrize("hint", ["refresh_token", "foo"])
def test_a_wrong_hint_changes_nothing(wire, any_machine, hint):
    token = wire.issue(any_machine)
    assert wire.revoke(any_machine, token, token_type_hint=hint).status == 200
    assert not wire.is_active(any_machine, token)


@pytest.mark.rfc("7009", "2", "RV-11")
def test_get_revokes_nothing(wire):
    assert wire.send("GET", f"{wire.url('revoke')}?token=x").status == 405


@pytest.mark.rfc("7009", "2", "RV-16")
def test_another_company_revokes_nothing(acme, beta, door, any_machine):
    wire, foreign = Wire(acme, door), make_machine(beta.tenant)
    token = wire.issue(any_machine)
    assert Wire(beta, door).revoke(foreign, token).status == 200
    assert wire.is_active(any_machine, token)


@pytest.mark.rfc("6749", "3.2", "RV-17")
def test_two_tokens_are_one_too_many(wire, machine):
    answer = wire.post("revoke", b"token=a&token=b", machine=machine)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.rfc("7009", "2.1", "a forged token revokes nothing")
def test_a_forged_token_revokes_nothing(wire, acme):
    machine, victim = (make_machine(acme.tenant, token_format="jwt") for _ in range(2))
    token = wire.issue(victim)
    head, claims, signature = wire.issue(machine).split(".")
    swapped = f"{head}.{token.split('.')[1]}.{signature}"
    for forged in (swapped, f"{head}.{claims}.{'A' * 86}", f"{head}.{claims}."):
        assert wire.revoke(machine, forged).status == 200
    with tenant_scope(acme.tenant):
        assert not RevokedToken.objects.exists()
    assert wire.is_active(victim, token)
