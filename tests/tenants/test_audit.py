"""The Transactions log in the database: append-only, chained, and verified by a command."""

import ast
import io
import threading
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from config.database import conninfo
from tenants import audit, verbs
from tenants.context import NoTenant, tenant_scope
from tenants.models import AuditEvent
from tenants.verification import verify

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "tenants", "accounts", "permissions", "consumers", "authorizations", "oauth")


def write(company, times=3):
    with tenant_scope(company.tenant):
        return [audit.record("company.amended", company.tenant, after={"number": number}) for number in range(times)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tenants_auditevent SET actor_name = 'somebody else'",
        "DELETE FROM tenants_auditevent",
        "TRUNCATE tenants_auditevent",
    ],
)
def test_the_application_role_cannot_change_a_line(acme, statement):
    write(acme)
    refused = pytest.raises(DatabaseError, match="permission denied")
    with refused, tenant_scope(acme.tenant), connection.cursor() as cursor:
        cursor.execute(statement)
    with tenant_scope(acme.tenant):
        assert AuditEvent.objects.count() == 3


def test_nobody_hands_in_a_sequence_or_a_hash(acme):
    with tenant_scope(acme.tenant):
        forged = AuditEvent.objects.create(verb="company.amended", sequence=900, previous_hash=b"x", hash=b"y")
        forged.refresh_from_db()
        assert forged.sequence == 1
        assert bytes(forged.hash) != b"y"
        assert verify().holds


def test_a_line_needs_a_company(acme):
    with pytest.raises(NoTenant):
        audit.record("company.amended", acme.tenant)


def test_a_line_goes_with_the_change_it_speaks_of(acme):
    with pytest.raises(RuntimeError), tenant_scope(acme.tenant):
        audit.record("company.amended", acme.tenant)
        raise RuntimeError
    with tenant_scope(acme.tenant):
        assert AuditEvent.objects.count() == 0


def test_lines_written_at_once_by_many_form_one_chain(acme):
    def work():
        write(acme, 5)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    with tenant_scope(acme.tenant):
        assert list(AuditEvent.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, 21))
        assert verify() == verify()
        assert (verify().holds, verify().lines) == (True, 20)


@pytest.mark.parametrize(
    ("statement", "line", "reason"),
    [
        (
            "UPDATE tenants_auditevent SET actor_name = 'x' WHERE tenant_id = %s AND sequence = 2",
            2,
            "its content was changed",
        ),
        (
            "UPDATE tenants_auditevent SET after = '{}' WHERE tenant_id = %s AND sequence = 1",
            1,
            "its content was changed",
        ),
        ("DELETE FROM tenants_auditevent WHERE tenant_id = %s AND sequence = 2", 3, "lines before it are missing"),
        ("DELETE FROM tenants_auditevent WHERE tenant_id = %s AND sequence = 1", 2, "lines before it are missing"),
    ],
)
def test_tampering_by_the_owner_of_the_tables_is_found(acme, owner_connection, statement, line, reason):
    write(acme)
    owner_connection.execute(statement, [acme.tenant.pk])
    with tenant_scope(acme.tenant):
        verdict = verify()
    assert (verdict.broken_at, verdict.reason) == (line, reason)
    output = io.StringIO()
    with pytest.raises(CommandError, match=f"Not as written: {acme.slug}"):
        call_command("verify_audit", company=acme.slug, stdout=output)
    assert f"{acme.slug}: line {line} is broken: {reason}" in output.getvalue()


def test_a_line_rewritten_together_with_its_hash_breaks_the_next(acme, owner_connection):
    write(acme)
    rewrite = "UPDATE tenants_auditevent SET actor_name = 'x' WHERE tenant_id = %s AND sequence = 1"
    rehash = "UPDATE tenants_auditevent e SET hash = tenants_audit_digest(e) WHERE tenant_id = %s AND sequence = 1"
    for statement in (rewrite, rehash):
        owner_connection.execute(statement, [acme.tenant.pk])
    with tenant_scope(acme.tenant):
        assert (verify().broken_at, verify().reason) == (2, "it follows another line")


def test_a_log_that_holds_says_how_long_it_is_and_where_it_ends(acme):
    write(acme)
    output = io.StringIO()
    call_command("verify_audit", company=acme.slug, stdout=output)
    with tenant_scope(acme.tenant):
        last = bytes(AuditEvent.objects.get(sequence=3).hash).hex()
    assert output.getvalue() == f"{acme.slug}: 3 lines hold, last hash {last}\n"


def test_one_companys_log_is_not_seen_from_another(acme, beta):
    write(acme)
    with tenant_scope(beta.tenant):
        assert AuditEvent.objects.count() == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tenants_auditevent")
            assert cursor.fetchone() == (0,)


def test_a_line_for_another_company_is_refused_by_the_database(acme, beta):
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(), tenant_scope(acme.tenant):
        AuditEvent.objects.create(tenant=beta.tenant, verb="x", sequence=0, previous_hash=b"", hash=b"")


def test_without_a_company_the_application_reads_no_line(acme):
    write(acme)
    with psycopg.connect(conninfo("application")) as session:
        assert session.execute("SELECT count(*) FROM tenants_auditevent").fetchone() == (0,)


# ---- The words of the page


def calls_of(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


def recorded():
    """Every verb written anywhere: the first argument of record() and record_many(), and of our own functions
    whose first parameter is called `verb`."""
    trees = {path: ast.parse(path.read_text("utf-8")) for app in APPS for path in sorted((ROOT / app).rglob("*.py"))}
    names = {"record", "record_many"}
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.args.args and node.args.args[0].arg == "verb":
                names.add(node.name)
    for path, tree in trees.items():
        constants = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for name, call in calls_of(tree):
            if name in names and call.args:
                verb = call.args[0]
                if isinstance(verb, ast.Constant) and isinstance(verb.value, str):
                    yield verb.value, f"{path.relative_to(ROOT)}:{call.lineno}"
        if isinstance(constants.get("VERB"), str):
            yield constants["VERB"], str(path.relative_to(ROOT))


def test_every_verb_that_is_recorded_has_a_sentence():
    found = dict(recorded())
    assert {verb: place for verb, place in found.items() if verb not in verbs.SENTENCES} == {}


def test_every_sentence_is_of_a_verb_that_is_recorded():
    """By record(), or in the wire's own SQL, where it stands between single quotes."""
    paths = [path for app in APPS for path in (ROOT / app).rglob("*.py") if path != ROOT / "tenants/verbs.py"]
    source = "\n".join(path.read_text("utf-8") for path in paths)
    assert {verb for verb in verbs.SENTENCES if f'"{verb}"' not in source and f"'{verb}'" not in source} == set()
