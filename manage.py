#!/usr/bin/env python
"""The command line of Gatehouse. Commands run as the database's owner role unless told otherwise."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("GATEHOUSE_DATABASE_ROLE", "owner")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Gatehouse can't start: {error}")
