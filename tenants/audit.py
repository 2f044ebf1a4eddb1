"""The Transactions log: one function writes a line, in the transaction of the change it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import models

from tenants.context import current_tenant
from tenants.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change comes from. `person` answers the User or None, and is asked only when a line is
    written; `name` is shown when there is none (a consumer at the API, "Command line")."""

    person: Callable[[], Any] = lambda: None
    name: str = ""
    address: str | None = None
    request_id: str = ""


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
    source = _origin.get()
    actor = by or source.person()
    event: AuditEvent = AuditEvent.objects.create(
        tenant_id=current_tenant().pk,
        actor=actor,
        actor_name=str(actor or source.name)[:160],
        verb=verb,
        object_type=subject._meta.model_name if subject else "",
        object_id=str(subject.pk) if subject else "",
        object_name=str(subject)[:160] if subject else "",
        before=before or {},
        after=after or {},
        address=source.address,
        request_id=source.request_id,
        sequence=0,
        previous_hash=b"",
        hash=b"",
    )
    return event


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only the entries that differ, as (before, after)."""
    keys = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in keys}, {key: after[key] for key in keys}


def speak_as(name: str) -> None:
    """From here on in this request, no person but a program (a consumer at the API) acts."""
    source = _origin.get()
    _origin.set(Origin(name=name, address=source.address, request_id=source.request_id))
