"""verify_audit: whether the Transactions logs are as they were written."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.context import tenant_scope
from tenants.models import Tenant
from tenants.verification import Verdict, verify


class Command(BaseCommand):
    help = "Check the hash chain of every company's Transactions log, or of one; fails at the first broken line."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", metavar="SLUG")

    def handle(self, **options: Any) -> None:
        companies = Tenant.objects.order_by("slug")
        if options["company"]:
            companies = companies.filter(slug=options["company"])
            if not companies:
                raise CommandError(f"There is no company {options['company']!r}.")
        broken = []
        for tenant in companies:
            with tenant_scope(tenant):
                verdict = verify()
            self.stdout.write(f"{tenant.slug}: {in_words(verdict)}")
            if not verdict.holds:
                broken.append(tenant.slug)
        if broken:
            raise CommandError(f"Not as written: {', '.join(broken)}.")


def in_words(verdict: Verdict) -> str:
    if verdict.holds:
        # Whoever keeps the last hash elsewhere also notices lines cut off at the end.
        return f"{verdict.lines} lines hold, last hash {verdict.last_hash or 'none'}"
    return f"line {verdict.broken_at} is broken: {verdict.reason}"
