"""Requests in waiting: kept when they are valid, found again by a signed reference, and only by the browser they came
from (RFC 9700 §4.7; nothing that a page posts back is believed)."""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from django.core import signing
from django.utils import timezone

from authorizations.models import AuthorizationRequest
from consumers.models import Consumer

LIVES = timedelta(minutes=30)
SALT = "authorizations.requests"


class NoSuchRequest(Exception):
    """Unknown, of another company, of another browser, or too old: the app has to ask anew."""


def new_browser() -> str:
    """The secret of a cookie that ties requests to one browser."""
    return token_urlsafe(32)


def keep(consumer: Consumer, *, browser: str, **fields: Any) -> AuthorizationRequest:
    """`fields` are the model's, already validated."""
    kept: AuthorizationRequest = AuthorizationRequest.objects.create(
        consumer=consumer, browser=_digest(browser), expires_at=timezone.now() + LIVES, **fields
    )
    return kept


def reference(request: AuthorizationRequest) -> str:
    """What stands for it in addresses."""
    return signing.dumps(request.pk, salt=f"{SALT}.{request.tenant_id}")


def find(tenant_id: int, text: str, browser: str) -> AuthorizationRequest:
    """With its consumer. Raises NoSuchRequest."""
    try:
        pk = signing.loads(text, salt=f"{SALT}.{tenant_id}")
    except signing.BadSignature:
        raise NoSuchRequest from None
    found: AuthorizationRequest | None = (
        AuthorizationRequest.objects.select_related("consumer").filter(pk=pk, expires_at__gt=timezone.now()).first()
    )
    if found is None or not hmac.compare_digest(bytes(found.browser), _digest(browser)):
        raise NoSuchRequest
    return found


def is_decided(kept: AuthorizationRequest) -> bool:
    """By now, whatever it was when it was read."""
    return AuthorizationRequest.objects.filter(pk=kept.pk, decided_at__isnull=False).exists()


def _digest(browser: str) -> bytes:
    return sha256(browser.encode()).digest()
