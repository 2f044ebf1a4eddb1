"""One thread per process that writes what may be a little late: last accessed, refused attempts. Nothing waits for
it and nothing fails because of it; what is kept is written every INTERVAL_SECONDS and when the process ends."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any, Protocol

import psycopg

from config import database

INTERVAL_SECONDS = 2.0
# After a first event, so that a burst is written as one.
PAUSE_SECONDS = 0.2
logger = logging.getLogger(__name__)


class Writer(Protocol):
    """Writes what is due, or everything kept, on an autocommit connection as the application role."""

    def __call__(self, connection: psycopg.Connection[Any], *, everything: bool) -> None: ...


_writers: list[tuple[Writer, Callable[[], bool]]] = []
_thread: Thread | None = None
_owner = 0
_lock = Lock()
_writing = Lock()
_wake = Event()


def register(writer: Writer, has_something: Callable[[], bool]) -> None:
    _writers.append((writer, has_something))


def wake() -> None:
    """There is something to write. Costs next to nothing; starts the thread when first called."""
    if _owner != os.getpid():
        _start()
    if not _wake.is_set():
        _wake.set()


def flush() -> None:
    """Write everything now."""
    _write(everything=True)


def _write(*, everything: bool) -> None:
    with _writing:
        writers = [writer for writer, has_something in _writers if has_something()]
        if writers:
            with _connect() as connection:
                for writer in writers:
                    writer(connection, everything=everything)


def _start() -> None:
    global _thread, _owner
    with _lock:
        if _owner == os.getpid():
            return
        _thread = Thread(target=_run, name="background-writer", daemon=True)
        _thread.start()
        _owner = os.getpid()
        atexit.register(_finish)


def _run() -> None:
    stop = Event()
    while True:
        _wake.wait()
        stop.wait(PAUSE_SECONDS)
        _wake.clear()
        try:
            _write(everything=False)
        except psycopg.Error as error:
            logger.warning("Could not write in the background: %s", error)
        except Exception:
            # The one thread there is must outlive a fault of ours.
            logger.exception("Unexpected in the background")
        stop.wait(INTERVAL_SECONDS - PAUSE_SECONDS)


def _finish() -> None:
    try:
        flush()
    except psycopg.Error as error:
        logger.warning("Could not write at the end: %s", error)


def _connect() -> psycopg.Connection[Any]:
    return psycopg.connect(database.conninfo("application", statement_timeout=5000, lock_timeout=2000), autocommit=True)
