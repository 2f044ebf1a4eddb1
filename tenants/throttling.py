"""Rates in PostgreSQL: the generic cell rate algorithm (GCRA), one statement for any number of buckets.

A bucket lets `burst` requests through at once and `per_minute` sustained. The table is unlogged: it costs
no WAL, survives restarts of ours, and is emptied by a crash of the database, which only forgives.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from django.conf import settings


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
