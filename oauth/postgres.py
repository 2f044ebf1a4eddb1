"""The wire's own line to PostgreSQL: one libpq connection per thread, always in pipeline mode.

What is asked together travels together, runs as one transaction (up to the sync) and costs one round trip.
psycopg's cursors would cost more CPU than the statements themselves (docs/decisions/0011).
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from psycopg import OperationalError, pq

from config import database
from oauth import turns
from oauth.errors import ServerError, Unavailable

# More than statement_timeout, so that a server that answers at all ends it in its own words.
PATIENCE_SECONDS: Final = 2.5
CONNECT_SECONDS: Final = 2.0
SESSION: Final[dict[str, int | str]] = {
    "statement_timeout": 2000,
    "lock_timeout": 1000,
    "idle_in_transaction_session_timeout": 5000,
    # The statements are constant and keyed: planning each anew would only cost.
    "plan_cache_mode": "force_generic_plan",
    # Each is a walk from key to key; statistics of a still small table must not suggest anything else.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "jit": "off",
}
COMMAND_OK = int(pq.ExecStatus.COMMAND_OK)
TUPLES_OK = int(pq.ExecStatus.TUPLES_OK)
PIPELINE_SYNC = int(pq.ExecStatus.PIPELINE_SYNC)
PIPELINE_ABORTED = int(pq.ExecStatus.PIPELINE_ABORTED)
BINARY, TEXT = 1, 0
# What going again on a new connection settles: serialization failure, deadlock, a plan outlived by a migration, a
# server that shut down or was promoted between two requests.
AGAIN: Final = (b"40001", b"40P01", b"0A000", b"26000", b"08", b"57P")
# Out of resources, in recovery, cancelled, shutting down, read-only after a failover, system trouble.
PASSING: Final = (b"08", b"25", b"53", b"55", b"57", b"58")

type Param = bytes | str | int | float | None
# NULL is "": nothing asked here tells them apart.
type Row = tuple[str, ...]


class Statement(NamedTuple):
    name: bytes
    sql: bytes


class Asked(NamedTuple):
    """A statement with its parameters: bytes travel as bytea, the rest as text."""

    statement: Statement
    params: tuple[Param, ...]


class Lost(Exception):
    """The connection is gone or unusable. Whether the last transaction happened is not known."""


class TooSlow(Lost):
    """No answer within PATIENCE_SECONDS: asking again would only take as long."""


class Refused(Exception):
    """PostgreSQL refused a statement, under its SQLSTATE."""

    def __init__(self, state: bytes, message: str) -> None:
        super().__init__(message)
        self.state = state


class Line:
    """One connection. Never shared between threads."""

    def __init__(self) -> None:
        try:
            self.link = reach(database.conninfo("application", **SESSION))
            self.link.enter_pipeline_mode()
        except OperationalError as error:
            raise Lost(str(error)) from None
        self.prepared: set[bytes] = set()
        self.poll = select.poll()
        self.poll.register(self.link.socket, select.POLLIN)

    def ask(self, *asked: Asked) -> list[Row | None]:
        """The first row of each, or None; committed. Raises Refused or Lost."""
        try:
            sent = [self._send(one) for one in asked]
            self.link.pipeline_sync()
            return self._answers(sent, to_sync=True)
        except OperationalError as error:
            raise Lost(str(error)) from None

    def begin(self, *asked: Asked) -> list[Row | None]:
        """As ask(), with the transaction left open until the next ask()."""
        try:
            sent = [self._send(one) for one in asked]
            self.link.send_flush_request()
            self.link.flush()
            return self._answers(sent, to_sync=False)
        except OperationalError as error:
            raise Lost(str(error)) from None

    def close(self) -> None:
        self.link.finish()

    def _send(self, asked: Asked) -> int:
        """How many answers will come: one more when the statement is new to this connection."""
        statement, answers = asked.statement, 1
        if statement.name not in self.prepared:
            self.link.send_prepare(statement.name, statement.sql)
            # If this or anything after it is refused, the connection is given up, and this set with it.
            self.prepared.add(statement.name)
            answers = 2
        values: list[bytes | None] = []
        formats: list[int] = []
        for param in asked.params:
            # Text travels in binary too: its length is honest, so nothing ends unseen at a NUL.
            if isinstance(param, str):
                values.append(param.encode())
                formats.append(BINARY)
            elif isinstance(param, (int, float)):
                values.append(repr(param).encode())
                formats.append(TEXT)
            else:
                values.append(param)
                formats.append(BINARY)
        self.link.send_query_prepared(statement.name, values, formats, TEXT)
        return answers

    def _answers(self, sent: list[int], *, to_sync: bool) -> list[Row | None]:
        """What came back for each statement, without the answers to its preparation."""
        link, count = self.link, sum(sent)
        rows: list[Row | None] = []
        refused: Refused | None = None
        ends = 0
        while to_sync or ends < count:
            if link.is_busy():
                self._wait()
            result = link.get_result()
            if result is None:
                ends += 1
                continue
            status = result.status
            if status == TUPLES_OK and result.ntuples:
                values = [result.get_value(0, column) for column in range(result.nfields)]
                rows.append(tuple(["" if value is None else value.decode() for value in values]))
            elif status in (TUPLES_OK, COMMAND_OK):
                rows.append(None)
            elif status == PIPELINE_SYNC:
                break
            elif status != PIPELINE_ABORTED and refused is None:
                refused = Refused(result.error_field(pq.DiagnosticField.SQLSTATE) or b"", result.get_error_message())
        if refused is not None:
            raise refused
        if count == len(sent):
            return rows
        last = -1
        return [rows[last := last + answers] for answers in sent]

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.link.is_busy():
            if not ready(self.poll, deadline):
                raise TooSlow("no answer in time")
            self.link.consume_input()


def reach(conninfo: str) -> pq.abc.PGconn:
    """A new connection. Step by step, because PQconnectdb would hold up every thread of the process while it waits.
    Raises Lost."""
    link = pq.PGconn.connect_start(conninfo.encode())
    deadline = time.monotonic() + CONNECT_SECONDS
    while link.status != pq.ConnStatus.BAD:
        state = link.connect_poll()
        if state == pq.PollingStatus.OK:
            return link
        if state == pq.PollingStatus.FAILED:
            break
        poll = select.poll()
        poll.register(link.socket, select.POLLIN if state == pq.PollingStatus.READING else select.POLLOUT)
        if not ready(poll, deadline):
            link.finish()
            raise TooSlow("no connection in time")
    message = link.get_error_message()
    link.finish()
    raise Lost(message)


def ready(poll: select.poll, deadline: float) -> bool:
    """Wait, while others work. False when the deadline (of the monotonic clock) came first."""
    left = deadline - time.monotonic()
    if left <= 0:
        return False
    with turns.passed_on:
        return bool(poll.poll(left * 1000))


class Lines(threading.local):
    """Each thread's line, opened when first needed and replaced when lost."""

    line: Line | None = None

    def run[T](self, work: Callable[[Line], T]) -> T:
        """`work` with this thread's line. Everything it does must be safe to do twice: after a conflict, or on a
        connection that died between two requests, it is done again once. Raises Unavailable or ServerError."""
        reused = self.line is not None
        try:
            return self._attempt(work)
        except Lost as error:
            if not reused or isinstance(error, TooSlow):
                raise Unavailable(detail=str(error)) from error
        except Refused as error:
            if not error.state.startswith(AGAIN):
                raise verdict(error) from error
        try:
            return self._attempt(work)
        except Lost as error:
            raise Unavailable(detail=str(error)) from error
        except Refused as error:
            raise verdict(error) from error

    def _attempt[T](self, work: Callable[[Line], T]) -> T:
        if self.line is None:
            self.line = Line()
        try:
            return work(self.line)
        except BaseException:
            # Nobody may find the remains of a conversation that broke off.
            self._drop()
            raise

    def _drop(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None


def verdict(error: Refused) -> Unavailable:
    kind = Unavailable if error.state.startswith(PASSING) else ServerError
    return kind(detail=f"{error.state.decode()} {error}")
