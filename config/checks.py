"""What must not be true of a production server; `manage.py serve` and config.wsgi refuse to start it, `manage.py check
--deploy` says why."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

import psycopg
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from config import demo, env
from config.database import conninfo

# What an example, a test or a checkout's own file may have put there.
KNOWN_WORDS = ("change", "default", "example", "insecure", "secret-key-of", "pepper-of")
SHORTEST_SECRET = 32
KEY_BYTES = 32
AWAY = 21

# The role that serves pages must be bound by row-level security: it owns nothing and steps around nothing.
ROLE = """
SELECT current_user::text, rolsuper, rolbypassrls,
  EXISTS (SELECT FROM pg_class WHERE relowner = role.oid AND relkind IN ('r', 'p')),
  EXISTS (SELECT FROM pg_roles other WHERE other.oid <> role.oid AND (other.rolsuper OR other.rolbypassrls)
          AND pg_has_role(role.oid, other.oid, 'SET')),
  session_user::text <> current_user::text AND EXISTS (
    SELECT FROM pg_roles login WHERE login.rolname = session_user AND (login.rolsuper OR login.rolbypassrls))
FROM pg_roles role WHERE rolname = current_user
"""
DEMO_PEOPLE = "SELECT email FROM accounts_user WHERE email = ANY(%s) ORDER BY email LIMIT 1"


def production_is_safe(app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    return [Error(sentence, id=f"gatehouse.E{number:03}") for number, sentence in (*of_settings(), *of_database())]


def refuse_unsafe() -> None:
    """Raises ImproperlyConfigured with everything that is wrong. A database that is away is no reason: the node
    starts and answers 503 until it is back."""
    found = [error for error in production_is_safe() if error.id != f"gatehouse.E{AWAY:03}"]
    if found:
        raise ImproperlyConfigured(
            "This server must not go into production like this:\n"
            + "\n".join(f"- {error.msg} ({error.id})" for error in found)
        )


def of_settings() -> Iterator[tuple[int, str]]:
    secrets = {
        "GATEHOUSE_SECRET_KEY": settings.SECRET_KEY,
        "GATEHOUSE_PEPPER": settings.GATEHOUSE_PEPPER.decode("utf-8", "replace"),
    }
    for name, value in secrets.items():
        if len(value) < SHORTEST_SECRET or any(word in value.lower() for word in KNOWN_WORDS):
            yield 1, f"{name} is too short or one that others know: set a random one of {SHORTEST_SECRET} or more."
    if secrets["GATEHOUSE_SECRET_KEY"] == secrets["GATEHOUSE_PEPPER"]:
        yield 2, "GATEHOUSE_SECRET_KEY and GATEHOUSE_PEPPER must differ."
    if env.LOCAL_SECRETS.exists() and set(env.local_secrets().values()) & {
        *secrets.values(),
        settings.GATEHOUSE_KEYRING,
    }:
        yield 3, "A secret of a development checkout (.local/secrets.env) is in use: set new ones."
    if not opens(settings.GATEHOUSE_KEYRING):
        yield 4, "GATEHOUSE_KEYRING must be id:base64 entries of 32 random bytes: signing keys could not be sealed."
    if settings.DEBUG:
        yield 5, "DEBUG is on: error pages would show secrets."
    if any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        yield 6, "GATEHOUSE_ALLOWED_HOSTS must name each host: a wildcard lets others choose what we are called."
    if not settings.GATEHOUSE_BASE_URL.startswith("https://"):
        yield 7, "GATEHOUSE_BASE_URL must begin with https://: tokens and passwords travel on it."
    if not all(map(is_proxy, settings.GATEHOUSE_TRUSTED_PROXIES)):
        yield 8, "GATEHOUSE_TRUSTED_PROXIES must be addresses or networks of your proxies, never everybody's."


def opens(keyring: str) -> bool:
    """Whether each key of the ring has its length, and more than a few different bytes."""
    encoded = [entry.strip().partition(":")[2] for entry in keyring.split(",")]
    try:
        ring = [b64decode(key, validate=True) for key in encoded]
    except ValueError:
        return False
    return all(len(key) == KEY_BYTES and len(set(key)) >= KEY_BYTES // 4 for key in ring)


def is_proxy(entry: str) -> bool:
    try:
        return ip_network(entry, strict=False).prefixlen > 0
    except ValueError:
        return False


def of_database() -> Iterator[tuple[int, str]]:
    try:
        with psycopg.connect(conninfo("application"), autocommit=True) as connection:
            row = connection.execute(ROLE).fetchone()
            people = connection.execute(DEMO_PEOPLE, [sorted(demo.EMAILS)]).fetchone()
    except psycopg.errors.UndefinedTable:
        yield 20, "The database has no tables yet: run manage.py migrate."
        return
    except psycopg.Error as error:
        yield AWAY, f"The database can't be asked: {str(error).strip().splitlines()[0]}"
        return
    assert row is not None
    name, is_superuser, bypasses, owns, may_become, login_is_trusted = row
    if is_superuser or bypasses or may_become or login_is_trusted:
        yield 22, f"The role {name} may step around row-level security (superuser or BYPASSRLS)."
    if owns:
        yield 23, f"The role {name} owns tables; the application's role must own none."
    if people:
        yield (
            24,
            f"The demo world is in this database ({people[0]}): its credentials lie in a file. Use another database.",
        )
