"""The production entry: the wire's thin callable in front of Django, as the application's database role."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("GATEHOUSE_DATABASE_ROLE", "application")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
