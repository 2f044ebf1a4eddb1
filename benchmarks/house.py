"""A whole house to measure: PostgreSQL with fsync on, the application's role, granian with the production door.
Everything lives in a folder that goes when the run ends."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The throttle counts every request as always; its rates are out of the load's reach.
RATES = {"PER_MINUTE": "60000000", "BURST": "1000000"}


@dataclass
class House:
    port: int
    web: int
    postgres: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, port: int) -> dict[str, str]:
    rates = {f"GATEHOUSE_{who}_{what}": value for who in ("CONSUMER", "ADDRESS") for what, value in RATES.items()}
    return rates | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GATEHOUSE_DATA": str(folder),
        "GATEHOUSE_PORT": str(port),
        "GATEHOUSE_SECRET_KEY": secrets.token_urlsafe(48),
        "GATEHOUSE_PEPPER": secrets.token_urlsafe(48),
        "GATEHOUSE_KEYRING": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip


@contextmanager
def opened(*, workers: int = 1) -> Iterator[House]:
    """The house, with this process's own environment set so that Django can be set up on its database."""
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-bench-"))
    port = free_port()
    # Somebody's own DATABASE_URL least of all: what is written here goes into a database of its own.
    for name in [name for name in os.environ if name.startswith(("GATEHOUSE_", "DATABASE_"))]:
        del os.environ[name]
    os.environ.update(environment(folder, port))
    from config import database
    from config.embedded_postgres import EmbeddedPostgres

    postgres = EmbeddedPostgres(folder)
    web: subprocess.Popen[bytes] | None = None
    try:
        postgres.start()
        database.prepare()
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"],
            check=True, env=os.environ | {"GATEHOUSE_DATABASE_ROLE": "owner"},
        )  # fmt: skip
        os.environ["GATEHOUSE_DATABASE_ROLE"] = "application"
        assert postgres.process is not None
        web = serve(port, workers)
        yield House(port, web.pid, postgres.process.pid)
    finally:
        if web is not None:
            web.send_signal(signal.SIGTERM)
            web.wait(15)
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def serve(port: int, workers: int, target: str = "config.wsgi:application") -> subprocess.Popen[bytes]:
    """The server of production with `target` behind it."""
    from config import serving

    os.environ.update(GATEHOUSE_WORKERS=str(workers), GATEHOUSE_PORT=str(port))
    web = subprocess.Popen([*serving.command()[:-1], target], env=serving.environment(), cwd=ROOT)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and web.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return web
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the web server did not start")
