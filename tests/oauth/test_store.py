"""What the wire asks of PostgreSQL: how many statements, behind which fence, and what it does when there is none."""

import os
import re
import socket
from collections import Counter
from datetime import timedelta
from secrets import token_bytes, token_hex

import pytest
from django.utils import timezone
from psycopg import connect
from psycopg.sql import SQL, Literal

from accounts.models import User
from authorizations.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    DeviceCode,
    RefreshToken,
    TokenFamily,
)
from config import database
from consumers.models import Consumer, ConsumerSecret
from oauth import postgres, store
from oauth.postgres import Asked, Line, Statement
from oauth.store import devices, documents, introspection, issuing, redeeming, refreshing, revocation, userinfo, way_in
from tenants.context import tenant_scope
from tenants.models import Membership
from tests.cast import make_app, make_code, make_machine, make_yes
from tests.wire import Wire


@pytest.fixture
def sent(monkeypatch):
    """The names of the statements sent, and how often a sync ended a transaction."""
    found = []
    send = Line._send

    def record(line, asked):
        found.append(asked.statement.name.decode())
        return send(line, asked)

    monkeypatch.setattr(Line, "_send", record)
    monkeypatch.setattr(way_in, "leases", way_in.Leases())
    return found


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_the_number_of_statements_is_fixed(acme, token_format, sent):
    wire, machine = Wire(acme), make_machine(acme.tenant, token_format=token_format)
    wire.issue(machine)
    counts = {}
    for name, work, most in (("token", wire.token, 3), ("introspect", wire.introspect, 2), ("revoke", wire.revoke, 3)):
        arguments = (machine,) if name == "token" else (machine, wire.issue(machine))
        way_in.leases = way_in.Leases()
        sent.clear()
        assert work(*arguments).status == 200
        counts[name] = list(sent)
        assert len(sent) <= most
    signed = token_format == "jwt"
    assert counts == {
        "token": ["throttle", "issue_signed" if signed else "issue_opaque"],
        "introspect": ["throttle", "introspect_signed" if signed else "introspect"],
        "revoke": ["throttle", *(["revoker", "revoke_signed"] if signed else ["revoke"])],
    }


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_the_number_of_statements_for_a_person_is_fixed(acme, token_format, sent):
    wire, app = Wire(acme), make_app(acme.tenant, token_format=token_format)
    # With an ID token too; the first of a company makes its keys.
    wire.redeem(app, make_code(make_yes(app, acme.ana, "assets:view", "openid")))
    code = make_code(make_yes(app, acme.ana, "assets:view", "openid"))
    way_in.leases = way_in.Leases()
    sent.clear()
    tokens = wire.redeem(app, code).json()
    assert sent == ["throttle", "redeem"]
    way_in.leases = way_in.Leases()
    sent.clear()
    assert wire.refresh(app, tokens["refresh_token"]).status == 200
    assert sent == ["throttle", "refresh"]
    sent.clear()
    assert wire.app("revoke", app, {"token": tokens["refresh_token"]}).status == 200
    assert sent[-1] == "revoke_refresh"
    assert len(sent) <= 2


def test_a_busy_consumer_asks_the_throttle_for_several_permits(acme, machine, sent):
    wire = Wire(acme)
    for _ in range(60):
        wire.issue(machine)
    counted = Counter(sent)
    assert counted["issue_opaque"] == 60
    assert counted["throttle"] <= 15


def test_documents_cost_one_statement(acme, sent):
    wire = Wire(acme)
    wire.send("GET", wire.url("jwks"))
    assert sent == ["keys", "keep_first_key", "keep_first_key", "keys"]
    sent.clear()
    wire.send("GET", wire.url("jwks"))
    wire.send("GET", f"{acme.path}/.well-known/oauth-authorization-server")
    assert sent == ["keys", "company"]


def test_a_statement_without_its_company_sees_and_changes_nothing(acme, machine):
    """Row-level security: the same rows, once without app.tenant and once with another company's."""
    Wire(acme).issue(machine)
    line = Line()
    for table in ("consumers_consumer", "consumers_consumersecret", "authorizations_accesstoken", "oauth_signingkey"):
        counting = Statement(table.encode(), f"SELECT count(*) FROM {table}".encode())
        assert line.ask(Asked(counting, ())) == [("0",)]
    line.close()


def test_the_setting_ends_with_its_transaction(acme, machine):
    line = Line()
    wire = Wire(acme)
    request = postgres_request(wire)
    asking = Statement(b"asking", b"SELECT coalesce(current_setting('app.tenant', true), '')")
    assert line.ask(store.finding_company.asked(request), Asked(asking, ()))[1] == (str(acme.tenant.pk),)
    assert line.ask(Asked(asking, ())) == [("",)]
    line.close()


def postgres_request(wire):
    from oauth.request import WireRequest

    return WireRequest("POST", "token", wire.company.slug, None, "")


def test_one_transaction_lasts_until_the_sync(acme):
    """Nothing of what travelled with a refused statement stays."""
    line = Line()
    keep = Statement(b"keep", b"INSERT INTO tenants_throttle (key, arrives_at) VALUES ($1::bytea, now())")
    fail = Statement(b"fail", b"SELECT 1 / $1::int")
    with pytest.raises(postgres.Refused):
        line.ask(Asked(keep, (b"one-transaction!",)), Asked(fail, (0,)))
    line.close()
    line = Line()
    found = Statement(b"found", b"SELECT 1 FROM tenants_throttle WHERE key = $1::bytea")
    assert line.ask(Asked(found, (b"one-transaction!",))) == [None]
    line.close()


def test_a_lost_connection_is_replaced_unseen(acme, machine, door):
    wire = Wire(acme, door)
    wire.issue(machine)
    with socket.socket(fileno=os.dup(way_in.lines.line.link.socket)) as line:
        line.shutdown(socket.SHUT_RDWR)
    assert wire.token(machine).status == 200


@pytest.mark.rfc("7009", "2.2.1", "HT-27")
@pytest.mark.parametrize("endpoint", ["token", "introspect", "revoke", "jwks"])
def test_without_a_database_the_wire_asks_for_patience(acme, machine, monkeypatch, endpoint, door):
    wire = Wire(acme, door)
    monkeypatch.setattr(way_in, "lines", postgres.Lines())
    monkeypatch.setattr(postgres.database, "conninfo", lambda *a, **k: "host=/nowhere user=nobody dbname=none")
    fields = {"grant_type": "client_credentials", "token": "x"}
    answer = wire.send("GET", wire.url("jwks")) if endpoint == "jwks" else wire.post(endpoint, fields, machine=machine)
    assert (answer.status, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert answer.header("Retry-After") == "2"
    assert "nowhere" not in answer.body.decode()


def test_what_nobody_expected_is_a_503_with_a_number_in_the_log(acme, machine, monkeypatch, caplog, door):
    def broken(*arguments):
        raise ZeroDivisionError(machine.secret[:0] + "inside")

    monkeypatch.setattr(store, "issue_opaque", broken)
    answer = Wire(acme, door).token(machine)
    assert (answer.status, answer.json()["error"]) == (503, "server_error")
    assert "inside" not in answer.body.decode()
    assert "Unexpected at token" in caplog.text


@pytest.mark.parametrize(
    ("state", "error"),
    [(b"57014", "temporarily_unavailable"), (b"55P03", "temporarily_unavailable"), (b"22023", "server_error")],
)
def test_a_refusal_of_the_database_is_a_503(acme, machine, monkeypatch, state, error):
    def refuse(line, *asked):
        raise postgres.Refused(state, "no")

    monkeypatch.setattr(Line, "ask", refuse)
    answer = Wire(acme).token(machine)
    assert (answer.status, answer.json()["error"]) == (503, error)


def test_a_conflict_is_tried_again_once(acme, machine, monkeypatch):
    ask, left = Line.ask, [b"40P01"]

    def sometimes(line, *asked):
        if left:
            raise postgres.Refused(left.pop(), "deadlock detected")
        return ask(line, *asked)

    monkeypatch.setattr(Line, "ask", sometimes)
    assert Wire(acme).token(machine).status == 200


def test_a_token_row_stays_small(acme, machine, owner_connection):
    wire = Wire(acme)
    wire.issue(machine)
    (size,) = owner_connection.execute(
        "SELECT avg(pg_column_size(t.*)) FROM authorizations_accesstoken t WHERE tenant_id = %s", [acme.tenant.pk]
    ).fetchone()
    assert size <= 150


def test_a_persons_token_rows_stay_small(acme, owner_connection):
    app = make_app(acme.tenant)
    Wire(acme).redeem(app, make_code(make_yes(app, acme.ana)))
    for table, most in (("accesstoken", 170), ("refreshtoken", 120)):
        (size,) = owner_connection.execute(
            f"SELECT avg(pg_column_size(t.*)) FROM authorizations_{table} t WHERE tenant_id = %s",  # noqa: S608
            [acme.tenant.pk],
        ).fetchone()
        assert size <= most


PLANNED = [
    introspection.introspecting, introspection.introspecting_refresh, introspection.introspecting_signed,
    revocation.revoking, revocation.revoking_refresh, userinfo.learning, userinfo.learning_signed,
    redeeming.redeeming, refreshing.refreshing, devices.asking, devices.polling, issuing.issuing_opaque,
    issuing.issuing_signed, issuing.issuing_opaque_for, issuing.issuing_signed_for, revocation.finding_revoker,
]  # fmt: skip
MANY = 400
ANALYZED = "SELECT tablename FROM pg_stats WHERE schemaname = 'public' AND attname = 'tenant_id'"
# What ANALYZE would find, which asks the column first.
ONE_ROW_EACH = """
SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', %(table)s::text, 'attname', 'tenant_id',
  'inherited', false, 'version', 180000, 'n_distinct', coalesce((
    SELECT substr(option, 12)::real FROM pg_attribute, unnest(attoptions) option
    WHERE attrelid = %(table)s::regclass AND attname = 'tenant_id' AND option LIKE 'n_distinct=%%'), -1))
"""


@pytest.fixture
def busy(acme, owner_connection):
    """A company with many members, consumers, authorizations, devices that wait, and sign-ins."""
    app = make_app(acme.tenant, allows_device_flow=True)
    family = make_yes(app, acme.ana)
    soon = timezone.now() + timedelta(minutes=5)
    kind = Consumer.GRANT_AUTHORIZATION_CODE
    people = User.objects.bulk_create(User(email=f"{token_hex(8)}@acme.test", full_name="One") for _ in range(MANY))
    with tenant_scope(acme.tenant):
        Membership.objects.bulk_create(Membership(tenant=acme.tenant, user=person) for person in people)
        Consumer.objects.bulk_create(
            Consumer(
                tenant=acme.tenant,
                name=f"Other {number}",
                client_id=f"gk_{token_hex(8)}",
                authorization_grant_type=kind,
            )
            for number in range(MANY)
        )
        Authorization.objects.bulk_create(
            Authorization(tenant=acme.tenant, consumer=app.consumer, user=person, scopes=[]) for person in people
        )
        TokenFamily.objects.bulk_create(
            TokenFamily(
                tenant=acme.tenant, authorization=family.authorization, consumer=app.consumer, user=acme.ana,
                scopes=[], signed_in_at=soon,
            )
            for _ in range(MANY)
        )  # fmt: skip
        DeviceCode.objects.bulk_create(
            DeviceCode(
                tenant=acme.tenant, consumer=app.consumer, scopes=[], expires=soon, device_checksum=token_bytes(16),
                user_code_checksum=token_bytes(16),
            )
            for _ in range(MANY)
        )  # fmt: skip
        RefreshToken.objects.bulk_create(
            RefreshToken(tenant=acme.tenant, family=family, token_checksum=token_bytes(16), created=soon, expires=soon)
            for _ in range(MANY)
        )
        AuthorizationCode.objects.bulk_create(
            AuthorizationCode(tenant=acme.tenant, family=family, code_checksum=token_bytes(16), expires=soon)
            for _ in range(MANY)
        )
        AccessToken.objects.bulk_create(
            AccessToken(
                tenant=acme.tenant, application=app.consumer, authorization=family.authorization, expires=soon,
                token_checksum=token_bytes(16), scope="", created=soon,
            )
            for _ in range(MANY)
        )  # fmt: skip
        ConsumerSecret.objects.bulk_create(
            ConsumerSecret(
                tenant=acme.tenant, consumer=app.consumer, name=f"Other {number}", digest=token_bytes(32),
                last_four="1234",
            )
            for number in range(MANY)
        )  # fmt: skip
    owner_connection.execute("ANALYZE")


@pytest.fixture
def among_small_ones(busy, owner_connection):
    """As far as the statistics go, every other company has one row in each table."""
    for (table,) in owner_connection.execute(ANALYZED).fetchall():
        owner_connection.execute(ONE_ROW_EACH, {"table": table})
    yield
    owner_connection.execute("ANALYZE")


@pytest.mark.parametrize("twin", PLANNED, ids=lambda twin: twin.by_slug.name.decode())
def test_however_many_there_are_each_is_found_by_its_key(busy, twin):
    is_found_by_key(twin)


@pytest.mark.parametrize("twin", PLANNED, ids=lambda twin: twin.by_slug.name.decode())
def test_of_a_large_company_among_small_ones_too(among_small_ones, twin):
    is_found_by_key(twin)


def is_found_by_key(twin):
    """A plan that reads all rows of a company to find one works until there are many. Statements are planned while no
    company is set and with what is usual of all companies in mind, which must not mislead the planner."""
    plan = "\n".join(plan_of(twin))
    ways = re.findall(r"Index Scan using \w+ on (\w+).*\n\s+Index Cond: (.*)", plan)
    conditions = [(table, re.sub(r"\(?tenant_id = .*?(?= AND |$)", "", way)) for table, way in ways]
    assert len(conditions) > 1, plan
    read_whole = {table for table, rest in conditions if not re.search(r"\w+\)?(::text)? = ", rest)}
    # Of signing keys a company has a handful.
    assert read_whole <= {"oauth_signingkey"}, plan
    assert not re.search(r"Filter.*(client_id|checksum|f\.id)", plan), plan


def test_the_origins_of_browser_apps_are_not_looked_for_among_all_apps(busy):
    """It is asked before anything else is known of a request."""
    assert any("consumers_of_browsers" in line for line in plan_of(documents.finding_origin))


def plan_of(twin):
    """As it is made on a line: while no company is set, for any company."""
    sql = twin.by_slug.sql.decode()
    nothing = SQL(", ").join([Literal(None)] * max(int(place) for place in re.findall(r"\$(\d+)", sql)))
    with connect(database.conninfo("application", **postgres.SESSION)) as connection:
        connection.execute(f"PREPARE planned AS {sql}")
        return [line for (line,) in connection.execute(SQL("EXPLAIN EXECUTE planned ({})").format(nothing))]
