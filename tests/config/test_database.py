"""config.database: addresses, roles and what the application's role may not do."""

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from psycopg.conninfo import conninfo_to_dict

from config import database


@pytest.fixture
def address(monkeypatch):
    def choose(**given):
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)

    return choose


def test_without_an_address_it_is_the_embedded_server(address, monkeypatch):
    address()
    monkeypatch.setenv("GATEHOUSE_DATA", "/data")
    assert database.embedded()
    for role, user in (("owner", "gatehouse_owner"), ("application", "gatehouse_app")):
        found = database.databases(role)
        assert (found["HOST"], found["NAME"], found["USER"]) == ("/data/socket", "gatehouse", user)


def test_one_address_serves_both_roles_and_the_application_steps_down(address):
    address(DATABASE_URL="postgresql://boss:p%40ss@db.example:5433/gate?sslmode=require")
    owner, application = (conninfo_to_dict(database.conninfo(role)) for role in ("owner", "application"))
    assert owner["user"] == application["user"] == "boss"
    assert (owner["password"], owner["port"], owner["sslmode"]) == ("p@ss", "5433", "require")
    assert "options" not in owner
    assert application["options"] == "-c role=gatehouse_app"


def test_the_wires_own_limits_join_the_connection(address):
    address(DATABASE_URL="postgresql://gatehouse_app@db.example/gate?options=-c%20search_path%3Dpublic")
    found = conninfo_to_dict(database.conninfo("application", statement_timeout=2000, lock_timeout=1000))
    assert found["options"] == "-c search_path=public -c statement_timeout=2000 -c lock_timeout=1000"
    assert found["connect_timeout"] == "2"


def test_pages_are_bounded_and_keep_their_connection_and_commands_do_not(address, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_ENV", "development")
    address(DATABASE_URL="postgresql://gatehouse_app@a.example,b.example/gate?target_session_attrs=read-write")
    application, owner = database.databases("application"), database.databases("owner")
    assert application["HOST"] == "a.example,b.example"
    assert (application["CONN_MAX_AGE"], owner["CONN_MAX_AGE"]) == (None, 0)
    assert application["CONN_HEALTH_CHECKS"]
    assert "statement_timeout=4000" in application["OPTIONS"]["options"]
    assert application["OPTIONS"]["target_session_attrs"] == "read-write"
    assert "options" not in owner["OPTIONS"]


@pytest.mark.parametrize("url", ["mysql://x/y", "db.example", "postgresql://a/b?nonsense=1"])
def test_an_address_that_is_none_is_one_sentence(address, url):
    address(DATABASE_URL=url)
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL .+\.$"):
        database.conninfo("owner")


def test_an_unknown_role_is_refused(monkeypatch):
    monkeypatch.setenv("GATEHOUSE_DATABASE_ROLE", "root")
    with pytest.raises(ImproperlyConfigured, match="must be owner or application, not 'root'"):
        database.current_role()


def test_the_applications_role_is_weak_and_owns_nothing(owner_connection):
    role = owner_connection.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'gatehouse_app'"
    ).fetchone()
    owned = owner_connection.execute(
        "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'gatehouse_app'"
    ).fetchall()
    assert role == (False, False, False, False)
    assert owned == []
    with psycopg.connect(database.conninfo("application"), autocommit=True) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("gatehouse_app",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE smuggled (n int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE gatehouse_owner")


def test_preparing_again_changes_nothing(owner_connection):
    def grants():
        return owner_connection.execute(
            "SELECT relname, relacl::text FROM pg_class WHERE relkind IN ('r', 'p') ORDER BY 1"
        ).fetchall()

    before = grants()
    call_command("prepare_database", verbosity=0)
    assert grants() == before
