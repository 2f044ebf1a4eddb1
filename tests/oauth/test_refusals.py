"""Refused attempts in the Transactions log: the first at once, then at most one a minute with a count."""

import pytest

from authorizations import granting
from consumers import failures
from oauth import refusals
from oauth.request import WireRequest
from oauth.store import Caller, Client
from tenants import background
from tenants.context import tenant_scope
from tenants.models import AuditEvent
from tests.cast import Machine
from tests.wire import Wire, basic

GRANT = {"grant_type": "client_credentials"}


def lines(company):
    background.flush()
    with tenant_scope(company.tenant):
        return list(AuditEvent.objects.filter(verb="consumer.refused").order_by("sequence"))


def test_a_wrong_secret_is_a_failure_of_the_consumer(acme, machine):
    wire = Wire(acme)
    for _ in range(5):
        wire.token(Machine(machine.consumer, "gate_sec_guess"))
    found = lines(acme)
    assert sum(line.after["count"] for line in found) == 5
    assert len(found) <= 2
    line = found[0]
    assert (line.object_type, line.object_id, line.object_name) == (
        "consumer", str(machine.consumer.pk), machine.consumer.name,
    )  # fmt: skip
    assert (line.after["reason"], line.after["endpoint"]) == ("wrong_secret", "token")
    assert line.address == wire.address
    assert "gate_sec_guess" not in str(line.after)
    with tenant_scope(acme.tenant):
        assert "secret" in failures.latest(machine.consumer, 1)[0].sentence


def test_every_unknown_key_of_an_address_is_one_line(acme):
    wire = Wire(acme)
    for number in range(10):
        wire.post("token", GRANT, headers=basic(f"<script>{number}\x1b[31m é", "x"))
    found = lines(acme)
    assert len(found) <= 2
    assert sum(line.after["count"] for line in found) == 10
    assert found[0].after["client_id"] == "<script>0?[31m ?"
    assert (found[0].object_type, found[0].object_id) == ("", "")


def test_an_endless_key_is_cut(acme):
    Wire(acme).post("token", GRANT, headers=basic("k" * 255, "x"))
    assert len(lines(acme)[0].after["client_id"]) == 64


@pytest.mark.parametrize("reason", ["authorization_revoked", "scope_beyond_groups"])
def test_what_a_known_consumer_may_not_do_is_noted(acme, machine, reason):
    if reason == "authorization_revoked":
        with tenant_scope(acme.tenant):
            granting.revoke(machine.consumer.authorizations.get())
    Wire(acme).token(machine, scope="assets:delete")
    assert [line.after["reason"] for line in lines(acme)] == [reason]


def test_a_throttled_consumer_is_noted_too(acme, machine, settings):
    settings.GATEHOUSE_CONSUMER_BURST, settings.GATEHOUSE_CONSUMER_PER_MINUTE = 1, 1
    wire = Wire(acme)
    for _ in range(4):
        wire.token(machine)
    (line, *_) = lines(acme)
    assert (line.object_id, line.after["reason"]) == (str(machine.consumer.pk), "throttled")


def test_a_throttled_address_that_makes_up_keys_fills_neither_the_log_nor_our_memory(acme, settings):
    settings.GATEHOUSE_ADDRESS_BURST, settings.GATEHOUSE_ADDRESS_PER_MINUTE = 1, 1
    wire, before = Wire(acme), len(refusals._kept)
    answers = [wire.post("token", GRANT, headers=basic(f"made-up-{number}", "x")).status for number in range(40)]
    assert answers.count(429) >= 38
    assert len(refusals._kept) - before <= refusals.MOST_KEYS + 1
    assert len([line for line in lines(acme) if line.after["reason"] == "throttled"]) <= refusals.MOST_KEYS


def test_the_addresses_of_one_network_are_one_caller(acme):
    for host in range(20):
        Wire(acme, address=f"2001:db8:7:7::{host:x}").post("token", GRANT, headers=basic("nobody", "x"))
    found = lines(acme)
    assert len(found) <= 2
    assert sum(line.after["count"] for line in found) == 20
    assert found[0].address.startswith("2001:db8:7:7:")


def test_a_line_that_can_not_be_written_keeps_no_other_waiting(acme, machine):
    client = Client("nobody", b"", "client_secret_basic")
    request = WireRequest(
        "POST", "token", acme.slug, None, acme.tenant.issuer, request_id="x" * 99, address="192.0.2.9"
    )
    refusals.note(request, client, Caller(acme.tenant.pk, "unknown_key", None, "", None))
    Wire(acme).token(Machine(machine.consumer, "x"))
    assert [line.after["reason"] for line in lines(acme)] == ["wrong_secret"]


def test_what_is_kept_is_bounded(acme, machine, monkeypatch):
    monkeypatch.setattr(refusals, "MOST_KEPT", len(refusals._kept) + 3)
    for _ in range(6):
        Wire(acme).token(Machine(machine.consumer, "x"))
    assert len(refusals._kept) <= refusals.MOST_KEPT


def test_a_refusal_of_one_company_is_none_of_anothers(acme, beta, machine):
    Wire(beta).token(machine)
    assert lines(acme) == []
    assert [line.after["reason"] for line in lines(beta)] == ["unknown_key"]
