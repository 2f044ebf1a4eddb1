"""The production entry: the wire's thin callable in front of Django, as the application's database role."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("GATEHOUSE_DATABASE_ROLE", "application")

from typing import Any

from django.core.wsgi import get_wsgi_application

django: Any = get_wsgi_application()

# Only now: these modules read settings and models.
from config import checks  # noqa: E402
from config.middleware import client_address  # noqa: E402
from oauth import doors  # noqa: E402

# Whichever server loads this.
checks.refuse_unsafe()
application = doors.wsgi(django, client_address)
