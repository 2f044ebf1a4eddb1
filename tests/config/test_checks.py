"""What keeps a server out of production."""

import os
import subprocess
import sys
from base64 import b64encode

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from config import checks, database, env
from tests import demo_world
from tests.cast import make_user

GOOD = {
    "PRODUCTION": True,
    "SECRET_KEY": "k" * 40 + "1",
    "GATEHOUSE_PEPPER": b"p" * 40,
    "GATEHOUSE_KEYRING": "one:" + b64encode(bytes(range(32))).decode(),
    "GATEHOUSE_TRUSTED_PROXIES": ["10.0.0.0/8", "2001:db8::7"],
    "ALLOWED_HOSTS": ["id.company.test"],
    "GATEHOUSE_BASE_URL": "https://id.company.test",
    "DEBUG": False,
}


def found(**changes):
    with override_settings(**{**GOOD, **changes}):
        return {error.id for error in checks.production_is_safe()} - {"gatehouse.E024"}


def test_a_good_server_is_let_through():
    assert found() == set()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"SECRET_KEY": "short"}, "gatehouse.E001"),
        ({"SECRET_KEY": "django-insecure-" + "x" * 40}, "gatehouse.E001"),
        ({"GATEHOUSE_PEPPER": b""}, "gatehouse.E001"),
        ({"GATEHOUSE_PEPPER": GOOD["SECRET_KEY"].encode()}, "gatehouse.E002"),
        ({"GATEHOUSE_KEYRING": ""}, "gatehouse.E004"),
        ({"GATEHOUSE_KEYRING": "one"}, "gatehouse.E004"),
        ({"GATEHOUSE_KEYRING": "one:" + "A" * 44}, "gatehouse.E004"),
        ({"GATEHOUSE_KEYRING": "one:" + b64encode(bytes(32)).decode()}, "gatehouse.E004"),
        ({"GATEHOUSE_KEYRING": GOOD["GATEHOUSE_KEYRING"] + ",two:c2hvcnQ="}, "gatehouse.E004"),
        ({"GATEHOUSE_TRUSTED_PROXIES": ["0.0.0.0/0"]}, "gatehouse.E008"),
        ({"GATEHOUSE_TRUSTED_PROXIES": ["10.0.0.0/8", "::/0"]}, "gatehouse.E008"),
        ({"GATEHOUSE_TRUSTED_PROXIES": ["proxy.example"]}, "gatehouse.E008"),
        ({"DEBUG": True}, "gatehouse.E005"),
        ({"ALLOWED_HOSTS": ["*"]}, "gatehouse.E006"),
        ({"ALLOWED_HOSTS": [".company.test"]}, "gatehouse.E006"),
        ({"GATEHOUSE_BASE_URL": "http://id.company.test"}, "gatehouse.E007"),
    ],
)
def test_each_mistake_is_named(changes, error):
    assert found(**changes) == {error}


def test_outside_production_nothing_is_asked():
    assert found(PRODUCTION=False, DEBUG=True) == set()


def test_a_role_that_owns_tables_is_refused(monkeypatch):
    owner = database.conninfo("owner")
    monkeypatch.setattr(checks, "conninfo", lambda role: owner)
    assert "gatehouse.E023" in found()


def test_a_demo_person_is_refused(owner_connection):
    make_user("ben@northwind.example")
    try:
        with override_settings(**GOOD), pytest.raises(ImproperlyConfigured, match="E024"):
            checks.refuse_unsafe()
    finally:
        demo_world.put_away(owner_connection)


def test_a_database_that_is_away_keeps_no_node_from_starting(monkeypatch):
    monkeypatch.setattr(checks, "conninfo", lambda role: "host=/nowhere/at/all connect_timeout=1")
    assert found() == {"gatehouse.E021"}
    with override_settings(**GOOD):
        checks.refuse_unsafe()


def test_no_server_program_gets_around_the_checks():
    """Not granian's own command, not another WSGI server: what they load refuses."""
    unsafe = {"GATEHOUSE_ENV": "production", "GATEHOUSE_BASE_URL": "http://id.company.test", "GATEHOUSE_PEPPER": "x"}
    loading = [sys.executable, "-c", "import config.wsgi"]
    done = subprocess.run(loading, cwd=env.ROOT, env={**os.environ, **unsafe}, capture_output=True, text=True)
    assert done.returncode
    assert "gatehouse.E001" in done.stderr
    assert "gatehouse.E007" in done.stderr
