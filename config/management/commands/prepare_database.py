"""prepare_database: the application's role and its grants, before the first migration. Asking again is harmless."""

from typing import Any

from django.core.management.base import BaseCommand

from config import database


class Command(BaseCommand):
    help = "Create the application's database role and grant it what it may do."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        database.prepare()
        self.stdout.write("The database is prepared.")
