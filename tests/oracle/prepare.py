"""Makes the tables of the project DJANGO_SETTINGS_MODULE names, and its confidential clients: JSON pairs of key and
secret on the input."""

import json
import sys

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from oauth2_provider.models import Application

    for key, secret in json.load(sys.stdin):
        Application.objects.create(
            name=key, client_id=key, client_secret=secret, client_type="confidential",
            authorization_grant_type="client-credentials",
        )  # fmt: skip


if __name__ == "__main__":
    main()
