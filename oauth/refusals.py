"""Refused attempts that matter, as lines of the Transactions log, coalesced: the first at once, then at most one a
minute for the same consumer, reason and address, with how many there were. Unknown keys count as one per address,
so that guessing fills no log. Never in the way of the answer: written by the background thread.

On a consumer's page these are its recent failures: verb `consumer.refused`, object the consumer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from psycopg import Connection

from oauth.request import WireRequest
from oauth.store import Caller, Client
from tenants import background

VERB = "consumer.refused"
MOST_KEPT = 5_000
QUIET_SECONDS = 60.0

type Place = tuple[int, int | None, str, str | None]


@dataclass(slots=True)
class Refusal:
    name: str
    endpoint: str
    key: str
    request_id: str
    count: int = 0
    written_at: float = float("-inf")


_kept: dict[Place, Refusal] = {}
_lock = Lock()


def note(request: WireRequest, client: Client, caller: Caller, reason: str = "") -> None:
    """Remember one refusal. `caller.doubt` is the reason unless another is given."""
    place = (caller.tenant, caller.consumer, reason or caller.doubt, request.address)
    with _lock:
        kept = _kept.get(place)
        if kept is None:
            if len(_kept) >= MOST_KEPT:
                return
            kept = _kept[place] = Refusal(caller.name, request.endpoint, printable(client.key), request.request_id)
        kept.count += 1
    background.wake()


def printable(key: str) -> str:
    """What somebody sent as a client_id, harmless wherever it is shown."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in key[:64])


def due(now: float, *, everything: bool) -> list[tuple[Place, Refusal, int]]:
    with _lock:
        found = []
        for place, kept in list(_kept.items()):
            quiet = now - kept.written_at >= QUIET_SECONDS
            if kept.count and (quiet or everything):
                found.append((place, kept, kept.count))
                kept.count, kept.written_at = 0, now
            elif quiet:
                del _kept[place]
        return found


def write(connection: Connection, *, everything: bool) -> None:
    for (tenant, consumer, reason, address), kept, count in due(monotonic(), everything=everything):
        after = {"reason": reason, "endpoint": kept.endpoint, "count": count}
        if consumer is None:
            after["client_id"] = kept.key
        with connection.transaction():
            connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
            connection.execute(
                "INSERT INTO tenants_auditevent (tenant_id, at, actor_name, verb, object_type, object_id, object_name,"
                " before, after, address, request_id, sequence, previous_hash, hash)"
                " VALUES (%s, now(), %s, %s, %s, %s, %s, '{}', %s, %s, %s, 0, '', '')",
                [
                    tenant, kept.name, VERB, "consumer" if consumer else "", str(consumer or ""), kept.name,
                    json.dumps(after), address, kept.request_id,
                ],
            )  # fmt: skip


background.register(write, lambda: any(kept.count for kept in list(_kept.values())))
