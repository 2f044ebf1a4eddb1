"""Granting and revoking: the one place where a "yes" begins and ends. A revoked authorization ends its
codes and tokens at once, because every use of them asks for it; signed (JWT) access tokens that somebody
checks by themselves, without introspection, live until they expire."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone

from authorizations.models import Authorization
from authorizations.models.authorization import AuthorizationQuerySet
from consumers.models import Consumer
from tenants import audit

# Rows changed by one statement: few enough to end well within the statement timeout.
AT_ONCE = 2000


class ConsumerGone(Exception):
    """The consumer is deleted; nothing can be granted to it."""


@transaction.atomic
def authorize_again(consumer: Consumer, *, by: Any = None) -> Authorization:
    """Let a client-credentials consumer whose authorization was revoked in again, with a new one: what was
    issued under the old one stays dead. Raises ConsumerGone. With a live one already, returns that."""
    consumer = Consumer.objects.select_for_update(no_key=True).get(pk=consumer.pk)
    if consumer.deleted_at:
        raise ConsumerGone
    live = consumer.authorizations.live().filter(user=None).first()
    if live is not None:
        return live
    authorization: Authorization = consumer.authorizations.create(tenant_id=consumer.tenant_id, granted_by=by)
    audit.record("authorization.granted", consumer, after={"authorization": authorization.pk}, by=by)
    return authorization


@transaction.atomic
def revoke(authorization: Authorization, *, by: Any = None) -> bool:
    """End one authorization. Returns whether it was alive."""
    return revoke_many([authorization.pk], by=by) == 1


@transaction.atomic
def revoke_many(ids: Iterable[int], *, by: Any = None) -> int:
    """End several of this company's authorizations; ids of others are passed over. Returns how many ended."""
    return sum(revoke_all_of(Authorization.objects.filter(pk__in=some), by=by) for some in batched(ids, AT_ONCE))


@transaction.atomic
def revoke_all_for(consumer: Consumer, *, by: Any = None) -> int:
    """End all of a consumer's authorizations."""
    return revoke_all_of(consumer.authorizations.all(), by=by)


@transaction.atomic
def revoke_all_of(authorizations: AuthorizationQuerySet, *, by: Any = None) -> int:
    """End those of a selection that are alive, each with its line in the log. The rows are locked in one
    order, so two revokers take turns and a refresh that holds a row is waited for, never missed."""
    rows = list(authorizations.live().select_related("consumer").for_update().order_by("pk"))
    now = timezone.now()
    for some in batched(rows, AT_ONCE):
        Authorization.objects.filter(pk__in=[row.pk for row in some]).update(revoked_at=now, revoked_by=by)
    audit.record_many("authorization.revoked", ((row.consumer, {"authorization": row.pk}, {}) for row in rows), by=by)
    return len(rows)
