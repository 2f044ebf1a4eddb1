"""Who a person is to an app: `sub` (OpenID Connect Core §2, §8; RFC 9068 §2.2). The same for good, never an e-mail
address or a row's number, and never like a consumer's key (RFC 9700 §4.15: those begin with "gk_")."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from accounts.models import User
from consumers.models import Consumer
from oauth.keys import base64url


class Acted(Protocol):
    """Whom an app acts for, as the store read it."""

    consumer: int
    pairwise_subject: bool
    subject_salt: str
    subject: str


def of(person: Acted) -> str:
    """As the app sees them."""
    if person.pairwise_subject:
        return pairwise(person.subject, person.subject_salt, person.consumer)
    return public(person.subject)


def seen_by(consumer: Consumer, user: User) -> str:
    if consumer.pairwise_subject:
        return pairwise(user.subject, consumer.tenant.subject_salt, consumer.pk)
    return public(user.subject)


def public(subject: UUID | str) -> str:
    """The same at every app of every company."""
    return f"u_{UUID(str(subject)).hex}"


def pairwise(subject: UUID | str, salt: UUID | str, consumer: int) -> str:
    """One that two apps, or two companies, can't compare (§8.1). Each consumer is a sector of its own."""
    message = b"|".join((str(consumer).encode(), UUID(str(subject)).bytes))
    return f"p_{base64url(hmac.digest(UUID(str(salt)).bytes, message, sha256))}"
