"""The background worker: one works at a time, each job does its piece, and it stops when told."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from config import env
from config.database import conninfo
from config.jobs import JOBS
from config.management.commands.worker import LOCK
from consumers import registration
from consumers.models import ConsumerSecret
from tenants.context import tenant_scope
from tenants.models import AuditEvent
from tests.cast import make_machine
from tests.servers import as_owner, work_once


def test_every_job_is_done_once_on_demand():
    assert list(work_once()) == [job.name for job in JOBS]


def test_what_has_had_its_time_goes_and_the_rest_stays(acme, owner_connection):
    now = timezone.now()
    machine = make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        authorization = machine.consumer.authorizations.get().pk
    for number, expires in enumerate([now - timedelta(hours=2), now - timedelta(minutes=1), now + timedelta(hours=1)]):
        digest = bytes([number]) * 31 + os.urandom(1)
        owner_connection.execute(
            "INSERT INTO authorizations_accesstoken (tenant_id, token_checksum, consumer_id, authorization_id, "
            "expires, scope, created) VALUES (%s, %s, %s, %s, %s, '', now())",
            [acme.tenant.pk, digest, machine.consumer.pk, authorization, expires],
        )
        owner_connection.execute(
            "INSERT INTO authorizations_revokedtoken (tenant_id, jti, expires) VALUES (%s, %s, %s)",
            [acme.tenant.pk, digest[-16:], expires],
        )
    owner_connection.execute(
        "INSERT INTO gatehouse_cache VALUES (%s, 'x', now() - interval '1 minute')", [f"old-{acme.slug}"]
    )
    owner_connection.execute(
        "INSERT INTO gatehouse_cache VALUES (%s, 'x', now() + interval '1 minute')", [f"new-{acme.slug}"]
    )
    work_once()
    for table in ("authorizations_accesstoken", "authorizations_revokedtoken"):
        left = owner_connection.execute(
            f"SELECT count(*) FROM {table} WHERE tenant_id = %s", [acme.tenant.pk]
        ).fetchone()
        assert left == (2,), table
    found = owner_connection.execute(
        "SELECT cache_key FROM gatehouse_cache WHERE cache_key LIKE %s", [f"%-{acme.slug}"]
    ).fetchall()
    assert found == [(f"new-{acme.slug}",)]


def test_an_expired_secret_is_noted_once(acme):
    machine = make_machine(acme.tenant)
    with tenant_scope(acme.tenant):
        secret, _ = registration.add_secret(machine.consumer, name="Old one", expires_at=timezone.now())
        ConsumerSecret.objects.filter(pk=secret.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    work_once()
    work_once()
    with tenant_scope(acme.tenant):
        (line,) = AuditEvent.objects.filter(verb="consumer.secret_expired")
    assert (line.object_id, line.before["name"], line.actor_name) == (str(machine.consumer.pk), "Old one", "Gatehouse")


@pytest.fixture
def worker():
    running = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=env.ROOT, env=as_owner(), stderr=subprocess.DEVNULL
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=10)


def holders():
    with psycopg.connect(conninfo("owner")) as connection:
        return connection.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
            "WHERE locktype = 'advisory' AND objid = %s AND granted AND datname = current_database()",
            [LOCK & 0xFFFFFFFF],
        ).fetchone()[0]


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_one_works_at_a_time_and_stops_at_once_when_told(worker):
    first = worker()
    wait_until(lambda: holders() == 1)
    second = worker()
    time.sleep(3)
    assert holders() == 1
    assert (first.poll(), second.poll()) == (None, None)
    begun = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=10) == 0
    assert time.monotonic() - begun < 5
    wait_until(lambda: holders() == 1)
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=10) == 0
    assert holders() == 0
