"""Django's PostgreSQL backend for the application's role: it gives up on a server that takes a statement and never
answers. The server's own statement_timeout ends what is slow; nothing of its own ends a server that is stopped, or a
network that swallows the answer.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, TypeVar

import psycopg
from django.db.backends.postgresql import base
from psycopg import errors
from psycopg.abc import PQGen

# More than statement_timeout (config.database.PAGE_LIMITS), so that a server that answers at all ends it itself.
PATIENCE_SECONDS = 4.5
# "Are you there?" is answered at once or not at all; a new connection may take its own time after it.
HEALTH_SECONDS = 1.5

Result = TypeVar("Result")


class Connection(psycopg.Connection[Any]):
    patience_seconds = PATIENCE_SECONDS

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        try:
            return super().wait(gen, interval, self.patience_seconds if timeout is None else timeout)
        except errors._WaitTimeout:
            # Whatever arrives on it later belongs to nobody.
            self.close()
            raise psycopg.OperationalError("the server did not answer in time") from None


# The driver as Django sees it: everything as it is, but for the way in.
driver = ModuleType("psycopg")
vars(driver).update(vars(psycopg), connect=Connection.connect)


class DatabaseWrapper(base.DatabaseWrapper):
    Database = driver

    def is_usable(self) -> bool:
        connection = self.connection
        if connection is None:
            return False
        connection.patience_seconds = HEALTH_SECONDS
        try:
            return bool(super().is_usable())
        finally:
            connection.patience_seconds = PATIENCE_SECONDS
