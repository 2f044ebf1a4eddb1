"""How a test run begins and ends. Nothing here may import Django before the environment is set."""

import base64
import os
import signal
from collections.abc import Iterator
from hashlib import sha256, sha512

import django
import hypothesis
import psycopg
import pytest
from pytest_django import DjangoDbBlocker

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "GATEHOUSE_ENV": "test",
    "GATEHOUSE_DATABASE_ROLE": "application",
    # Good enough for production's own checks: nodes of the deployment tests share them.
    "GATEHOUSE_SECRET_KEY": sha512(b"secret key").hexdigest(),
    "GATEHOUSE_PEPPER": sha512(b"pepper").hexdigest(),
    "GATEHOUSE_KEYRING": f"test:{base64.b64encode(sha256(b'key ring').digest()).decode()}",
}
for name in [name for name in os.environ if name.startswith("GATEHOUSE_")]:
    if not name.startswith("GATEHOUSE_TEST_"):
        del os.environ[name]
os.environ.update(ENVIRONMENT)

from tests import database  # noqa: E402

# The same examples everywhere, so that a change is judged by what it changed; others with --hypothesis-profile=default.
hypothesis.settings.register_profile("gatehouse", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("gatehouse")

SERVER = pytest.StashKey[database.OwnCluster | database.GivenServer]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """The first process starts the server and migrates a template; every process that runs tests clones it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if not worker:
        # Ended politely, so nothing is left running.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        config.stash[SERVER] = database.server()
        database.share(config.stash[SERVER].start())
    os.environ.update(database.shared().clone(worker or "main"))
    django.setup()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Workers must find the settings only here, once they have a database; pytest-django would load them before."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVER in config.stash:
        config.stash[SERVER].stop()


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Instead of pytest-django's: the worker's database is there already."""


@pytest.fixture(scope="session", autouse=True)
def database_stays_open(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Tests never roll back: what they write is committed, under companies of their own."""
    from django.db import connections

    from tenants import background

    with django_db_blocker.unblock():
        yield
        background.flush()
        connections.close_all()


@pytest.fixture
def owner_connection() -> Iterator[psycopg.Connection]:
    """As the role that owns the tables, past row-level security; every statement commits by itself."""
    from config.database import conninfo

    with psycopg.connect(conninfo("owner"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def acme():
    """A company of this test's own: Ana super admin, Dora developer, Otto auditor, Ben member (tests.cast)."""
    from tests.cast import make_acme

    return make_acme()


@pytest.fixture
def beta():
    """Another company, whose super admin is Eve."""
    from tests.cast import make_beta

    return make_beta()
