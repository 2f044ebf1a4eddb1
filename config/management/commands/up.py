"""up: everything on this machine with one command (make run): database, schema, demo world, web, worker."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection, connections
from django.db.migrations.executor import MigrationExecutor

from config import database, demo, env, processes, serving
from config.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

FIRST_ANSWER_SECONDS = 30
GLANCE_SECONDS = 0.5


class Command(BaseCommand):
    help = "Start Gatehouse on this machine: PostgreSQL (unless DATABASE_URL is set), migrations, demo world, web."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo-file", type=Path, default=demo.FILE, help="where the demo's credentials are kept")

    def handle(self, **options: Any) -> None:
        self.demo_file: Path = options["demo_file"]
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, leave)
        try:
            with ExitStack() as running:
                self.start(running)
                self.stdout.write(welcome(self.demo_file))
                self.stdout.flush()
                self.watch()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        except (EmbeddedPostgresError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None
        except (Error, psycopg.Error) as error:
            raise CommandError(f"The database can't be used: {first_line(error)}") from None

    def start(self, running: ExitStack) -> None:
        refuse_busy_port()
        self.postgres: EmbeddedPostgres | None = None
        if database.embedded():
            with self.step("PostgreSQL"):
                self.postgres = EmbeddedPostgres(env.data_folder())
                running.callback(self.postgres.stop)
                self.postgres.start()
        with self.step("Database schema"):
            database.prepare()
            migrate()
        with self.step("Demo world"):
            call_command("seed_demo", file=self.demo_file, verbosity=0)
        connections.close_all()
        with self.step("Web"):
            self.web = processes.start(serving.command(), serving.environment())
            running.callback(processes.stop, self.web, serving.STOP_SECONDS + 2)
            wait_for_first_page(self.web)
        self.worker = start_worker()
        running.callback(self.stop_worker)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.stdout.write(f"  {name} … ", ending="")
        self.stdout.flush()
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            self.stdout.write("")
            raise
        self.stdout.write(f"{time.monotonic() - begun:.1f} s")

    def watch(self) -> None:
        """Until told to stop: a database or worker that died comes back; a web that can't stay up ends everything."""
        while True:
            time.sleep(GLANCE_SECONDS)
            if self.postgres and not self.postgres.is_running():
                self.stderr.write("PostgreSQL went away; starting it again.")
                self.postgres.start()
            if self.worker.poll() is not None:
                self.stderr.write("The background worker went away; starting it again.")
                self.worker = start_worker()
            if self.web.poll() is not None:
                raise CommandError("The web server went away; its last words are above.")

    def stop_worker(self) -> None:
        processes.stop(self.worker, serving.STOP_SECONDS)


def leave(number: int, frame: FrameType | None) -> None:
    """Once; a second Ctrl-C must not cut the stopping short, which is bounded anyway."""
    for repeated in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(repeated, signal.SIG_IGN)
    raise KeyboardInterrupt


def refuse_busy_port() -> None:
    port = serving.port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((serving.host(), port))
        except PermissionError:
            raise CommandError(f"Port {port} needs more rights; choose one above 1023 with GATEHOUSE_PORT.") from None
        except OSError:
            raise CommandError(
                f"Port {port} is busy; stop what listens there, or choose another: GATEHOUSE_PORT={port + 1} make run"
            ) from None


def migrate() -> None:
    """Asking first what is missing takes a tenth of the time of a migrate that finds nothing to do."""
    executor = MigrationExecutor(connection)
    known = set(executor.loader.disk_migrations)
    newer = sorted(f"{app}.{name}" for app, name in set(executor.loader.applied_migrations) - known)
    if newer:
        raise CommandError(
            f"The data folder {env.data_folder()} was made by a newer Gatehouse (it has {newer[0]}): "
            "update this checkout, or choose another folder with GATEHOUSE_DATA."
        )
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        # The log is written in order, so the next commit that waits for the disk makes these durable too.
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
        call_command("migrate", verbosity=0, interactive=False)


def start_worker() -> subprocess.Popen[bytes]:
    return processes.start([sys.executable, str(env.ROOT / "manage.py"), "worker"], os.environ)


def wait_for_first_page(web: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + FIRST_ANSWER_SECONDS
    while time.monotonic() < deadline:
        if web.poll() is not None:
            raise CommandError("The web server did not start; its last words are above.")
        if answers():
            return
        time.sleep(0.05)
    raise CommandError(f"The web server did not answer within {FIRST_ANSWER_SECONDS} seconds.")


def answers() -> bool:
    caller = HTTPConnection(serving.host(), serving.port(), timeout=5)
    try:
        caller.request("GET", "/healthz", headers={"Host": "localhost"})
        return caller.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        caller.close()


def welcome(demo_file: Path) -> str:
    base = settings.GATEHOUSE_BASE_URL
    companies = demo.remembered(demo_file)["companies"]
    company = companies[0]
    admin = next(person for person in company["people"] if person["role"] == "super_admin")
    machine = next(one for one in company["consumers"] if one["grant_type"] == "client_credentials")
    login = shlex.quote(f"{machine['client_id']}:{machine['client_secret']}")
    lines = [
        "",
        "Gatehouse is ready.",
        "",
        f"  Open      {base}/",
        f"  Sign in   {admin['email']}   {admin['password']}   (super admin)",
        f"  or once   {demo.one_time_sign_in(admin['email'])}",
        *(f"  Company   {base}/t/{each['slug']}/" for each in companies),
        f"  API       {base}/t/{company['slug']}/api/",
        f"  Secrets   {demo_file}",
        "",
        "A token:",
        f"curl -s -u {login} -d grant_type=client_credentials {base}/t/{company['slug']}/oauth/token",
        "",
        "An app that asks a person (open it in a browser; the answer goes to a page that is yours to make):",
        authorize_url(company),
        "",
        "Programs around it, each in a terminal of its own:",
        "  make example-resource-server   an API of work orders that Gatehouse protects",
        "  make example-app               a third-party program that gets a token and reads them",
        "  make example-web-app           a web app that people let in, at http://127.0.0.1:9500/",
        "  make example-browser-app       a page without a server of its own, at http://127.0.0.1:9501/",
        "  make example-cli               a command-line app, let in from any browser",
        "",
        f"  Stop      kill {os.getpid()}",
        "",
    ]
    return "\n".join(lines)


def authorize_url(company: dict[str, Any]) -> str:
    """A request of a public app of the demo world. Its verifier is "demo" eleven times."""
    app = next(one for one in company["consumers"] if one["client_type"] == "public")
    challenge = urlsafe_b64encode(sha256(b"demo" * 11).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": demo.HERE,
        "scope": "openid profile work_orders:view",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{company['issuer']}/oauth/authorize?{urlencode(asked)}"


def first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
