"""Last accessed (time, address) of authorizations and last use of secrets, coalesced: at most one write a minute
for each, by the background thread, guarded again in SQL so that it never goes backwards."""

from __future__ import annotations

from collections import defaultdict
from threading import Lock
from time import monotonic, time
from typing import Any

from psycopg import Connection

from tenants import background

EVERY_SECONDS = 60.0
MOST_KEPT = 100_000

AUTHORIZATIONS = """
UPDATE authorizations_authorization a SET last_accessed_at = to_timestamp(u.at),
  last_accessed_address = coalesce(u.address, a.last_accessed_address)
FROM unnest(%s::bigint[], %s::float8[], %s::inet[]) AS u (id, at, address)
WHERE a.tenant_id = %s AND a.id = u.id
  AND (a.last_accessed_at IS NULL OR a.last_accessed_at < to_timestamp(u.at) - interval '30 seconds')
"""
SECRETS = """
UPDATE consumers_consumersecret s SET last_used_at = to_timestamp(u.at)
FROM unnest(%s::bigint[], %s::float8[]) AS u (id, at)
WHERE s.tenant_id = %s AND s.id = u.id
  AND (s.last_used_at IS NULL OR s.last_used_at < to_timestamp(u.at) - interval '30 seconds')
"""

type Entry = tuple[str, int, int]

_noted: dict[Entry, float] = {}
_waiting: dict[Entry, tuple[float, str | None]] = {}
_lock = Lock()


def touch(tenant: int, authorization: int, address: str | None) -> None:
    """An authorization was used, from `address` (None: by somebody on its behalf, the address stays)."""
    _note(("authorization", tenant, authorization), address)


def secret_used(tenant: int, secret: int) -> None:
    _note(("secret", tenant, secret), None)


def _note(entry: Entry, address: str | None) -> None:
    now = monotonic()
    noted = _noted.get(entry)
    if noted is not None and now - noted < EVERY_SECONDS:
        return
    with _lock:
        if len(_noted) >= MOST_KEPT:
            _noted.clear()
        if len(_waiting) < MOST_KEPT:
            _noted[entry] = now
            _waiting[entry] = (time(), address)
    background.wake()


def write(connection: Connection[Any], *, everything: bool) -> None:
    with _lock:
        waiting = dict(_waiting)
        _waiting.clear()
    companies: dict[int, dict[str, list[tuple[int, float, str | None]]]] = defaultdict(lambda: defaultdict(list))
    for (kind, tenant, key), (at, address) in sorted(waiting.items()):
        companies[tenant][kind].append((key, at, address))
    try:
        for tenant, kinds in companies.items():
            _write_company(connection, tenant, kinds)
    except BaseException:
        with _lock:
            for entry, value in waiting.items():
                _waiting.setdefault(entry, value)
        raise


def _write_company(
    connection: Connection[Any], tenant: int, kinds: dict[str, list[tuple[int, float, str | None]]]
) -> None:
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        for kind, statement in (("authorization", AUTHORIZATIONS), ("secret", SECRETS)):
            if kinds[kind]:
                columns = [list(column) for column in zip(*kinds[kind], strict=True)]
                connection.execute(statement, [*columns[: 3 if kind == "authorization" else 2], tenant])


background.register(write, lambda: bool(_waiting))
