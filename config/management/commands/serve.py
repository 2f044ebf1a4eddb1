"""serve: this process becomes a web node."""

import os
from typing import Any

from django.core.management.base import BaseCommand

from config import env, serving


class Command(BaseCommand):
    help = "Serve the web on GATEHOUSE_HOST and GATEHOUSE_PORT with GATEHOUSE_WORKERS processes."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        os.chdir(env.ROOT)
        command = serving.command()
        os.execve(command[0], command, serving.environment())  # noqa: S606
