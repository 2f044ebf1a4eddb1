#!/usr/bin/env python
"""The command line of Gatehouse. Commands run as the database's owner role unless told otherwise."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("GATEHOUSE_DATABASE_ROLE", "owner")
    execute_from_command_line(sys.argv)
