"""Work as the role that owns the tables: what an operator's command does, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from django.db import connection

from config.database import databases
from permissions import catalogue

TEXTS = {"en": "Drones", "es": "Drones", "pt-br": "Drones", "fr": "Drones"}


@contextmanager
def as_owner() -> Iterator[None]:
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(databases("owner"))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@contextmanager
def module(**fields) -> Iterator[str]:
    """A module of its own for a test, gone afterwards."""
    slug = f"drones_{token_hex(4)}"
    with as_owner():
        catalogue.set_module(slug, **{"names": TEXTS, "actions": ["view", "add", "report"], **fields})
    try:
        yield slug
    finally:
        with as_owner():
            if slug in catalogue.slugs():
                catalogue.retire_module(slug)
