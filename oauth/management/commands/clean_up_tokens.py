"""Delete what has expired; the background worker and `clean_up` run the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from oauth.cleaning import clean_up


class Command(BaseCommand):
    help = "Delete expired tokens, outlived revocations and idle throttle buckets in small batches. Safe to interrupt."

    def handle(self, *args: Any, **options: Any) -> None:
        deleted: Counter[str] = Counter()
        for table, rows in clean_up():
            deleted[table] += rows
        for table, rows in sorted(deleted.items()):
            self.stdout.write(f"{table}: {rows}")
