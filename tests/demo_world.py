"""The demo world in the worker's own database, and put away again: others seed it too, and a database with demo people
in it refuses to serve in production, which other tests do with this one."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from config import demo, env
from config.database import conninfo
from tests.servers import as_owner

MINTED_AGAIN = "SELECT count(*) FROM consumers_consumersecret WHERE retired_at IS NOT NULL AND name = 'Production'"


def seed(path: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """As an operator does: a command of its own, as the owner of the tables. Returns what is in the file."""
    command = [sys.executable, str(env.ROOT / "manage.py"), "seed_demo", "--file", str(path)]
    done = subprocess.run(command, cwd=env.ROOT, env=as_owner(environment), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text())


@contextmanager
def seeded(path: Path, environment: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    with psycopg.connect(conninfo("owner"), autocommit=True) as connection:
        before = connection.execute(MINTED_AGAIN).fetchone()
        try:
            content = seed(path, environment)
            # The consumers keep the secrets they were made with: none was minted, thrown away and replaced.
            assert connection.execute(MINTED_AGAIN).fetchone() == before
            yield content
        finally:
            put_away(connection)


def put_away(connection: psycopg.Connection) -> None:
    emails = [person.email for company in demo.WORLD for person in company.people]
    slugs = [company.slug for company in demo.WORLD]
    connection.execute("UPDATE accounts_user SET email = 'was' || id || email WHERE email = ANY (%s)", [emails])
    connection.execute("UPDATE tenants_tenant SET slug = 'was-' || id WHERE slug = ANY (%s)", [slugs])
