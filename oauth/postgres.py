"""The wire's own line to PostgreSQL: one libpq connection per thread, always in pipeline mode.

What is asked together travels together, runs as one transaction (up to the sync) and costs one round trip.
psycopg's cursors would cost more CPU than the statements themselves (docs/decisions/0008).
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from psycopg import OperationalError, pq

from config import database
from oauth.errors import ServerError, Unavailable

# More than statement_timeout, so that a server that answers at all ends it in its own words.
PATIENCE_SECONDS: Final = 2.5
SESSION: Final[dict[str, int | str]] = {
    "statement_timeout": 2000,
    "lock_timeout": 1000,
    "idle_in_transaction_session_timeout": 5000,
    # The statements are constant and keyed: planning each anew would only cost.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}
COMMAND_OK = int(pq.ExecStatus.COMMAND_OK)
TUPLES_OK = int(pq.ExecStatus.TUPLES_OK)
PIPELINE_SYNC = int(pq.ExecStatus.PIPELINE_SYNC)
PIPELINE_ABORTED = int(pq.ExecStatus.PIPELINE_ABORTED)
CONNECTED = pq.ConnStatus.OK
BINARY, TEXT = 1, 0
# Conflicts that going again settles: serialization failure, deadlock, a plan outlived by a migration.
AGAIN: Final = frozenset({b"40001", b"40P01", b"0A000"})
# Out of resources, in recovery, cancelled, shutting down, read-only after a failover, system trouble.
PASSING: Final = (b"08", b"25", b"53", b"55", b"57", b"58")

type Param = bytes | str | int | float | None
type Row = tuple[bytes | None, ...]


class Statement(NamedTuple):
    name: bytes
    sql: bytes


class Asked(NamedTuple):
    """A statement with its parameters: bytes travel as bytea, the rest as text."""

    statement: Statement
    params: tuple[Param, ...]


class Lost(Exception):
    """The connection is gone or unusable. Whether the last transaction happened is not known."""


class Refused(Exception):
    """PostgreSQL refused a statement, under its SQLSTATE."""

    def __init__(self, state: bytes, message: str) -> None:
        super().__init__(message)
        self.state = state


class Line:
    """One connection. Never shared between threads."""

    def __init__(self, statements: tuple[Statement, ...]) -> None:
        options = database.conninfo("application", **SESSION)
        try:
            self.link = pq.PGconn.connect(options.encode())
            if self.link.status != CONNECTED:
                raise Lost(self.link.get_error_message())
            for statement in statements:
                done = self.link.prepare(statement.name, statement.sql)
                if done.status != pq.ExecStatus.COMMAND_OK:
                    raise Refused(done.error_field(pq.DiagnosticField.SQLSTATE) or b"", done.get_error_message())
            self.link.enter_pipeline_mode()
        except OperationalError as error:
            raise Lost(str(error)) from None
        self.poll = select.poll()
        self.poll.register(self.link.socket, select.POLLIN)

    def ask(self, *asked: Asked) -> list[Row | None]:
        """The first row of each, or None; committed. Raises Refused or Lost."""
        try:
            for one in asked:
                self._send(one)
            self.link.pipeline_sync()
            return self._answers(len(asked), to_sync=True)
        except OperationalError as error:
            raise Lost(str(error)) from None

    def begin(self, *asked: Asked) -> list[Row | None]:
        """As ask(), with the transaction left open until the next ask()."""
        try:
            for one in asked:
                self._send(one)
            self.link.send_flush_request()
            self.link.flush()
            return self._answers(len(asked), to_sync=False)
        except OperationalError as error:
            raise Lost(str(error)) from None

    def close(self) -> None:
        self.link.finish()

    def _send(self, asked: Asked) -> None:
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
        self.link.send_query_prepared(asked.statement.name, values, formats, TEXT)

    def _answers(self, count: int, *, to_sync: bool) -> list[Row | None]:
        link, ends = self.link, 0
        rows: list[Row | None] = []
        refused: Refused | None = None
        while to_sync or ends < count:
            if link.is_busy():
                self._wait()
            result = link.get_result()
            if result is None:
                ends += 1
                continue
            status = result.status
            if status == TUPLES_OK:
                rows.append(
                    tuple([result.get_value(0, column) for column in range(result.nfields)]) if result.ntuples else None
                )
            elif status == COMMAND_OK:
                rows.append(None)
            elif status == PIPELINE_SYNC:
                break
            elif status != PIPELINE_ABORTED and refused is None:
                refused = Refused(result.error_field(pq.DiagnosticField.SQLSTATE) or b"", result.get_error_message())
        if refused is not None:
            raise refused
        return rows

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.link.is_busy():
            left = deadline - time.monotonic()
            if left <= 0 or not self.poll.poll(left * 1000):
                raise Lost("no answer in time")
            self.link.consume_input()


class Lines(threading.local):
    """Each thread's line, opened when first needed and replaced when lost."""

    line: Line | None = None

    def run[T](self, statements: tuple[Statement, ...], work: Callable[[Line], T]) -> T:
        """`work` with this thread's line. Everything it does must be safe to do twice: after a conflict, or a
        connection that died between two requests, it is done again once. Raises Unavailable or ServerError."""
        reused = self.line is not None
        try:
            return self._attempt(statements, work)
        except Lost as error:
            self._drop()
            if not reused or str(error) == "no answer in time":
                raise Unavailable(detail=str(error)) from error
        except Refused as error:
            if error.state not in AGAIN and not error.state.startswith((b"08", b"57P")):
                raise self._verdict(error) from error
            if error.state not in AGAIN or error.state == b"0A000":
                self._drop()
        try:
            return self._attempt(statements, work)
        except Lost as error:
            self._drop()
            raise Unavailable(detail=str(error)) from error
        except Refused as error:
            raise self._verdict(error) from error

    def _attempt[T](self, statements: tuple[Statement, ...], work: Callable[[Line], T]) -> T:
        if self.line is None:
            self.line = Line(statements)
        try:
            return work(self.line)
        except (Lost, Refused):
            raise
        except BaseException:
            # Left in the middle of a conversation: nobody may find its remains.
            self._drop()
            raise

    def _drop(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None

    def _verdict(self, error: Refused) -> Unavailable:
        # A refused statement in begin() leaves its transaction open: a new connection is the sure way out.
        self._drop()
        kind = Unavailable if error.state.startswith(PASSING) else ServerError
        return kind(detail=f"{error.state.decode()} {error}")
