"""Makes the tables of the project DJANGO_SETTINGS_MODULE names, and what JSON on the input lists: its confidential
clients (key and secret), its apps (key, secret, callback, and where people go after signing out; they need not ask),
its apps on devices (key and secret), and a person."""

import json
import sys
from typing import Any

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    wanted = json.load(sys.stdin)
    for key, secret in wanted["clients"]:
        make(Application, key, secret, authorization_grant_type="client-credentials")
    for key, secret, callback, home in wanted["apps"]:
        make(
            Application, key, secret, authorization_grant_type="authorization-code", redirect_uris=callback,
            post_logout_redirect_uris=home, skip_authorization=True, algorithm=Application.RS256_ALGORITHM,
        )  # fmt: skip
    for key, secret in wanted["devices"]:
        make(Application, key, secret, authorization_grant_type=Application.GRANT_DEVICE_CODE)
    User.objects.create(username="ana")


def make(model: Any, key: str, secret: str, **fields: Any) -> None:
    model.objects.create(name=key, client_id=key, client_secret=secret, client_type="confidential", **fields)


if __name__ == "__main__":
    main()
