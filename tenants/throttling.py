"""Rates in PostgreSQL: the generic cell rate algorithm (GCRA), one statement for any number of buckets.

A bucket lets `burst` requests through at once and `per_minute` sustained. The table is unlogged: it costs
no WAL, survives restarts of ours, and is emptied by a crash of the database, which only forgives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import ip_network
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_minute` sustained, `burst` at once."""

    per_minute: int
    burst: int

    @property
    def interval_seconds(self) -> float:
        return 60 / self.per_minute


def consumer_rate() -> Rate:
    return Rate(settings.GATEHOUSE_CONSUMER_PER_MINUTE, settings.GATEHOUSE_CONSUMER_BURST)


def address_rate() -> Rate:
    return Rate(settings.GATEHOUSE_ADDRESS_PER_MINUTE, settings.GATEHOUSE_ADDRESS_BURST)


def failure_rate() -> Rate:
    """Failed authentications of one consumer from one address."""
    return Rate(settings.GATEHOUSE_FAILURES_PER_MINUTE, settings.GATEHOUSE_FAILURES_BURST)


def bucket(*parts: object) -> bytes:
    """The 16-byte key of a bucket, e.g. bucket("failures", tenant_id, client_id, address)."""
    return blake2b("\0".join(map(str, parts)).encode("utf-8", "surrogatepass"), digest_size=16).digest()


TAKE_ONE = """
INSERT INTO tenants_throttle AS b (key, arrives_at) VALUES (%(key)s, now() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET arrives_at = greatest(b.arrives_at, now()) + make_interval(secs => %(seconds)s)
WHERE greatest(b.arrives_at, now()) + make_interval(secs => %(seconds)s * (1 - %(burst)s)) <= now()
RETURNING 1
"""


def take_one(rate: Rate, *parts: object) -> bool:
    """One permit of the bucket of these parts, for a page: in the transaction of its request. False: wait."""
    with connection.cursor() as cursor:
        known: dict[str, Any] = {"key": bucket(*parts), "seconds": rate.interval_seconds, "burst": float(rate.burst)}
        cursor.execute(TAKE_ONE, known)
        return cursor.fetchone() is not None


# The most permits one process takes from a bucket at once, and how long it may hold them.
MOST_PERMITS = 16
LEASE_SECONDS = 1.0
MOST_LEASES = 20_000


def network(address: str | None) -> str:
    """The address a bucket is kept for: an IPv6 caller owns at least a /64."""
    if address is None:
        return "local"
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/64", strict=False))


class Ask(NamedTuple):
    """What to ask the database for: `permits` of the caller's two buckets, after `failures` new ones."""

    permits: int
    failures: int


class Answer(NamedTuple):
    """What the database said: permits granted, and the seconds to wait when none were."""

    permits: int
    wait_seconds: float


@dataclass(slots=True)
class Lease:
    """What this process knows of one caller (company, consumer, address)."""

    permits: int = 0
    size: int = 0
    taken_at: float = 0.0
    closed_until: float = 0.0
    failures: int = 0


class Leases:
    """Permits taken from PostgreSQL and not used yet. A busy caller's permits are taken several at a time, so
    most requests cost no statement; a quiet one's singly. Every permit comes from the one bucket all nodes
    share, so together they never exceed its rate; unused ones are forfeited within LEASE_SECONDS."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._leases: dict[Any, Lease] = {}
        self._lock = Lock()
        self._clock = clock

    def take(self, caller: Any) -> Ask | float | None:
        """None: go ahead. An Ask: put it to the database, then call settle(). A number: refused, wait so long."""
        now = self._clock()
        with self._lock:
            lease = self._leases.get(caller)
            if lease is None:
                return Ask(1, 0)
            if lease.closed_until > now:
                return lease.closed_until - now
            fresh = now - lease.taken_at < LEASE_SECONDS
            if lease.permits and fresh and not lease.failures:
                lease.permits -= 1
                return None
            size = min(lease.size * 2, _most_permits()) if fresh and not lease.permits else 1
            return Ask(max(size, 1), lease.failures)

    def settle(self, caller: Any, ask: Ask, answer: Answer) -> float | None:
        """Note the database's answer and use one permit. None: go ahead. A number: refused, wait so long."""
        now = self._clock()
        with self._lock:
            if caller not in self._leases and len(self._leases) >= MOST_LEASES:
                self._forget(now)
            lease = self._leases.setdefault(caller, Lease())
            lease.failures = max(0, lease.failures - ask.failures)
            lease.taken_at, lease.size = now, ask.permits
            lease.permits = max(0, answer.permits - 1)
            if answer.permits:
                return None
            # Kept short: a bucket that opens early on another node's word should not stay shut here.
            lease.closed_until = now + min(answer.wait_seconds, LEASE_SECONDS)
            return max(answer.wait_seconds, 0.001)

    def failed(self, caller: Any) -> None:
        """A failed authentication: told to the database with the caller's next request, or by unsettled()."""
        with self._lock:
            lease = self._leases.get(caller)
            if lease is not None:
                lease.failures += 1

    def _forget(self, now: float) -> None:
        kept = {caller: lease for caller, lease in self._leases.items() if now - lease.taken_at < LEASE_SECONDS}
        self._leases = kept if len(kept) < MOST_LEASES else {}


def _most_permits() -> int:
    """So few that a lease is worth at most an eighth of the burst."""
    return max(1, min(MOST_PERMITS, consumer_rate().burst // 8, address_rate().burst // 8))
