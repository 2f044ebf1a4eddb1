"""Secrets whose time came: a line in the company's log, once, so that nobody wonders why a system stopped."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from consumers.models import ConsumerSecret
from consumers.registration import describe_secret
from tenants import audit
from tenants.context import across_tenants, tenant_scope
from tenants.models import AuditEvent

LOOK_BACK = timedelta(days=7)


def note_expired_secrets() -> int:
    """Of all companies. Returns how many lines were written."""
    now = timezone.now()
    with across_tenants():
        expired = ConsumerSecret.objects.filter(
            expires_at__gt=now - LOOK_BACK, expires_at__lte=now, retired_at=None, consumer__deleted_at=None
        )
        found = list(expired.select_related("tenant").order_by("tenant_id", "pk"))
    return sum(note(secret) for secret in found)


def note(secret: ConsumerSecret) -> bool:
    """Whether the line was missing."""
    with tenant_scope(secret.tenant):
        lines = AuditEvent.objects.filter(object_type="consumer", object_id=str(secret.consumer_id))
        if lines.filter(verb="consumer.secret_expired", before__secret=secret.pk).exists():
            return False
        audit.record(
            "consumer.secret_expired", secret.consumer, before={"secret": secret.pk, **describe_secret(secret)}
        )
        return True
