"""Refused attempts that matter, as lines of the Transactions log, coalesced: the first at once, then at most one a
minute for the same consumer, reason and address, with how many there were. Unknown keys count as one per address,
so that guessing fills no log. Never in the way of the answer: written by the background thread.

On a consumer's page these are its recent failures: verb `consumer.refused`, object the consumer.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

from psycopg import Connection, DataError

from oauth.request import WireRequest
from oauth.store import Caller, Client
from tenants import background
from tenants.throttling import network

VERB = "consumer.refused"
THROTTLED = "throttled"
MOST_KEPT = 5_000
QUIET_SECONDS = 60.0
# Keys told apart of one throttled address. Nobody looked them up, so it may have made them up.
MOST_KEYS = 8
REFERENCE = 8
logger = logging.getLogger(__name__)

# Company and consumer by id, or (throttled: nobody looked them up) by address and key; the reason; the caller's
# network.
type Place = tuple[int | str, int | str | None, str, str]


@dataclass(slots=True)
class Refusal:
    name: str
    endpoint: str
    key: str
    request_id: str
    address: str | None
    # What else is known of it, harmless wherever it is shown.
    facts: dict[str, str] = field(default_factory=dict)
    count: int = 0
    written_at: float = float("-inf")

    @property
    def reference(self) -> str:
        """What a page shows of it and the consumer's page is asked for."""
        return self.request_id[:REFERENCE]


ENTER = "SELECT id, set_config('app.tenant', id::text, true) FROM tenants_tenant WHERE slug = %s"
NAMED = "SELECT id, name FROM consumers_consumer WHERE tenant_id = %s AND client_id = %s AND deleted_at IS NULL"
LINE = """
INSERT INTO tenants_auditevent (tenant_id, at, actor_name, verb, object_type, object_id, object_name, before, after,
  address, request_id, sequence, previous_hash, hash)
VALUES (%s, now(), %s, %s, %s, %s, %s, '{}', %s, %s, %s, 0, '', '')
"""

_kept: dict[Place, Refusal] = {}
_throttled: Counter[str] = Counter()
_lock = Lock()


def note(request: WireRequest, client: Client, caller: Caller) -> None:
    """Remember that a client was refused, because of `caller.doubt`."""
    _count((caller.tenant, caller.consumer, caller.doubt, network(request.address)), request, client, caller.name)


def note_throttled(request: WireRequest, client: Client) -> None:
    if request.slug:
        _count((request.slug, printable(client.key), THROTTLED, network(request.address)), request, client, "")


def note_authorization(
    request: WireRequest, tenant: int, consumer: int | None, name: str, key: str, reason: str, facts: dict[str, str]
) -> str:
    """An app's request to act for a person that was refused. Returns the reference to show, which is the one of the
    first that was counted together with it; "" when there is no room to remember any."""
    place = (tenant, consumer, reason, network(request.address))
    kept = _count(place, request, Client(key, b"", "none"), name, facts)
    return kept.reference if kept else ""


def _count(
    place: Place, request: WireRequest, client: Client, name: str, facts: dict[str, str] | None = None
) -> Refusal | None:
    with _lock:
        kept = _kept.get(place)
        if kept is None:
            if not _has_room(place):
                return None
            key = printable(client.key)
            kept = _kept[place] = Refusal(name, request.endpoint, key, request.request_id, request.address, facts or {})
        kept.count += 1
    background.wake()
    return kept


def _has_room(place: Place) -> bool:
    """Whether a new place may be kept. Called, like _forget, with the lock held."""
    _, _, reason, near = place
    if len(_kept) >= MOST_KEPT:
        return False
    if reason == THROTTLED:
        if _throttled[near] >= MOST_KEYS:
            return False
        _throttled[near] += 1
    return True


def _forget(place: Place) -> None:
    _, _, reason, near = place
    del _kept[place]
    if reason == THROTTLED:
        _throttled[near] -= 1
        if not _throttled[near]:
            del _throttled[near]


def printable(key: str, most: int = 64) -> str:
    """What somebody sent as a client_id, harmless wherever it is shown."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in key[:most])


def due(now: float, *, everything: bool) -> list[tuple[Place, Refusal, int]]:
    with _lock:
        found = []
        for place, kept in list(_kept.items()):
            quiet = now - kept.written_at >= QUIET_SECONDS
            if kept.count and (quiet or everything):
                found.append((place, kept, kept.count))
                kept.count, kept.written_at = 0, now
            elif quiet:
                _forget(place)
        return found


def write(connection: Connection[Any], *, everything: bool) -> None:
    left = due(monotonic(), everything=everything)
    try:
        while left:
            try:
                write_one(connection, *left[0])
            except DataError as error:
                # It will never fit, and must not keep the others waiting.
                logger.error("A refusal can't be written: %s", error)
            left.pop(0)
    except BaseException:
        with _lock:
            for _, kept, count in left:
                kept.count, kept.written_at = kept.count + count, float("-inf")
        raise


def write_one(connection: Connection[Any], place: Place, kept: Refusal, count: int) -> None:
    company, who, reason, _ = place
    with connection.transaction():
        tenant, consumer = enter(connection, company, who, kept)
        if tenant is None:
            return
        after: dict[str, Any] = {"reason": reason, "endpoint": kept.endpoint, "count": count, **kept.facts}
        if consumer is None:
            after["client_id"] = kept.key
        connection.execute(
            LINE,
            [
                tenant, kept.name, VERB, "consumer" if consumer else "", str(consumer or ""), kept.name,
                json.dumps(after), kept.address, kept.request_id,
            ],
        )  # fmt: skip


def enter(
    connection: Connection[Any], company: int | str, who: int | str | None, kept: Refusal
) -> tuple[int | None, int | None]:
    """The ids of company and consumer, with the company's rows open for this transaction."""
    if isinstance(company, int):
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(company)])
        return company, who if isinstance(who, int) else None
    found = connection.execute(ENTER, [company]).fetchone()
    if found is None:
        return None, None
    named = connection.execute(NAMED, [found[0], who]).fetchone()
    if named is None:
        return found[0], None
    kept.name = named[1]
    return found[0], named[0]


background.register(write, lambda: any(kept.count for kept in list(_kept.values())))
