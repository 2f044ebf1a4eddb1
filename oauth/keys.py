"""A company's signing keys: made, sealed, opened, published (RFC 7517, RFC 7638), rotated next → active → retired.

The private half is sealed with AES-256-GCM under the first key of GATEHOUSE_KEYRING ("id:base64,id2:…"), bound to
its table, company and key id. Opened keys are remembered by what was opened; which key signs is asked each time.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from functools import cache, lru_cache
from hashlib import sha256
from secrets import token_bytes
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.utils import timezone

from oauth.models import SigningKey
from tenants import audit
from tenants.models import Tenant

# Longer than a published key set may be kept by anybody (response.CACHEABLE), and than the longest token lives.
PUBLISHED_BEFORE_USE = timedelta(minutes=15)
KEPT_AFTER_USE = timedelta(seconds=7200 + 300)


class CannotOpen(Exception):
    """No key of the ring opens this, or it was moved here from another row."""


class Made(NamedTuple):
    kid: str
    public_jwk: dict[str, str]
    sealed: str


def make(tenant_id: int) -> Made:
    """A new P-256 key, its id the RFC 7638 thumbprint."""
    private = generate_private_key(SECP256R1())
    point = private.public_key().public_numbers()
    members = {"crv": "P-256", "kty": "EC", "x": base64url(point.x.to_bytes(32)), "y": base64url(point.y.to_bytes(32))}
    kid = base64url(sha256(json.dumps(members, separators=(",", ":")).encode()).digest())
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Made(kid, {**members, "kid": kid, "use": "sig", "alg": "ES256"}, seal(der, tenant_id, kid))


@lru_cache(maxsize=4096)
def signing_key(tenant_id: int, kid: str, sealed: str) -> EllipticCurvePrivateKey:
    key = load_der_private_key(unseal(sealed, tenant_id, kid), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


@lru_cache(maxsize=4096)
def verifying_key(public_jwk: str) -> EllipticCurvePublicKey:
    members = json.loads(public_jwk)
    x, y = (int.from_bytes(from_base64url(members[name])) for name in ("x", "y"))
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


# The key ring


@cache
def keyring() -> dict[str, AESGCM]:
    """By id, the sealing one first."""
    ring: dict[str, AESGCM] = {}
    for entry in settings.GATEHOUSE_KEYRING.split(","):
        name, _, encoded = entry.strip().partition(":")
        try:
            key = b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not name or len(key) != 32:
            raise ImproperlyConfigured("GATEHOUSE_KEYRING must be id:base64 entries of 32 bytes, separated by commas.")
        ring[name] = AESGCM(key)
    return ring


def seal(plain: bytes, tenant_id: int, kid: str) -> str:
    name, cipher = next(iter(keyring().items()))
    nonce = token_bytes(12)
    return f"{name}:{b64encode(nonce + cipher.encrypt(nonce, plain, bound_to(tenant_id, kid))).decode()}"


def unseal(sealed: str, tenant_id: int, kid: str) -> bytes:
    """Raises CannotOpen."""
    name, _, encoded = sealed.partition(":")
    cipher = keyring().get(name)
    if cipher is None:
        raise CannotOpen(f"The key ring has no key {name}.")
    box = b64decode(encoded)
    try:
        return cipher.decrypt(box[:12], box[12:], bound_to(tenant_id, kid))
    except InvalidTag:
        raise CannotOpen("The sealed key does not belong to this row.") from None


def is_sealed_by_first(sealed: str) -> bool:
    return sealed.partition(":")[0] == next(iter(keyring()))


def bound_to(tenant_id: int, kid: str) -> bytes:
    return f"oauth_signingkey|{tenant_id}|{kid}".encode()


# Rotation, inside the company's scope


def ensure(tenant: Tenant) -> None:
    """Give the company a signing key if it has none; any number of callers at once leave one."""
    if SigningKey.objects.filter(state=SigningKey.State.ACTIVE).exists():
        return
    made = make(tenant.pk)
    try:
        with transaction.atomic():
            SigningKey.objects.create(**made._asdict(), state=SigningKey.State.ACTIVE, activated_at=timezone.now())
    except IntegrityError:
        return


@transaction.atomic
def rotate(tenant: Tenant, *, now: bool = False) -> str:
    """One step of the rotation, returned as a word; run it again (a timer, every hour) for the next one. A key is
    published before it signs, and stays published until the last token it signed has expired. `now` skips the
    waiting before use, for a key that leaked."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    ensure(tenant)
    keys = SigningKey.objects.select_for_update(no_key=True)
    keys.filter(state=SigningKey.State.RETIRED, retired_at__lt=timezone.now() - KEPT_AFTER_USE).delete()
    following = keys.filter(state=SigningKey.State.NEXT).order_by("created_at").first()
    if following is None:
        made = make(tenant.pk)
        following = SigningKey.objects.create(**made._asdict())
        if not now:
            audit.record("signing_key.created", following)
            return "created"
    if not now and following.created_at > timezone.now() - PUBLISHED_BEFORE_USE:
        return "waiting"
    keys.filter(state=SigningKey.State.ACTIVE).update(state=SigningKey.State.RETIRED, retired_at=timezone.now())
    following.state, following.activated_at = SigningKey.State.ACTIVE, timezone.now()
    following.save(update_fields=["state", "activated_at"])
    audit.record("signing_key.activated", following)
    return "activated"


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError for anything but unpadded base64url."""
    if not text.isascii() or "=" in text or "+" in text or "/" in text:
        raise ValueError("not base64url")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
