"""One step of every company's key rotation; a timer runs it hourly or daily."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oauth import keys
from tenants.audit import Origin, acting
from tenants.context import tenant_scope
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Take each company's signing keys one step on: make the next one, or let it sign once it has been published "
        "long enough, and delete retired ones whose tokens have all expired. Run it again for the next step."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("companies", nargs="*", metavar="company", help="Addresses of companies; all if none.")
        parser.add_argument("--now", action="store_true", help="Without the wait before use: for a key that leaked.")

    def handle(self, *args: Any, companies: list[str], now: bool, **options: Any) -> None:
        found = Tenant.objects.order_by("pk")
        if companies:
            found = found.filter(slug__in=companies)
            missing = set(companies) - set(found.values_list("slug", flat=True))
            if missing:
                raise CommandError(f"There is no company {', '.join(sorted(missing))}.")
        for tenant in found.iterator():
            with acting(Origin(name="Command line")), tenant_scope(tenant):
                for algorithm in keys.ALGORITHMS:
                    self.stdout.write(f"{tenant.slug}: {algorithm} {keys.rotate(tenant, algorithm, now=now)}")
