"""The two fences around a company's rows: managers that raise without a company, and the migration
operations that put the same rule into PostgreSQL (row-level security, keys that begin with the company)."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.models.lookups import Exact

from tenants.context import current_tenant, is_across_tenants


class TenantQuerySet[M: models.Model](models.QuerySet[M]):
    """A query set of one company's rows. Apps extend it with their own verbs."""

    def create(self, **kwargs: Any) -> M:
        if "tenant" not in kwargs and "tenant_id" not in kwargs:
            kwargs["tenant_id"] = current_tenant().pk
        return super().create(**kwargs)

    def for_update(self) -> Self:
        """Hold the rows until the transaction ends: two who change one take turns. No key is changed, and saying so
        lets those through who only refer to a row: their check comes at the end of their transaction, when they hold
        the log's lock, and would otherwise wait for us while we wait for the log."""
        return self.select_for_update(of=("self",), no_key=True)


class TenantManager[M: models.Model](models.Manager[M]):
    """Rows of the active company only; no company means an exception, never all rows."""

    def get_queryset(self) -> TenantQuerySet[M]:
        queryset = super().get_queryset()
        assert isinstance(queryset, TenantQuerySet)
        if is_across_tenants():
            return queryset
        return queryset.filter(tenant_id=current_tenant().pk)

    @classmethod
    def of[Q: models.QuerySet[Any]](cls, queryset_class: type[Q]) -> Any:
        """The manager class whose queries are `queryset_class` (a TenantQuerySet)."""
        return cls.from_queryset(queryset_class)


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference inside one company. PostgreSQL checks it on (tenant_id, column), see TenantReference,
    so a row can't point at another company's row even by mistake. Joins go by both columns, which is the key: by the id
    alone the planner doesn't see that it is one row, and reads all of a company's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False
        super().__init__(*args, **kwargs)

    def get_extra_restriction(self, alias: str | None, related_alias: str | None) -> Any:
        """`alias` is the table that is referred to, `related_alias` the one that refers. Without one (the inside of an
        exclude()) the outer query says whose rows they are."""
        if alias is None or related_alias is None:
            return None
        theirs: Any = self.remote_field.model._meta.get_field("tenant")
        ours: Any = self.model._meta.get_field("tenant")
        return Exact(theirs.get_col(alias), ours.get_col(related_alias))


# As the planner is told, so that it plans as for a company that has a good part of a table: oauth's migration 0007.
COMPANIES_ASSUMED = 10


class TenantTable(Operation):
    """Give a table its company-first primary key, row-level security and the policies.

    `key` is the column after tenant_id in the primary key. `readable` is an extra condition under which
    any session may SELECT a row (for a person's own memberships, or for host names).
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, key: str = "id", readable: str | None = None) -> None:
        self.name, self.key, self.readable = name, key, readable

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs: dict[str, Any] = {"name": self.name, "key": self.key}
        if self.readable:
            kwargs["readable"] = self.readable
        return (self.__class__.__name__, [], kwargs)

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        own = "tenant_id = nullif(current_setting('app.tenant', true), '')::bigint"
        schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"')
        schema_editor.execute(f'ALTER TABLE "{table}" ADD PRIMARY KEY (tenant_id, "{self.key}")')
        schema_editor.execute(f'ALTER TABLE "{table}" ALTER COLUMN tenant_id SET (n_distinct = {COMPANIES_ASSUMED})')
        schema_editor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        schema_editor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        schema_editor.execute(f'CREATE POLICY own_company ON "{table}" USING ({own}) WITH CHECK ({own})')
        # The owner role runs migrations and commands; the web's role is another one (docs/decisions).
        schema_editor.execute(f'CREATE POLICY owner ON "{table}" TO CURRENT_USER USING (true) WITH CHECK (true)')
        if self.readable:
            schema_editor.execute(
                f'CREATE POLICY readable ON "{table}" FOR SELECT USING ({self.readable})'  # noqa: S608
            )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.name)._meta.db_table
        for policy in ("own_company", "owner", "readable"):
            schema_editor.execute(f'DROP POLICY IF EXISTS {policy} ON "{table}"')
        schema_editor.execute(f'ALTER TABLE "{table}" ALTER COLUMN tenant_id RESET (n_distinct)')
        schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"')
        schema_editor.execute(f'ALTER TABLE "{table}" ADD PRIMARY KEY ("{self.key}")')

    def describe(self) -> str:
        return f"Fence {self.name} by company"


class TenantReference(Operation):
    """The foreign key of a TenantForeignKey, on (tenant_id, column) → (tenant_id, id)."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, field: str) -> None:
        self.name, self.field = name, field

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [], {"name": self.name, "field": self.field})

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        field = model._meta.get_field(self.field)
        table, target = model._meta.db_table, field.related_model._meta.db_table
        schema_editor.execute(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_own_company" '
            f'FOREIGN KEY (tenant_id, "{field.column}") REFERENCES "{target}" (tenant_id, id) '
            "DEFERRABLE INITIALLY DEFERRED"
        )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.name)
        field = model._meta.get_field(self.field)
        table = model._meta.db_table
        schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_{field.column}_own_company"')

    def describe(self) -> str:
        return f"Keep {self.name}.{self.field} inside the company"
