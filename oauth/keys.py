"""A company's signing keys: made, sealed, opened, published (RFC 7517, RFC 7638), rotated next → active → retired.

The private half is sealed with AES-256-GCM under the first key of GATEHOUSE_KEYRING ("id:base64,id2:…"), bound to
its table, company and key id. Opened keys are remembered by what was opened; which key signs is asked each time.

A company has one active key per algorithm: ES256 signs access tokens, and ID tokens are RS256 (which every client of
OpenID Connect must understand) unless the consumer wants ES256.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from functools import cache, lru_cache
from hashlib import sha256
from secrets import token_bytes
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
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

ES256, RS256 = SigningKey.Algorithm.ES256.value, SigningKey.Algorithm.RS256.value
ALGORITHMS = (ES256, RS256)
RSA_BITS = 2048
# Longer than a published key set may be kept by anybody (response.CACHEABLE), and than the longest token lives.
PUBLISHED_BEFORE_USE = timedelta(minutes=15)
KEPT_AFTER_USE = timedelta(seconds=7200 + 300)


class CannotOpen(Exception):
    """No key of the ring opens this, or it was moved here from another row."""


type PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey
type PublicKey = EllipticCurvePublicKey | RSAPublicKey


class Made(NamedTuple):
    kid: str
    algorithm: str
    public_jwk: dict[str, str]
    sealed: str


def make(tenant_id: int, algorithm: str) -> Made:
    """A new key, its id the RFC 7638 thumbprint. RSA takes a good part of a second."""
    private, members = new_elliptic() if algorithm == ES256 else new_rsa()
    kid = base64url(sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest())
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    published = {**members, "kid": kid, "use": "sig", "alg": algorithm}
    return Made(kid, algorithm, published, seal(der, tenant_id, kid))


def new_elliptic() -> tuple[EllipticCurvePrivateKey, dict[str, str]]:
    private = generate_private_key(SECP256R1())
    point = private.public_key().public_numbers()
    x, y = base64url(point.x.to_bytes(32)), base64url(point.y.to_bytes(32))
    return private, {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def new_rsa() -> tuple[RSAPrivateKey, dict[str, str]]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    numbers = private.public_key().public_numbers()
    modulus, exponent = (base64url(n.to_bytes((n.bit_length() + 7) // 8)) for n in (numbers.n, numbers.e))
    return private, {"e": exponent, "kty": "RSA", "n": modulus}


@lru_cache(maxsize=4096)
def signing_key(tenant_id: int, kid: str, sealed: str) -> EllipticCurvePrivateKey:
    """Of an ES256 key."""
    key = any_signing_key(tenant_id, kid, sealed)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


@lru_cache(maxsize=4096)
def any_signing_key(tenant_id: int, kid: str, sealed: str) -> PrivateKey:
    key = load_der_private_key(unseal(sealed, tenant_id, kid), None)
    assert isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey)
    return key


@lru_cache(maxsize=4096)
def verifying_key(public_jwk: str) -> PublicKey:
    members = json.loads(public_jwk)
    if members["kty"] == "RSA":
        n, e = (int.from_bytes(from_base64url(members[name])) for name in ("n", "e"))
        return rsa.RSAPublicNumbers(e, n).public_key()
    x, y = (int.from_bytes(from_base64url(members[name])) for name in ("x", "y"))
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


# Signatures (RFC 7518 §3.3, §3.4)


def sign(key: PrivateKey, signing_input: bytes) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.sign(signing_input, PKCS1v15(), SHA256())
    r, s = decode_dss_signature(key.sign(signing_input, ECDSA(SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def is_genuine(public_jwk: str, algorithm: str, signing_input: bytes, signature: bytes) -> bool:
    """Whether the key made the signature, under the key's own algorithm and no other (RFC 8725 §3.1)."""
    if not public_jwk:
        return False
    key = verifying_key(public_jwk)
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, signing_input, PKCS1v15(), SHA256())
            return algorithm == RS256
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        key.verify(encode_dss_signature(r, s), signing_input, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return algorithm == ES256


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


def ensure(tenant: Tenant, algorithm: str) -> None:
    """Give the company a signing key if it has none; any number of callers at once leave one."""
    if SigningKey.objects.filter(algorithm=algorithm, state=SigningKey.State.ACTIVE).exists():
        return
    made = make(tenant.pk, algorithm)
    try:
        with transaction.atomic():
            SigningKey.objects.create(**made._asdict(), state=SigningKey.State.ACTIVE, activated_at=timezone.now())
    except IntegrityError:
        return


def ensure_all(tenant: Tenant) -> None:
    for algorithm in ALGORITHMS:
        ensure(tenant, algorithm)


@transaction.atomic
def rotate(tenant: Tenant, algorithm: str, *, now: bool = False) -> str:
    """One step of the rotation, returned as a word; run it again (a timer, every hour) for the next one. A key is
    published before it signs, and stays published until the last token it signed has expired. `now` skips the
    waiting before use, for a key that leaked."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    ensure(tenant, algorithm)
    keys = SigningKey.objects.select_for_update(no_key=True).filter(algorithm=algorithm)
    keys.filter(state=SigningKey.State.RETIRED, retired_at__lt=timezone.now() - KEPT_AFTER_USE).delete()
    following = keys.filter(state=SigningKey.State.NEXT).order_by("created_at").first()
    if following is None:
        made = make(tenant.pk, algorithm)
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
