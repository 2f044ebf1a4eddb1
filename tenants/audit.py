"""The Transactions log: one function writes a line, in the transaction of the change it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from tenants.context import current_tenant
from tenants.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change comes from. `person` answers the User or None, and is asked only when a line is
    written; `name` is shown when there is none (a consumer at the API, "Command line"), `app` is what acts for
    them when it is not they themselves. `at` is for what is told afterwards (a history made for the demo world);
    it is now otherwise."""

    person: Callable[[], Any] = lambda: None
    name: str = ""
    app: str = ""
    address: str | None = None
    request_id: str = ""
    at: datetime | None = None


# Lines in one INSERT: few enough that a busy database ends it well within the statement timeout.
LINES_AT_ONCE = 250

NOBODY = Origin(name="Gatehouse")
_origin: ContextVar[Origin] = ContextVar("origin", default=NOBODY)


@contextmanager
def acting(origin: Origin) -> Iterator[None]:
    """Everything recorded inside is signed with this origin."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def origin() -> Origin:
    return _origin.get()


def record(
    verb: str,
    subject: models.Model | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    by: Any = None,
) -> AuditEvent:
    """Write a line: `verb` is noun.verb_in_past ("consumer.suspended"); `before` and `after` hold only what
    differs and never a secret. Call it inside the change's transaction."""
    line = _line(verb, subject, before or {}, after or {}, by or _origin.get().person())
    line.save(force_insert=True)
    return line


def record_many(
    verb: str, entries: Iterable[tuple[models.Model, dict[str, Any], dict[str, Any]]], *, by: Any = None
) -> None:
    """Lines of one verb for many subjects, as (subject, before, after), in few statements. The chain holds:
    PostgreSQL's trigger sees the lines of the same statement that came before."""
    actor = by or _origin.get().person()
    lines = [_line(verb, subject, before, after, actor) for subject, before, after in entries]
    AuditEvent.objects.bulk_create(lines, batch_size=LINES_AT_ONCE)


def _line(
    verb: str,
    subject: models.Model | None,
    before: dict[str, Any],
    after: dict[str, Any],
    actor: Any,
) -> AuditEvent:
    source = _origin.get()
    return AuditEvent(
        tenant_id=current_tenant().pk,
        at=source.at or timezone.now(),
        actor=actor,
        actor_name=named(actor, source)[:160],
        verb=verb,
        object_type=(subject._meta.model_name or "") if subject else "",
        object_id=str(subject.pk) if subject else "",
        object_name=str(subject)[:160] if subject else "",
        before=before,
        after=after,
        address=source.address,
        request_id=source.request_id,
        sequence=0,
        previous_hash=b"",
        hash=b"",
    )


def named(actor: Any, source: Origin) -> str:
    return f"{actor} ({source.app})" if actor and source.app else str(actor or source.name)


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only the entries that differ, as (before, after)."""
    keys = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in keys}, {key: after[key] for key in keys}


def speak_as(app: str, person: Callable[[], Any]) -> None:
    """From here on in this request a program acts (a consumer at the API), for itself or for a person."""
    source = _origin.get()
    _origin.set(Origin(person=person, name=app, app=app, address=source.address, request_id=source.request_id))
