"""CA-20 and the rates: per consumer and address, per address, and failures."""

import pytest

from oauth.store import way_in
from tenants.throttling import Answer, Ask, Leases, network
from tests.cast import Machine, make_machine
from tests.wire import Wire


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(way_in, "leases", Leases())


def statuses(wire, machine, number, endpoint="token"):
    fields = {"grant_type": "client_credentials", "token": "x"}
    return [wire.post(endpoint, fields, machine=machine).status for _ in range(number)]


@pytest.mark.rfc("6749", "2.3.1", "CA-20")
@pytest.mark.parametrize("endpoint", ["token", "introspect", "revoke"])
def test_thirty_wrong_secrets_close_the_door_for_that_address_alone(acme, machine, door, endpoint):
    attacker, honest = Wire(acme, door), Wire(acme, door)
    guess = Machine(machine.consumer, "guess")
    found = statuses(attacker, guess, 30, endpoint)
    assert found[:20] == [401] * 20
    assert set(found[22:]) == {429}
    answer = attacker.post(endpoint, {"grant_type": "client_credentials", "token": "x"}, machine=guess)
    assert answer.json()["error"] == "temporarily_unavailable"
    assert answer.header("Cache-Control") == "no-store"
    assert 1 <= int(answer.header("Retry-After")) <= 60
    assert honest.token(machine).status == 200


def test_right_secrets_are_no_failures(acme, machine):
    wire = Wire(acme)
    assert statuses(wire, machine, 60) == [200] * 60


def test_a_consumer_has_its_rate_per_address(acme, machine, settings):
    settings.GATEHOUSE_CONSUMER_BURST, settings.GATEHOUSE_CONSUMER_PER_MINUTE = 5, 6
    wire, elsewhere = Wire(acme), Wire(acme)
    assert statuses(wire, machine, 7) == [200] * 5 + [429] * 2
    assert elsewhere.token(machine).status == 200
    assert wire.token(make_machine(acme.tenant)).status == 200


def test_an_address_has_its_rate_over_all_consumers(acme, beta, settings):
    settings.GATEHOUSE_ADDRESS_BURST, settings.GATEHOUSE_ADDRESS_PER_MINUTE = 4, 6
    wire = Wire(acme)
    found = [wire.token(make_machine(acme.tenant)).status for _ in range(6)]
    assert found == [200] * 4 + [429] * 2
    other_company = Wire(beta, address=wire.address)
    assert other_company.token(make_machine(beta.tenant)).status == 429


def test_all_nodes_together_never_exceed_the_rate(acme, machine, settings, monkeypatch):
    """Two processes are two sets of leases over the same buckets."""
    settings.GATEHOUSE_CONSUMER_BURST, settings.GATEHOUSE_CONSUMER_PER_MINUTE = 40, 1
    wire, nodes = Wire(acme), (Leases(), Leases())
    allowed = 0
    for number in range(100):
        monkeypatch.setattr(way_in, "leases", nodes[number % 2])
        allowed += wire.token(machine).status == 200
    assert 30 <= allowed <= 41


def test_a_429_is_json_with_seconds_and_leaves_no_token(acme, machine, settings, owner_connection):
    settings.GATEHOUSE_CONSUMER_BURST, settings.GATEHOUSE_CONSUMER_PER_MINUTE = 1, 6
    wire = Wire(acme)
    wire.issue(machine)
    answer = wire.token(machine)
    assert (answer.status, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert 1 <= int(answer.header("Retry-After")) <= 10
    (rows,) = owner_connection.execute(
        "SELECT count(*) FROM authorizations_accesstoken WHERE tenant_id = %s", [acme.tenant.pk]
    ).fetchone()
    assert rows == 1


def test_leases_forget_what_they_did_not_use():
    now = [100.0]
    leases = Leases(clock=lambda: now[0])
    assert leases.take("a") == Ask(1, 0)
    assert leases.settle("a", Ask(1, 0), Answer(1, 0)) is None
    assert leases.take("a") == Ask(2, 0)
    assert leases.settle("a", Ask(2, 0), Answer(2, 0)) is None
    assert leases.take("a") is None
    assert leases.take("a") == Ask(4, 0)
    leases.settle("a", Ask(4, 0), Answer(4, 0))
    now[0] += 2
    assert leases.take("a") == Ask(1, 0)


def test_a_failure_sends_the_next_request_to_the_database():
    leases = Leases(clock=lambda: 1.0)
    leases.settle("a", Ask(4, 0), Answer(4, 0))
    leases.failed("a")
    assert leases.take("a") == Ask(1, 1)
    assert leases.settle("a", Ask(1, 1), Answer(0, 2.5)) == 2.5
    assert leases.take("a") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("address", "kept_as"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), (None, "local")],
)
def test_an_ipv6_caller_is_its_network(address, kept_as):
    assert network(address) == kept_as


def test_the_throttle_names_nobody(acme, machine, owner_connection):
    Wire(acme).issue(machine)
    rows = owner_connection.execute("SELECT key FROM tenants_throttle").fetchall()
    assert {len(key) for (key,) in rows} == {16}
