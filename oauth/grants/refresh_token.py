"""A refresh token for its successor (RFC 6749 §6, RFC 9700 §4.14). Every use rotates, for everybody. Whoever lost the
answer may ask again for ten seconds, until the successor is used, and gets the very same successor with an access token
of its own; any later use of an old one means that two have it, and ends the family."""

from __future__ import annotations

from secrets import token_bytes
from typing import Any

from consumers import credentials
from oauth import store
from oauth.errors import InvalidGrant, InvalidScope, UnauthorizedClient
from oauth.grants import for_people
from oauth.grants.client_credentials import scopes_asked
from oauth.grants.for_people import Reasons
from oauth.request import WireRequest
from oauth.store import Client, Granted

GRANT_TYPE = "refresh_token"
SALT_BYTES = 16
INVALID = "The refresh token is unknown, expired or used, or does not belong to this consumer."
REFUSALS: Reasons = {
    "no_refresh_tokens": (UnauthorizedClient, "This consumer gets no refresh tokens."),
    "unknown_refresh_token": (InvalidGrant, INVALID),
    "refresh_expired": (InvalidGrant, INVALID),
    "refresh_reused": (InvalidGrant, INVALID),
    "scope_beyond_consent": (InvalidScope, "The scope asks for more than the person agreed to."),
}


def metadata(issuer: str) -> dict[str, Any]:
    return {"grant_types_supported": [GRANT_TYPE]}


def issue(request: WireRequest, client: Client) -> tuple[Granted, str]:
    """The facts and the access token. Raises what for_people.ask raises, InvalidRequest, InvalidTarget."""
    parent, scope, salt = request.required("refresh_token"), scopes_asked(request), token_bytes(SALT_BYTES)
    access, refresh = credentials.mint(credentials.ACCESS_TOKEN), successor(parent, salt)
    proof = store.common(request, parent, access, refresh)
    granted = for_people.ask(request, client, lambda: store.refresh(request, client, proof, scope, salt), REFUSALS)
    # A repeat: the successor of whoever was first.
    (first,) = granted.left
    granted.refresh_token = successor(parent, bytes.fromhex(first)).shown if first else refresh.shown
    token = for_people.access_token(request, granted, access.shown)
    if granted.person is not None:
        granted.person.nonce = ""
    granted.id_token = for_people.id_token(request, granted, token)
    return granted, token


def successor(parent: str, salt: bytes) -> credentials.Minted:
    return credentials.successor(parent, salt, credentials.REFRESH_TOKEN)
