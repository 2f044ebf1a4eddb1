"""Access tokens: signed ones (RFC 9068, ES256) are made and read here; opaque ones are consumers.credentials.

Reading comes in two halves: `read` takes a token apart and believes nothing, `is_genuine` proves the signature under
a key the company's own row gave. Only then do the claims count.
"""

from __future__ import annotations

import json
from functools import lru_cache
from secrets import token_bytes
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from oauth import keys

MOST_CHARACTERS: Final = 8192
# Times and ids beyond it are nobody's: PostgreSQL and Python reckon with dates of four digits.
LARGEST: Final = 2**37
encode = json.JSONEncoder(separators=(",", ":")).encode


class Signed(NamedTuple):
    """A signed token taken apart, unproven."""

    kid: str
    jti: bytes
    client_id: str
    authorization: int
    scope: str
    issued_at: int
    expires_at: int
    issuer: str
    signing_input: bytes
    signature: bytes
    # Of a person's; 0 in a machine's.
    family: int
    audience: tuple[str, ...]

    @property
    def is_for_own_api(self) -> bool:
        return audience(self.issuer) in self.audience

    def is_genuine(self, public_jwk: str) -> bool:
        return keys.is_genuine(public_jwk, keys.ES256, self.signing_input, self.signature)


def audience(issuer: str) -> str:
    """The company's API: the default resource of a token that was asked for without one (RFC 9068 §3)."""
    return f"{issuer}/api"


def sign(claims: dict[str, Any], kid: str, key: EllipticCurvePrivateKey) -> str:
    """A JWT access token. `jti` is added."""
    body = encode({**claims, "jti": keys.base64url(token_bytes(16))})
    signing_input = f"{header(kid)}.{keys.base64url(body.encode())}"
    return f"{signing_input}.{keys.base64url(keys.sign(key, signing_input.encode()))}"


@lru_cache(maxsize=4096)
def header(kid: str) -> str:
    return keys.base64url(encode({"typ": "at+jwt", "alg": "ES256", "kid": kid}).encode())


def read(token: str) -> Signed | None:
    """The parts of what could be one of our signed tokens; None for anything else."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MOST_CHARACTERS:
        return None
    try:
        head = json.loads(keys.from_base64url(parts[0]))
        claims = json.loads(keys.from_base64url(parts[1]))
        signature = keys.from_base64url(parts[2])
        jti = keys.from_base64url(claims["jti"])
        signed = Signed(
            head["kid"], jti, claims["client_id"], claims["authorization_id"], claims["scope"],
            claims["iat"], claims["exp"], claims["iss"], f"{parts[0]}.{parts[1]}".encode(), signature,
            claims.get("family_id", 0),
            tuple(claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]),
        )  # fmt: skip
        # RFC 9068 §4, RFC 8725: type and algorithm are ours or nothing. Who is asked judges the audience.
        ours = head["typ"] == "at+jwt" and head["alg"] == "ES256"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    texts: tuple[Any, ...] = (signed.kid, signed.client_id, signed.scope, signed.issuer, *signed.audience)
    numbers: tuple[Any, ...] = (signed.authorization, signed.issued_at, signed.expires_at)
    sound = (
        len(jti) == 16
        and all(isinstance(text, str) and "\0" not in text and text.isascii() for text in texts)
        and all(type(number) is int and 0 < number < LARGEST for number in numbers)
        and type(signed.family) is int
        and 0 <= signed.family < LARGEST
    )
    return signed if ours and sound else None
