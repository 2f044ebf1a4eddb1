"""Small Django projects of their own beside a Gatehouse: each has its database in the worker's PostgreSQL."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from secrets import token_hex

from config import env, processes
from tests import database
from tests.servers import free_port, wait_until_answered

STOP_SECONDS = 4


@contextmanager
def start_project(
    settings: str,
    *,
    clients: Sequence[tuple[str, str]] = (),
    apps: Sequence[tuple[str, str, str, str]] = (),
    devices: Sequence[tuple[str, str]] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, str]]:
    """The base URL and the database URL of a project that answers."""
    databases = database.shared()
    name = f"{databases.prefix}_{settings.rpartition('.')[2]}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    databases.create(name, "template0")
    url = databases.urls(name)["DATABASE_OWNER_URL"]
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "DATABASE_"))}
    own = {"DJANGO_SETTINGS_MODULE": settings, "ORACLE_DATABASE_URL": url, "ORACLE_SECRET_KEY": token_hex(32)}
    variables = {**inherited, **own, "PYTHONPATH": str(env.ROOT), **(environment or {})}
    prepare = [sys.executable, "-m", "tests.oracle.prepare"]
    wanted = json.dumps({"clients": clients, "apps": apps, "devices": devices})
    done = subprocess.run(prepare, env=variables, input=wanted, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    process = processes.start(granian(port), variables)
    try:
        wait_until_answered(port, process)
        yield f"http://127.0.0.1:{port}", url
    finally:
        processes.stop(process, STOP_SECONDS)


def granian(port: int) -> list[str]:
    options = {"--interface": "wsgi", "--host": "127.0.0.1", "--port": str(port), "--log-level": "warning"}
    options |= {"--blocking-threads": "2", "--backpressure": "8"}
    words = [word for option in options.items() for word in option]
    return [sys.executable, "-m", "granian", *words, "--no-ws", "tests.oracle.wsgi:application"]
