"""The Transactions log's hash chain, checked by the database against its own digest function."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from tenants.context import current_tenant

# One pass in the order of the unique index; the first line that fails, or none.
FIRST_BROKEN = """
SELECT sequence, reason FROM (
  SELECT event.sequence,
    CASE
      WHEN event.sequence <> coalesce(lag(event.sequence) OVER chain, 0) + 1 THEN 'lines before it are missing'
      WHEN event.previous_hash <> coalesce(lag(event.hash) OVER chain, ''::bytea) THEN 'it follows another line'
      WHEN event.hash <> tenants_audit_digest(event) THEN 'its content was changed'
    END AS reason
  FROM tenants_auditevent event WHERE event.tenant_id = %s
  WINDOW chain AS (ORDER BY event.sequence)
) line WHERE reason IS NOT NULL ORDER BY sequence LIMIT 1
"""

LAST = """
SELECT count(*), (array_agg(encode(hash, 'hex') ORDER BY sequence DESC))[1]
FROM tenants_auditevent WHERE tenant_id = %s
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    lines: int = 0
    last_hash: str | None = None
    broken_at: int | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        return self.broken_at is None


def verify() -> Verdict:
    """Of the active company's log."""
    company = current_tenant().pk
    with connection.cursor() as cursor:
        cursor.execute(FIRST_BROKEN, [company])
        broken = cursor.fetchone()
        if broken:
            return Verdict(broken_at=broken[0], reason=broken[1])
        cursor.execute(LAST, [company])
        return Verdict(*cursor.fetchone())
