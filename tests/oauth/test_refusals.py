"""Refused attempts in the Transactions log: the first at once, then at most one a minute with a count."""

from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from authorizations import granting
from config.demo import BACKEND
from consumers import failures
from oauth import refusals, store
from oauth.request import WireRequest
from oauth.store import Caller
from tenants import background
from tenants.context import tenant_scope
from tenants.models import AuditEvent, Membership
from tests.cast import Machine, make_app, make_code, make_yes, may
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
    client = store.Client("nobody", b"", "client_secret_basic")
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


def wrong_verifier(wire, app, family, owner):
    wire.redeem(app, make_code(family), code_verifier="b" * 43)


def verifier_missing(wire, app, family, owner):
    wire.redeem(app, make_code(family), code_verifier=None)


def other_redirect(wire, app, family, owner):
    wire.redeem(app, make_code(family), redirect_uri="https://app.example/other")


def unknown_code(wire, app, family, owner):
    wire.redeem(app, "gate_ac_made-up")


def code_replayed(wire, app, family, owner):
    code = make_code(family)
    wire.redeem(app, code)
    wire.redeem(app, code)


def code_expired(wire, app, family, owner):
    code = make_code(family)
    owner.execute(
        "UPDATE authorizations_authorizationcode SET expires = now() WHERE tenant_id = %s", [family.tenant_id]
    )
    wire.redeem(app, code)


def unknown_refresh_token(wire, app, family, owner):
    wire.refresh(app, make_code(family))


def refresh_reused(wire, app, family, owner):
    first = wire.redeem(app, make_code(family)).json()["refresh_token"]
    second = wire.refresh(app, first).json()["refresh_token"]
    wire.refresh(app, second)
    wire.refresh(app, first)


def refresh_expired(wire, app, family, owner):
    token = wire.redeem(app, make_code(family)).json()["refresh_token"]
    owner.execute("UPDATE authorizations_refreshtoken SET expires = now() WHERE tenant_id = %s", [family.tenant_id])
    wire.refresh(app, token)


def scope_beyond_consent(wire, app, family, owner):
    wire.refresh(app, wire.redeem(app, make_code(family)).json()["refresh_token"], scope="assets:delete")


def nothing_asked(wire, app, family, owner):
    wire.refresh(app, wire.redeem(app, make_code(family)).json()["refresh_token"], scope="offline_access")


def resource_beyond_consent(wire, app, family, owner):
    wire.redeem(app, make_code(family), resource="https://other.example")


def consent_withdrawn(wire, app, family, owner):
    code = make_code(family)
    with tenant_scope(family.tenant):
        granting.revoke(family.authorization)
    wire.redeem(app, code)


def person_gone(wire, app, family, owner):
    code = make_code(family)
    with tenant_scope(family.tenant):
        Membership.objects.filter(user=family.user).update(suspended_at=timezone.now())
    wire.redeem(app, code)


@pytest.mark.parametrize(
    "attempt",
    [
        wrong_verifier, verifier_missing, other_redirect, unknown_code, code_replayed, code_expired,
        unknown_refresh_token, refresh_reused, refresh_expired, scope_beyond_consent, nothing_asked,
        resource_beyond_consent, consent_withdrawn, person_gone,
    ],
)  # fmt: skip
def test_recent_failures_say_why_a_code_or_refresh_token_was_refused(acme, attempt, owner_connection):
    """On the consumer's page, in words that say what to do; never the code or token itself."""
    app, wire = make_app(acme.tenant), Wire(acme)
    may(acme.tenant, acme.ben, "assets:view")
    attempt(wire, app, make_yes(app, acme.ben, "assets:view", "offline_access"), owner_connection)
    (line,) = lines(acme)
    assert (line.after["reason"], line.object_id) == (attempt.__name__, str(app.consumer.pk))
    assert not [value for value in line.after.values() if str(value).startswith("gate_")]
    browser = Client()
    browser.force_login(acme.ana, backend=BACKEND)
    page = browser.get(f"{acme.path}/settings/api-connections/oauth-consumers/{app.consumer.pk}/").content.decode()
    assert str(failures.REASONS[attempt.__name__]) in unescape(page)
    assert "gate_ac_" not in page
    assert "gate_rt_" not in page


def test_a_refusal_of_one_company_is_none_of_anothers(acme, beta, machine):
    Wire(beta).token(machine)
    assert lines(acme) == []
    assert [line.after["reason"] for line in lines(beta)] == ["unknown_key"]
