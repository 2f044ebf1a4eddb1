"""What the database itself holds to, whatever the code above it does."""

import re

import pytest
from django.apps import apps
from django.db import connection, models

from tenants.scoping import COMPANIES_ASSUMED, TenantForeignKey

INDEXES_WITHOUT_COMPANY = {
    # One person's memberships are asked for in all companies at once (Switch company).
    "tenants_membership_user",
    # A host name is looked up before the company is known.
    "tenants_domain_host_key",
    # What apps have to hear is sent for all companies at once.
    "oauth_logout_due",
    # What has expired is swept in all companies at once.
    "authorizations_token_expiry",
    "authorizations_revoked_expiry",
    "authorizations_refresh_expiry",
    # For references to a family, whose number is nobody else's.
    "authorizations_code_family",
    "authorizations_refresh_family",
    # Columns of django-guardian's and django-oauth-toolkit's abstract models.
    "consumers_consumeruserobjectpermission_permission_id",
    "consumers_consumeruserobjectpermission_user_id",
    "authorizations_idtoken_jti_key",
}
SUFFIX = re.compile(r"_[0-9a-f]{8}(_like)?\Z")
OURS = ("tenants", "accounts", "permissions", "consumers", "authorizations", "oauth")


def ask(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def tenant_tables():
    return [
        name
        for (name,) in ask(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_name) "
            "WHERE column_name = 'tenant_id' AND columns.table_schema = 'public' AND table_type = 'BASE TABLE' "
            "ORDER BY table_name"
        )
    ]


def tenant_models():
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OURS and any(field.name == "tenant" for field in model._meta.fields)
    ]


def test_every_model_with_a_company_is_a_table_with_one():
    assert {model._meta.db_table for model in tenant_models()} == set(tenant_tables())


def test_every_table_with_a_company_forces_row_level_security():
    found = ask(
        "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND NOT (relrowsecurity AND relforcerowsecurity)",
        tenant_tables(),
    )
    assert found == []


def test_every_table_with_a_company_has_the_policy_that_names_it():
    company = "(NULLIF(current_setting('app.tenant'::text, true), ''::text))::bigint"
    own, unforeseen = f"(tenant_id = {company})", f'(tenant_id = ( SELECT {company} AS "nullif"))'
    policies = dict(
        ask(
            "SELECT tablename, ARRAY[qual, with_check] FROM pg_policies WHERE policyname = 'own_company' "
            "AND cmd = 'ALL' AND roles = '{public}'"
        )
    )
    policies.pop("tenants_tenant", None)
    expected = {table: [own, own] for table in tenant_tables()}
    # Where the planner chooses between indexes (oauth/migrations/0006_unforeseen_company).
    several = ["consumers_consumer", "consumers_consumersecret", "authorizations_tokenfamily",
        "authorizations_devicecode"]  # fmt: skip
    expected |= {table: [unforeseen, own] for table in several}
    assert expected == policies


def test_what_else_lets_rows_through_is_known():
    others = ask(
        "SELECT DISTINCT policyname, cmd, roles::text, with_check IS NOT NULL FROM pg_policies "
        "WHERE policyname <> 'own_company' AND tablename = ANY(%s) ORDER BY 1",
        tenant_tables(),
    )
    (owner, readable) = others
    assert owner[:2] == ("owner", "ALL")
    assert owner[2] != "{public}"
    # For a person's own rows and for host names: to read, never to write.
    assert readable == ("readable", "SELECT", "{public}", False)


def test_the_role_that_owns_the_tables_is_not_the_one_that_serves_pages():
    ((serving,),) = ask("SELECT current_user::text")
    owners = ask("SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'")
    assert serving not in [owner for (owner,) in owners]
    assert ask(
        "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    ) == [(0,)]


def test_the_role_that_serves_pages_can_step_around_nothing():
    assert ask(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles "
        "WHERE rolname = current_user"
    ) == [(False,) * 5]
    assert (
        ask("SELECT rolname FROM pg_roles WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'SET')")
        == []
    )


def test_the_role_that_serves_pages_changes_no_schema():
    assert ask("SELECT has_schema_privilege(current_user, 'public', 'CREATE')") == [(False,)]


def test_every_primary_key_begins_with_the_company():
    found = ask(
        "SELECT conrelid::regclass::text, (SELECT attname FROM pg_attribute WHERE attrelid = conrelid "
        "AND attnum = conkey[1]) FROM pg_constraint WHERE contype = 'p' AND conrelid::regclass::text = ANY(%s)",
        tenant_tables(),
    )
    assert dict(found) == dict.fromkeys(tenant_tables(), "tenant_id")


def test_every_index_begins_with_the_company():
    found = ask(
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_attribute ON attrelid = indexrelid AND attnum = 1 "
        "WHERE indrelid::regclass::text = ANY(%s) AND attname <> 'tenant_id'",
        tenant_tables(),
    )
    unexpected = {SUFFIX.sub("", name) for (name,) in found} - INDEXES_WITHOUT_COMPANY
    assert unexpected - {"tenants_domain_host"} == set()


def test_every_table_is_planned_as_for_a_large_company():
    found = ask(
        "SELECT attrelid::regclass::text, attoptions FROM pg_attribute WHERE attname = 'tenant_id' "
        "AND attrelid = ANY (%s::regclass[])",
        tenant_tables(),
    )
    assert {table: options for table, options in found if options != [f"n_distinct={COMPANIES_ASSUMED}"]} == {}


def references():
    return [
        pytest.param(model, field, id=f"{model.__name__}.{field.name}")
        for model in tenant_models()
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and hasattr(field.related_model, "tenant_id")
    ]


def pytest_generate_tests(metafunc):
    if "reference" in metafunc.fixturenames:
        metafunc.parametrize(("model", "reference"), references())


def test_a_reference_to_something_of_a_company_says_so(model, reference):
    assert isinstance(reference, TenantForeignKey)


def test_a_join_goes_by_the_whole_key(model, reference):
    """The planner has to see that it is one row, not a good part of a company's."""
    joined = str(models.QuerySet(model).filter(**{f"{reference.name}__tenant_id__gt": 0}).query)
    (columns,) = re.findall(r"JOIN .* ON \((\S+) = (\S+) AND \((\S+) = \((\S+)\)\)\)", joined)
    assert [column.split('"')[-2] for column in columns] == [reference.column, "id", "tenant_id", "tenant_id"]


def test_a_reference_stays_inside_the_company(model, reference):
    table, target = model._meta.db_table, reference.related_model._meta.db_table
    found = ask(
        "SELECT array_agg(attname::text ORDER BY ordinality) FROM pg_constraint, "
        "unnest(conkey) WITH ORDINALITY AS key(number, ordinality) "
        "JOIN pg_attribute ON attnum = key.number "
        "WHERE contype = 'f' AND conrelid = %s::regclass AND confrelid = %s::regclass AND attrelid = conrelid "
        "GROUP BY pg_constraint.oid",
        table,
        target,
    )
    columns = [list(names) for (names,) in found]
    if table in {"authorizations_accesstoken", "authorizations_refreshtoken"}:
        # Written by one statement that selects what they hang on while it lives, and joined again at every use.
        assert columns == []
    else:
        assert ["tenant_id", reference.column] in columns


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model.__name__)
def test_without_a_company_a_table_shows_nothing(model):
    readable = {"tenants_domain"}
    if model._meta.db_table not in readable:
        assert ask(f'SELECT count(*) FROM "{model._meta.db_table}"') == [(0,)]
