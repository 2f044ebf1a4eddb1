"""One thread of a process at a time works on the wire; whoever waits for PostgreSQL passes the turn on.

The interpreter's own lock would keep them apart too, but libpq's calls let go of it several times per request, each
time waking a thread that finds it taken again a moment later: under load a seventh of what a signed token costs
(docs/decisions/0016)."""

from __future__ import annotations

import threading
from types import TracebackType

_turn = threading.Lock()


class _Mine(threading.local):
    held = False


_mine = _Mine()


class _Taken:
    def __enter__(self) -> None:
        _turn.acquire()
        _mine.held = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _mine.held = False
        _turn.release()


class _PassedOn:
    """Nothing for a thread that has no turn: who comes through Django's door, or in the background."""

    def __enter__(self) -> None:
        if _mine.held:
            _turn.release()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if _mine.held:
            _turn.acquire()


taken, passed_on = _Taken(), _PassedOn()
