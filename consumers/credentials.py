"""Secrets and tokens: minted with 256 random bits, a readable prefix and a checksum for leak scanners;
kept only as HMAC-SHA-256 under a pepper that is not in the database."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from functools import cache
from secrets import token_bytes
from typing import NamedTuple
from zlib import crc32

from django.conf import settings

SECRET = "gate_sec_"  # noqa: S105 (a public prefix)
ACCESS_TOKEN = "gate_at_"  # noqa: S105
REFRESH_TOKEN = "gate_rt_"  # noqa: S105
CODE = "gate_ac_"
DEVICE_CODE = "gate_dc_"
KEY = "gk_"


class Minted(NamedTuple):
    """`shown` exists once, in the answer; `digest` (32 bytes) is what is stored."""

    shown: str
    digest: bytes


def mint(prefix: str) -> Minted:
    return _complete(prefix, token_bytes(32))


def successor(shown: str, salt: bytes, prefix: str) -> Minted:
    """What follows `shown`: the same for the same salt, so that nothing of it has to be kept, and as good as random to
    whoever has not the pepper."""
    keyed = _keyed().copy()
    keyed.update(b"successor\0" + salt + shown.encode())
    return _complete(prefix, keyed.digest())


def mint_key() -> str:
    """A consumer's key (client_id): public, unguessable enough not to collide."""
    return KEY + urlsafe_b64encode(token_bytes(16)).rstrip(b"=").decode().replace("-", "x").replace("_", "y")


def digest(shown: str) -> bytes:
    keyed = _keyed().copy()
    keyed.update(shown.encode("utf-8", "surrogatepass"))
    return keyed.digest()


def halved(whole: bytes) -> bytes:
    """What stands for an access token in its row: half of the HMAC, as RFC 2104 §5 allows. That row and its index
    entry are written for every token."""
    return whole[:16]


def is_well_formed(shown: str, prefix: str) -> bool:
    """Whether a string can be one of ours, by prefix and checksum, before any database is asked."""
    return shown.startswith(prefix) and shown.isascii() and shown[-6:] == _checksum(shown[:-6])


def _complete(prefix: str, bits: bytes) -> Minted:
    body = urlsafe_b64encode(bits).rstrip(b"=").decode()
    shown = f"{prefix}{body}{_checksum(prefix + body)}"
    return Minted(shown, digest(shown))


@cache
def _keyed() -> hmac.HMAC:
    # Setting up the key costs more than the digest itself.
    return hmac.new(settings.GATEHOUSE_PEPPER, digestmod="sha256")


def _checksum(text: str) -> str:
    return urlsafe_b64encode(crc32(text.encode("ascii", "replace")).to_bytes(4)).rstrip(b"=").decode()
