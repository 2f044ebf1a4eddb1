"""Many rows by one statement, straight into a model's table."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from psycopg.sql import Literal


def insert(model: type[models.Model], source: str, **columns: str) -> str:
    """SQL that takes `columns`, expressions over `source` (what follows FROM), and for all others what the model gives
    by default: a column added later needs no word here."""
    filled = {field.column: columns.pop(field.column, None) or default(field) for field in model._meta.concrete_fields}
    assert not columns, f"{model.__name__} has no {', '.join(columns)}"
    given = {name: expression for name, expression in filled.items() if name and expression}
    return f"INSERT INTO {model._meta.db_table} ({', '.join(given)}) SELECT {', '.join(given.values())} FROM {source}"  # noqa: S608 (constants of this folder)


def default(field: models.Field[Any, Any]) -> str:
    """Nothing for what PostgreSQL fills in by itself."""
    if field.null or field.has_db_default() or field.generated or isinstance(field, models.AutoField):
        return ""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return "now()"
    value = field.get_db_prep_save(field.get_default(), connection)
    assert value is not None, f"{field} has no default"
    return Literal(value).as_string(None).replace("%", "%%")
