"""The codes of devices without a browser (RFC 8628): what a person types, and the question it stands for."""

from __future__ import annotations

import secrets

from authorizations.models import DeviceCode
from consumers import credentials

# §6.1: no vowels, so no words; no letters taken for another. Eight of twenty are 34.5 bits.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8


class NoSuchCode(Exception):
    """Mistyped, of another company, too old, answered already, or its app may not ask any more."""


def mint() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """As people read it out: XXXX-XXXX."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def typed(text: str) -> str:
    """What somebody typed or followed, without what people put between letters (§6.1); "" if it can't be a code."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else ""


def digest(code: str) -> bytes:
    """Under the pepper: so few letters could be tried out against a bare hash."""
    return credentials.halved(credentials.digest(f"user code {code}"))


def find(text: str) -> DeviceCode:
    """The question behind a code, still open, of an app that may ask, with its consumer. Raises NoSuchCode."""
    code = typed(text)
    waiting = DeviceCode.objects.waiting().filter(user_code_checksum=digest(code))
    found: DeviceCode | None = waiting.select_related("consumer").first() if code else None
    if found is None or found.consumer.state != "active" or not found.consumer.allows_device_flow:
        raise NoSuchCode
    return found
