"""One clock judges expiry, the database's: a node whose own clock jumps changes nothing and revives nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from authorizations import granting
from authorizations.models import Authorization
from tenants.context import tenant_scope

JUMPS = (timedelta(minutes=-5), timedelta(minutes=5), timedelta(days=2))


@pytest.mark.rfc("7662", "4", "TN-14")
@pytest.mark.parametrize("jump", JUMPS)
def test_a_live_token_stays_live_wherever_our_clock_is(wire, any_machine, jump):
    token = wire.issue(any_machine)
    with time_machine.travel(timezone.now() + jump, tick=True):
        assert wire.is_active(any_machine, token)


@pytest.mark.rfc("7662", "4", "TN-14")
@pytest.mark.parametrize("jump", JUMPS)
def test_what_was_revoked_stays_revoked_wherever_our_clock_is(wire, acme, any_machine, jump):
    token = wire.issue(any_machine)
    with tenant_scope(acme.tenant):
        granting.revoke(Authorization.objects.get(consumer=any_machine.consumer), by=acme.ana)
    with time_machine.travel(timezone.now() + jump, tick=True):
        assert not wire.is_active(any_machine, token)


@pytest.mark.rfc("7662", "4", "TN-14")
def test_an_expired_token_stays_expired_when_our_clock_goes_back(wire, machine, owner_connection):
    token = wire.issue(machine)
    owner_connection.execute(
        "UPDATE authorizations_accesstoken SET expires = now() - interval '1 second' WHERE consumer_id = %s",
        [machine.consumer.pk],
    )
    with time_machine.travel(timezone.now() - timedelta(minutes=5), tick=True):
        assert not wire.is_active(machine, token)
