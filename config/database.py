"""Where PostgreSQL is and as whom we speak to it: the owner changes the schema, the application serves pages.

The application role is neither superuser nor BYPASSRLS and owns nothing, so row-level security binds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, LiteralString, get_args

from django.core.exceptions import ImproperlyConfigured
from psycopg import Connection, ProgrammingError, connect, errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config import env
from config.embedded_postgres import SUPERUSER, socket_folder

Role = Literal["owner", "application"]
OWNER: LiteralString = "gatehouse_owner"
APPLICATION: LiteralString = "gatehouse_app"
DATABASE = "gatehouse"

# A dead server is noticed in seconds, not in the two hours TCP would take.
REACH: dict[str, int] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 3000,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
PAGE_LIMITS: dict[str, int] = {
    "statement_timeout": 4000,
    "lock_timeout": 2000,
    "idle_in_transaction_session_timeout": 15000,
}
LIMITS: LiteralString = "NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"


def current_role() -> Role:
    given = env.text("GATEHOUSE_DATABASE_ROLE", "owner")
    for role in get_args(Role):
        if role == given:
            return role
    raise ImproperlyConfigured(f"GATEHOUSE_DATABASE_ROLE must be owner or application, not {given!r}.")


def databases(role: Role) -> dict[str, Any]:
    """Django's DATABASES["default"]."""
    limits = PAGE_LIMITS if role == "application" else {}
    options = parameters(role, limits)
    return {
        "ENGINE": "config.postgresql" if role == "application" else "django.db.backends.postgresql",
        "NAME": options.pop("dbname", DATABASE),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": options.pop("port", ""),
        # One connection per thread, kept between requests and asked for its health before each (a thread of the
        # server never waits for another's). A pool would wait out its timeout when the database is away, and then
        # come back by its own, ever slower clock.
        "CONN_MAX_AGE": None if is_served(role) else 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def conninfo(role: Role, **session: int | str) -> str:
    """libpq's own connection string; `session` are server settings such as statement_timeout=2000."""
    return make_conninfo("", **parameters(role, session))


def is_served(role: Role) -> bool:
    """By a web node: its threads live long. Those of tests come and go."""
    return role == "application" and env.environment() != "test"


def embedded() -> bool:
    return not (address("owner") or address("application"))


def address(role: Role) -> str:
    names = ("DATABASE_URL", "DATABASE_OWNER_URL")
    given = {name: env.optional_secret(name) for name in names}
    first, second = names if role == "application" else reversed(names)
    return given[first] or given[second]


def parameters(role: Role, session: Mapping[str, int | str]) -> dict[str, Any]:
    found = parse(address(role)) if not embedded() else embedded_parameters(role)
    settings = [f"-c {name}={value}" for name, value in session.items()]
    if role == "application" and found.get("user") != APPLICATION:
        settings.insert(0, f"-c role={APPLICATION}")
    options = " ".join(filter(None, [str(found.pop("options", "") or ""), *settings]))
    return REACH | found | ({"options": options} if options else {})


def parse(url: str) -> dict[str, Any]:
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// (PostgreSQL is the only engine).")
    try:
        return conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL can't be read: {str(error).strip()}.") from None


def embedded_parameters(role: Role) -> dict[str, Any]:
    user = OWNER if role == "owner" else APPLICATION
    return {"host": str(socket_folder(env.data_folder())), "user": user, "dbname": DATABASE}


def prepare() -> None:
    """Roles, database and grants; asking again changes nothing."""
    if embedded():
        prepare_cluster(superuser_conninfo(socket_folder(env.data_folder())), DATABASE)
    with connect(conninfo("owner"), autocommit=True) as connection:
        prepare_application_role(connection)
        grant_to_application(connection)


def superuser_conninfo(host: Path) -> str:
    return make_conninfo("", host=str(host), user=SUPERUSER, dbname="postgres", connect_timeout=2)


def prepare_cluster(superuser: str, database: str) -> None:
    """In a PostgreSQL that is ours alone: the two roles and the owner's database."""
    with connect(superuser, autocommit=True) as connection:
        if not role_exists(connection, OWNER):
            run(connection, "CREATE ROLE {} LOGIN NOSUPERUSER CREATEROLE", OWNER)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            run(connection, "CREATE DATABASE {} OWNER {}", database, OWNER)
        run(connection, "ALTER DATABASE {} OWNER TO {}", database, OWNER)


def prepare_application_role(connection: Connection[Any]) -> None:
    """Row-level security is worth nothing under a role that may step around it, so such a role is refused."""
    if not role_exists(connection, APPLICATION):
        create_application_role(connection)
    trusted = connection.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = %s",
        [APPLICATION],
    ).fetchone()
    if trusted == (True,):
        raise ImproperlyConfigured(f"The role {APPLICATION} may do too much: ALTER ROLE {APPLICATION} {LIMITS}.")
    login = parameters("application", {}).get("user")
    if login and login != APPLICATION and not may_become_application(connection, login):
        run(connection, "GRANT {} TO {}", APPLICATION, login)


def create_application_role(connection: Connection[Any]) -> None:
    found = parameters("application", {})
    password = found.get("password") if found.get("user") == APPLICATION else None
    try:
        run(connection, f"CREATE ROLE {{}} LOGIN {LIMITS}", APPLICATION)
        if password:
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(APPLICATION), sql.Literal(password))
            connection.execute(statement)
    except errors.InsufficientPrivilege:
        raise ImproperlyConfigured(
            f"The database owner may not create roles; ask its administrator for: "
            f"CREATE ROLE {APPLICATION} LOGIN {LIMITS}; GRANT {APPLICATION} TO {connection.info.user};"
        ) from None


def grant_to_application(connection: Connection[Any]) -> None:
    run(connection, "GRANT CONNECT ON DATABASE {} TO {}", connection.info.dbname, APPLICATION)
    run(connection, "GRANT USAGE ON SCHEMA public TO {}", APPLICATION)
    future = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT"
    run(connection, f"{future} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{}}", APPLICATION)
    run(connection, f"{future} USAGE, SELECT ON SEQUENCES TO {{}}", APPLICATION)


def role_exists(connection: Connection[Any], role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def may_become_application(connection: Connection[Any], login: str) -> bool:
    answer = connection.execute("SELECT pg_has_role(%s, %s, 'SET')", [login, APPLICATION]).fetchone()
    return answer == (True,)


def run(connection: Connection[Any], statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
