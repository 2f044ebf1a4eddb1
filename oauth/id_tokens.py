"""ID tokens (OpenID Connect Core §2): who signed in, when and how, told to one app. What a person is called and their
e-mail address travel by userinfo alone (§5.4): a signed token that apps keep and log should not carry them.

A token that comes back as a hint is believed for its signature, whatever its age (RP-Initiated Logout §2).
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

from accounts.models import User
from accounts.signing_in import ONE_FACTOR, TWO_FACTORS
from consumers.models import Consumer
from oauth import keys, subjects
from oauth.models import SigningKey
from oauth.request import WireRequest
from oauth.store.people import Person

LIVES_SECONDS: Final = 3600
# What an access token (at+jwt) or a logout token (logout+jwt) can't be taken for.
TYPE: Final = "JWT"
MOST_CHARACTERS: Final = 8192
encode = json.JSONEncoder(separators=(",", ":")).encode


def metadata(issuer: str) -> dict[str, Any]:
    return {
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": [keys.RS256, keys.ES256],
        "acr_values_supported": [ONE_FACTOR, TWO_FACTORS],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"],
    }


def mint(request: WireRequest, facts: Person) -> str:
    claims: dict[str, Any] = {
        "iss": request.issuer,
        "sub": subjects.of(facts),
        "aud": facts.client_id,
        "iat": facts.now,
        "exp": facts.now + LIVES_SECONDS,
        "auth_time": facts.signed_in_at,
        "amr": facts.amr,
        "acr": facts.acr,
        "at_hash": left_half(facts.access_token),
        "nonce": facts.nonce,
        "sid": facts.sid,
    }
    present = {name: value for name, value in claims.items() if value not in ("", [])}
    kid, _, sealed = facts.signing_key.partition(" ")
    return sign(present, TYPE, facts.id_token_algorithm, kid, keys.any_signing_key(facts.tenant, kid, sealed))


def left_half(access_token: str) -> str:
    """`at_hash` (§3.1.3.6), of tokens signed with SHA-256."""
    return keys.base64url(sha256(access_token.encode()).digest()[:16]) if access_token else ""


def sign(claims: dict[str, Any], kind: str, algorithm: str, kid: str, key: keys.PrivateKey) -> str:
    """A compact JWS (RFC 7515 §3.1) whose `typ` is `kind`."""
    signing_input = f"{header(kind, algorithm, kid)}.{keys.base64url(encode(claims).encode())}"
    return f"{signing_input}.{keys.base64url(keys.sign(key, signing_input.encode()))}"


@lru_cache(maxsize=4096)
def header(kind: str, algorithm: str, kid: str) -> str:
    return keys.base64url(encode({"typ": kind, "alg": algorithm, "kid": kid}).encode())


# Coming back as a hint


class Hint(NamedTuple):
    """What a genuine ID token of this company's says. `sid` is "" when it names no session."""

    subject: str
    client_id: str
    sid: str

    def is_of(self, user: User, consumer: Consumer) -> bool:
        """Whether it speaks of this person, to this app."""
        return self.client_id == consumer.client_id and self.subject == subjects.seen_by(consumer, user)


def subject_of_hint(hint: str) -> Hint | None:
    """What an `id_token_hint` says if the company we are in signed it (its keys sign for it alone), expired or not;
    None for anything else. A key that was retired and has left the key set proves nothing any more."""
    try:
        head, body, signature = (keys.from_base64url(part) for part in bounded(hint).split("."))
        header, claims = json.loads(head), json.loads(body)
        found = Hint(claims["sub"], claims["aud"], claims.get("sid", ""))
        kind, algorithm, kid = header["typ"], header["alg"], header["kid"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if kind != TYPE or not all(isinstance(text, str) and "\0" not in text for text in (*found, kid)):
        return None
    jwk = SigningKey.objects.filter(kid=kid).values_list("public_jwk", flat=True).first()
    signing_input = hint.rpartition(".")[0].encode()
    genuine = jwk is not None and keys.is_genuine(json.dumps(jwk), algorithm, signing_input, signature)
    return found if genuine else None


def bounded(hint: str) -> str:
    """Raises ValueError."""
    if len(hint) > MOST_CHARACTERS or not hint.isascii():
        raise ValueError("not a token of ours")
    return hint
