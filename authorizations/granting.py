"""Granting and revoking: the one place where a "yes" begins and ends. A revoked authorization ends its
codes and tokens at once, because every use of them asks for it; signed (JWT) access tokens that somebody
checks by themselves, without introspection, live until they expire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from authorizations.models import Authorization
from consumers.models import Consumer
from tenants import audit


class ConsumerGone(Exception):
    """The consumer is deleted; nothing can be granted to it."""


@transaction.atomic
def authorize_again(consumer: Consumer, *, by: Any = None) -> Authorization:
    """Let a client-credentials consumer whose authorization was revoked in again, with a new one: what was
    issued under the old one stays dead. Raises ConsumerGone. With a live one already, returns that."""
    consumer = Consumer.objects.select_for_update().get(pk=consumer.pk)
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
    rows = list(
        Authorization.objects.live()
        .filter(pk__in=list(ids))
        .select_related("consumer")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    Authorization.objects.filter(pk__in=[row.pk for row in rows]).update(revoked_at=timezone.now(), revoked_by=by)
    for row in rows:
        audit.record("authorization.revoked", row.consumer, before={"authorization": row.pk}, by=by)
    return len(rows)


@transaction.atomic
def revoke_all_for(consumer: Consumer, *, by: Any = None) -> int:
    """End all of a consumer's authorizations."""
    return revoke_many(consumer.authorizations.live().values_list("pk", flat=True), by=by)
