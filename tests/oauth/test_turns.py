"""One thread at a time works on the wire, but whoever waits keeps nobody else waiting."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from config.database import conninfo
from oauth import pipeline, turns
from oauth.store.way_in import lines
from tenants.throttling import bucket, network
from tests.cast import make_machine
from tests.wire import Wire


@pytest.fixture
def machine(acme):
    return make_machine(acme.tenant, "assets:view")


def apart(work, *args):
    """In a thread of its own, whose line to PostgreSQL ends with it."""
    try:
        return work(*args)
    finally:
        if lines.line is not None:
            lines.line.close()


def test_who_waits_for_postgresql_lets_others_go_first(acme, beta, machine):
    slow, quick = Wire(acme), Wire(beta)
    other = make_machine(beta.tenant, "assets:view")
    theirs = bucket("consumer", acme.tenant.slug, machine.key, network(slow.address))
    with psycopg.connect(conninfo("owner")) as held, ThreadPoolExecutor(2) as pool:
        held.execute("INSERT INTO tenants_throttle (key, arrives_at) VALUES (%s, now())", [theirs])
        waits = pool.submit(apart, slow.token, machine)
        goes = [pool.submit(apart, quick.token, other).result(10) for _ in range(3)]
        assert not waits.done()
        held.rollback()
        waited = waits.result(10)
    assert [answer.status for answer in goes] == [200, 200, 200]
    assert waited.status == 200


def test_the_turn_is_given_back_whatever_happens(acme, machine, monkeypatch):
    wire = Wire(acme)

    def breaks(request):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setitem(pipeline.ENDPOINTS, "token", (breaks,))
        with pytest.raises(KeyboardInterrupt):
            wire.token(machine)
    answer = ThreadPoolExecutor(1).submit(apart, wire.token, machine).result(10)
    assert answer.status == 200


def test_who_has_no_turn_has_none_to_pass_on():
    """Django's door and the background thread wait for PostgreSQL in the same place."""
    with turns.passed_on, turns.taken, turns.passed_on:
        pass
    with turns.taken:
        assert not ThreadPoolExecutor(1).submit(turns._turn.acquire, blocking=False).result(1)
    assert not turns._turn.locked()
