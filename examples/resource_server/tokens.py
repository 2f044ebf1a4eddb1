"""The two ways to know what a token is worth: ask (RFC 7662), or check a signature (RFC 9068)."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["ES256"]
TYPES = ("at+jwt", "application/at+jwt")
KEYS_LIVE_SECONDS = 300
# An unknown key id makes us look again, but not for everybody who makes one up.
LOOK_AGAIN_SECONDS = 10


class NotActive(Exception):
    """The token is not good, for whatever reason: callers learn nothing more."""


class Unreachable(Exception):
    """Gatehouse could not be asked, so nobody is let in."""


class Introspection:
    """Asks about every token, every time: nothing is remembered, so what was cut off is refused at once."""

    def __init__(
        self, http: httpx.Client, endpoint: str, client_id: str, client_secret: str, issuer: str, audience: str = ""
    ) -> None:
        self.http, self.endpoint, self.auth, self.issuer = http, endpoint, (client_id, client_secret), issuer
        self.audience = audience or f"{issuer}/api"

    def scopes_of(self, token: str) -> frozenset[str]:
        try:
            answer = self.http.post(self.endpoint, data={"token": token}, auth=self.auth)
            found = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable from error
        if found.get("active") is not True or found.get("iss") != self.issuer:
            raise NotActive
        meant_for = found.get("aud", [])
        if self.audience not in ([meant_for] if isinstance(meant_for, str) else meant_for):
            raise NotActive  # good, but for another API
        return frozenset(found.get("scope", "").split())


class SignedTokens:
    """Checks a signed access token as RFC 9068 §4 says: type, algorithm, signature, issuer, audience, expiry."""

    def __init__(self, http: httpx.Client, jwks_uri: str, issuer: str, audience: str = "") -> None:
        self.keys = Keys(http, jwks_uri)
        self.claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience or f"{issuer}/api"},
            exp={"essential": True},
            sub={"essential": True},
            client_id={"essential": True},
        )

    def scopes_of(self, token: str) -> frozenset[str]:
        found = self.decoded(token)
        if str(found.header.get("typ", "")).lower() not in TYPES:
            raise NotActive  # an ID token, say, is not an access token
        try:
            self.claims.validate(found.claims)
        except JoseError:
            raise NotActive from None
        return frozenset(str(found.claims.get("scope", "")).split())

    def decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self.keys.current(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # Perhaps a key that is newer than what we know.
            newer = self.keys.looked_up_again()
        if newer is None:
            raise NotActive
        try:
            return jwt.decode(token, newer, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            raise NotActive from None


class Keys:
    """The issuer's public keys, remembered for a while."""

    def __init__(self, http: httpx.Client, jwks_uri: str) -> None:
        self.http, self.jwks_uri, self.lock = http, jwks_uri, Lock()
        self.known: KeySet | None = None
        self.fetched = 0.0

    def current(self) -> KeySet:
        with self.lock:
            if self.known is None or time.monotonic() - self.fetched > KEYS_LIVE_SECONDS:
                self.known = self.fetch()
            return self.known

    def looked_up_again(self) -> KeySet | None:
        with self.lock:
            if time.monotonic() - self.fetched < LOOK_AGAIN_SECONDS:
                return None
            self.known = self.fetch()
            return self.known

    def fetch(self) -> KeySet:
        try:
            document: Any = self.http.get(self.jwks_uri).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable from error
        self.fetched = time.monotonic()
        return KeySet.import_key_set(document)
