"""Last accessed and last used: late by seconds, at most once a minute, never in the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations import activity
from tenants import background
from tenants.context import tenant_scope
from tests.wire import Wire


def row(acme, machine):
    background.flush()
    with tenant_scope(acme.tenant):
        return machine.consumer.authorizations.get(), machine.consumer.secrets.get()


@pytest.mark.rfc("TN", "last accessed", "TN-06")
def test_a_token_request_is_an_access(acme, any_machine):
    wire, before = Wire(acme), timezone.now()
    wire.issue(any_machine)
    authorization, secret = row(acme, any_machine)
    assert before - timedelta(seconds=1) <= authorization.last_accessed_at <= timezone.now() + timedelta(seconds=1)
    assert authorization.last_accessed_address == wire.address
    assert secret.last_used_at is not None


@pytest.mark.rfc("7662", "4", "IN-19")
def test_introspection_by_others_keeps_the_address(acme, any_machine, resource_server, monkeypatch):
    wire = Wire(acme)
    token = wire.issue(any_machine)
    first, _ = row(acme, any_machine)
    activity._noted.clear()
    with tenant_scope(acme.tenant):
        any_machine.consumer.authorizations.update(last_accessed_at=timezone.now() - timedelta(minutes=5))
    Wire(acme).introspect(resource_server, token)
    again, _ = row(acme, any_machine)
    assert again.last_accessed_address == wire.address
    assert again.last_accessed_at >= first.last_accessed_at - timedelta(seconds=1)


def test_a_minute_holds_one_write(acme, machine):
    wire = Wire(acme)
    wire.issue(machine)
    first, _ = row(acme, machine)
    for _ in range(5):
        wire.issue(machine)
    assert row(acme, machine)[0].last_accessed_at == first.last_accessed_at


def test_it_never_goes_backwards(acme, machine):
    later = timezone.now() + timedelta(hours=1)
    with tenant_scope(acme.tenant):
        machine.consumer.authorizations.update(last_accessed_at=later)
    Wire(acme).issue(machine)
    assert row(acme, machine)[0].last_accessed_at == later


def test_refused_attempts_are_no_access(acme, machine):
    Wire(acme).token(machine, scope="assets:delete")
    authorization, secret = row(acme, machine)
    assert authorization.last_accessed_at is None
    assert secret.last_used_at is None


def test_what_could_not_be_written_is_written_later(acme, machine, monkeypatch):
    Wire(acme).issue(machine)

    class Broken:
        def transaction(self):
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        activity.write(Broken(), everything=True)
    assert row(acme, machine)[0].last_accessed_at is not None
