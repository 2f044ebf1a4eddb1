"""What the wire leaves behind: expired tokens, revocations that outlived their token, full-again throttle buckets.
Deleted in bounded batches, each its own transaction, so it can stop and start anywhere and blocks nobody."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

BATCH = 2000
# The owner's role sees every company's rows. `ctid` keeps a batch cheap: BRIN finds the pages, no sort is needed.
EXPIRED = {
    "authorizations_accesstoken": "expires < now()",
    "authorizations_revokedtoken": "expires < now()",
    "tenants_throttle": "arrives_at < now()",
}


def clean_up(batch: int = BATCH) -> Iterator[tuple[str, int]]:
    """Yields (table, rows deleted) after each batch, until nothing is left."""
    for table, expired in EXPIRED.items():
        while deleted := delete_batch(table, expired, batch):
            yield table, deleted


def delete_batch(table: str, expired: str, batch: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE ctid = ANY (ARRAY("  # noqa: S608 (constants of this page)
            f"SELECT ctid FROM {table} WHERE {expired} LIMIT %s FOR UPDATE SKIP LOCKED))",
            [batch],
        )
        return cursor.rowcount
