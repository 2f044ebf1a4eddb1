"""The app's side of OpenID Connect: Authlib's stock client, and the checks that an app owes itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from secrets import token_urlsafe
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

SCOPE = "openid profile email offline_access work_orders:view"
ALGORITHMS = ["RS256", "ES256"]
LEEWAY_SECONDS = 60
TIMEOUT_SECONDS = 10
# A key we don't know makes us look again, but not for everybody who makes one up.
LOOK_AGAIN_SECONDS = 10
LOGGED_OUT = "http://schemas.openid.net/event/backchannel-logout"


class Refused(Exception):
    """Gatehouse said no, or what came back is not what was asked for. The message may be shown."""


class Ended(Refused):
    """What the app may do for this person is over: revoked, expired, or they signed out elsewhere."""


@dataclass(frozen=True)
class Asked:
    """What is kept while the person is away: the answer must fit to it."""

    state: str
    nonce: str
    verifier: str


@dataclass
class Account:
    """Somebody who signed in: who they are, and what we may do for them."""

    claims: dict[str, Any]
    id_token: str
    token: dict[str, Any]


class Gatehouse:
    """One company's issuer, as one of its apps knows it."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self.issuer, self.redirect_uri = issuer, redirect_uri
        self.client_id, self.client_secret = client_id, client_secret
        self.metadata = fetch(f"{issuer}/.well-known/openid-configuration")
        if self.metadata["issuer"] != issuer:
            raise Refused(f"{issuer} describes another issuer: {self.metadata['issuer']}")
        self.keys = Keys(self.metadata["jwks_uri"])

    def client(self, account: Account | None = None) -> OAuth2Session:
        """Sends the account's access token along, and renews it by itself shortly before it expires."""
        return OAuth2Session(
            self.client_id,
            self.client_secret,
            token_endpoint_auth_method="client_secret_basic",
            token_endpoint=self.metadata["token_endpoint"],
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            token=account and account.token,
            update_token=account and (lambda token, **_: self.keep(account, token)),
            default_timeout=TIMEOUT_SECONDS,
        )

    def ask(self) -> tuple[str, Asked]:
        """Where to send the person, and what to remember until they are back."""
        asked = Asked(state=token_urlsafe(24), nonce=token_urlsafe(24), verifier=token_urlsafe(48))
        address, _ = self.client().create_authorization_url(
            self.metadata["authorization_endpoint"],
            scope=SCOPE,
            state=asked.state,
            nonce=asked.nonce,
            code_verifier=asked.verifier,
        )
        return address, asked

    def redeem(self, asked: Asked, answer: dict[str, str]) -> Account:
        """The code for tokens. Raises Refused."""
        if answer.get("state") != asked.state:
            raise Refused("This is not the answer to your last question. Sign in again.")
        # RFC 9207: an answer of another issuer must not get our code (mix-up).
        if answer.get("iss") != self.issuer:
            raise Refused("The answer comes from another issuer.")
        if "error" in answer:
            raise Refused(f"{answer['error']}. {answer.get('error_description', '')}".strip())
        try:
            token = self.client().fetch_token(
                grant_type="authorization_code", code=answer.get("code", ""), code_verifier=asked.verifier
            )
        except OAuthError as error:
            raise Refused(f"{error.error}. {error.description or ''}".strip()) from None
        claims = self.read_id_token(token, nonce=asked.nonce)
        return Account(claims, token["id_token"], dict(token))

    def get(self, account: Account, address: str) -> requests.Response:
        """Raises Ended."""
        try:
            answer = self.client(account).get(address)
        except OAuthError:
            raise Ended("The tokens could not be renewed.") from None
        if answer.status_code == 401:
            raise Ended("The access token is refused.")
        return answer

    def renew(self, account: Account) -> None:
        """New tokens for the refresh token, which changes too. Raises Refused: then the person signs in again."""
        try:
            token = self.client(account).refresh_token(refresh_token=account.token.get("refresh_token", ""))
        except OAuthError as error:
            raise Refused(f"{error.error}. {error.description or ''}".strip()) from None
        self.keep(account, token)

    def keep(self, account: Account, token: dict[str, Any]) -> None:
        """Core §12.2: a new ID token must be about the same person."""
        if "id_token" in token:
            claims = self.read_id_token(token)
            if claims["sub"] != account.claims["sub"]:
                raise Refused("The new tokens are somebody else's.")
            account.id_token = token["id_token"]
        account.token = dict(token)

    def read_id_token(self, token: dict[str, Any], nonce: str | None = None) -> dict[str, Any]:
        """Core §3.1.3.7. Raises Refused."""
        expected = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client_id},
        }
        known = {"nonce": nonce, "client_id": self.client_id, "access_token": token["access_token"]}
        try:
            found = jwt.decode(token["id_token"], self.keys.for_token, algorithms=ALGORITHMS)
            claims = CodeIDToken(found.claims, found.header, expected, known)
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError) as error:
            raise Refused(f"The ID token is not good: {error}") from None
        return dict(claims)

    def read_logout_token(self, text: str) -> dict[str, Any]:
        """Back-Channel Logout §2.6. Raises Refused."""
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            found = jwt.decode(text, self.keys.for_token, algorithms=ALGORITHMS)
            rules.validate(found.claims)
        except (JoseError, ValueError) as error:
            raise Refused(f"The logout token is not good: {error}") from None
        claims = found.claims
        is_one = found.header.get("typ") == "logout+jwt" and LOGGED_OUT in claims.get("events", {})
        if not is_one or "nonce" in claims or not {"sid", "sub"} & claims.keys():
            raise Refused("This is no logout token.")
        return dict(claims)

    def sign_out_address(self, account: Account, back: str) -> str:
        """RP-Initiated Logout §2: where the person goes to sign out of Gatehouse too."""
        asked = {"id_token_hint": account.id_token, "client_id": self.client_id, "post_logout_redirect_uri": back}
        return f"{self.metadata['end_session_endpoint']}?{urlencode(asked)}"


class Keys:
    """The issuer's public keys."""

    def __init__(self, jwks_uri: str) -> None:
        self.jwks_uri, self.lock = jwks_uri, Lock()
        self.known = KeySet([])
        self.fetched = float("-inf")

    def for_token(self, token: Any) -> KeySet:
        """Fetched again when the token's key is not among them: keys are rotated."""
        with self.lock:
            wanted = token.headers().get("kid")
            unknown = wanted not in {key.kid for key in self.known.keys}
            if unknown and time.monotonic() - self.fetched >= LOOK_AGAIN_SECONDS:
                self.known = KeySet.import_key_set(fetch(self.jwks_uri))
                self.fetched = time.monotonic()
            return self.known


def fetch(address: str) -> Any:
    answer = requests.get(address, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    return answer.json()
