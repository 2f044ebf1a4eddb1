"""Deleting what has had its time, in bounded batches: each commits by itself, so it can stop and go on at any
moment, and doing it twice does nothing. For the background worker, which is the owner of the tables."""

from __future__ import annotations

from typing import LiteralString

from django.db import connection

BATCH = 2000

# Rows somebody else is working on are left for the next time.
STATEMENT: LiteralString = (
    "DELETE FROM {table} WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM {table} WHERE {condition} LIMIT %s FOR UPDATE SKIP LOCKED))"
)


def delete_batch(table: LiteralString, condition: LiteralString) -> int:
    """At most BATCH rows of `table` for which the SQL `condition` holds. Returns how many went."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(table=table, condition=condition), [BATCH])
        return cursor.rowcount


def forget_quiet_throttles() -> int:
    """Buckets that are full again say nothing any more."""
    return delete_batch("tenants_throttle", "arrives_at < now() - interval '10 minutes'")


def drop_expired_cache() -> int:
    """Django's database cache only drops an entry when it is asked for it."""
    return delete_batch("gatehouse_cache", "expires < now()")
