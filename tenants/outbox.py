"""When a message that could not be delivered is tried again: of every outbox that the background worker empties. A row
is put off before it is tried, so that a worker that dies in the middle repeats a message and never loses one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

# How long after each try the next one comes; the last wait is for a worker that died before it could give up.
AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 2400, 2400))


def put_off(row: Any) -> None:
    """`row` has `due_at` and `attempts`: whatever happens afterwards, it counts as tried."""
    row.due_at = timezone.now() + AFTER[min(row.attempts, len(AFTER) - 1)]
    row.attempts += 1
    row.save(update_fields=["due_at", "attempts"])


def was_last(row: Any) -> bool:
    """Whether the try that `row` was put off for was the last one."""
    return bool(row.attempts >= len(AFTER))
