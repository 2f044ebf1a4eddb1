"""The database a small project was given in ORACLE_DATABASE_URL."""

import os
from typing import Any

from config import database


def default() -> dict[str, Any]:
    """Django's DATABASES["default"]."""
    found = database.parse(os.environ["ORACLE_DATABASE_URL"])
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    place = {name: found.pop(parameter, "") for name, parameter in names.items()}
    return {"ENGINE": "django.db.backends.postgresql", **place, "CONN_MAX_AGE": 60, "OPTIONS": found}
