"""A person's session at an end: what apps may still do that were let in during it."""

from __future__ import annotations

from itertools import repeat
from typing import Any

from django.db import transaction
from django.utils import timezone

from authorizations.models import TokenFamily
from consumers.models import Consumer
from permissions.scopes import OFFLINE_ACCESS
from tenants import audit


@transaction.atomic
def end(user: Any, sid: str, *, consumer: Consumer | None = None) -> list[Consumer]:
    """End, in this company, what hangs on one session of a person's: for one consumer, or for all. Who was promised
    access while the person is away (`offline_access`) keeps it, and forgets the session (OpenID Connect Back-Channel
    Logout §2.7). Returns the consumers that took part in the session, each once."""
    families = TokenFamily.objects.living().filter(user=user, sid=sid).exclude(sid="")
    if consumer is not None:
        families = families.filter(consumer=consumer)
    found = list(families.select_related("consumer").for_update().order_by("pk"))
    over = [family for family in found if OFFLINE_ACCESS not in family.scopes]
    staying = [family.pk for family in found if OFFLINE_ACCESS in family.scopes]
    TokenFamily.objects.filter(pk__in=[family.pk for family in over]).update(
        ended_at=timezone.now(), ended_because=TokenFamily.End.SIGNED_OUT
    )
    TokenFamily.objects.filter(pk__in=staying).update(sid="")
    before = [{"authorization": family.authorization_id} for family in over]
    consumers = [family.consumer for family in over]
    audit.record_many("authorization.signed_out", zip(consumers, before, repeat({})), by=user)
    return list({family.consumer_id: family.consumer for family in found}.values())
