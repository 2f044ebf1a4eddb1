"""Who looks after a consumer: given to a developer and taken back, with its line in the log."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from consumers.models import Consumer
from permissions import object_access
from tenants import audit
from tenants.models import Membership


def candidates(consumer: Consumer) -> QuerySet[Membership]:
    """The developers of the company who don't manage it yet. Others need no such gift or may not have it."""
    found: QuerySet[Membership] = Membership.objects.active().filter(role=Membership.Role.DEVELOPER)
    return found.exclude(user__in=object_access.managers(consumer)).select_related("user").order_by("user__email")


@transaction.atomic
def give(consumer: Consumer, user: Any, *, by: Any = None) -> None:
    object_access.give(user, consumer)
    audit.record("consumer.manager_added", consumer, after={"manager": str(user)}, by=by)


@transaction.atomic
def take_back(consumer: Consumer, user: Any, *, by: Any = None) -> None:
    object_access.take_back(user, consumer)
    audit.record("consumer.manager_removed", consumer, before={"manager": str(user)}, by=by)
