"""serve: this process becomes a web node."""

import os
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from config import checks, env, serving


class Command(BaseCommand):
    help = "Serve the web on GATEHOUSE_HOST and GATEHOUSE_PORT with GATEHOUSE_WORKERS processes."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        try:
            checks.refuse_unsafe()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        os.chdir(env.ROOT)
        command = serving.command()
        os.execve(command[0], command, serving.environment())  # noqa: S606
