"""Client authentication: HTTP Basic and request body (RFC 6749 §2.3.1), or the key alone for a public client, which has
no secret (§2.1). The secret is only ever compared by its HMAC, in the one statement that also looks the client up, so
unknown and wrong cost the same."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any
from urllib.parse import unquote_plus

from consumers import credentials
from oauth import refusals, store
from oauth.errors import InvalidClient, InvalidRequest
from oauth.request import WireRequest
from oauth.store import Caller, Client

BASIC, POST, NONE = "client_secret_basic", "client_secret_post", "none"
LONGEST = 255


def metadata(issuer: str) -> dict[str, Any]:
    return {
        "token_endpoint_auth_methods_supported": [BASIC, POST, NONE],
        "revocation_endpoint_auth_methods_supported": [BASIC, POST, NONE],
        "introspection_endpoint_auth_methods_supported": [BASIC, POST],
    }


def presented(request: WireRequest) -> Client:
    """Who the request says it is from; whether that is true the store finds out. Raises InvalidClient,
    InvalidRequest."""
    key, secret = request.form.get("client_id", ""), request.form.get("client_secret", "")
    method = POST
    if request.authorization:
        if secret:
            raise InvalidRequest("Authenticate in one way only: header or body.")
        named = key
        key, secret = basic(request.authorization)
        method = BASIC
        if named and named != key:
            raise InvalidRequest("The client_id in the body is not the one in the Authorization header.")
    if not key or len(key) > LONGEST or len(secret) > LONGEST:
        raise InvalidClient(detail="no_credentials")
    # Some clients send an empty secret for a public consumer (PROTOCOL.md, choice 13): the same as none at all.
    return Client(key, credentials.digest(secret), method if secret else NONE)


def confidential(request: WireRequest) -> Client:
    """The same, where a key alone is not enough. Raises InvalidClient, InvalidRequest."""
    client = presented(request)
    if client.method == NONE:
        raise InvalidClient(detail="no_credentials")
    return client


def basic(header: str) -> tuple[str, str]:
    """Key and secret of a Basic header, both form-encoded before base64. Raises InvalidClient."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient(detail="unknown_scheme")
    try:
        key, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
        if "%" in key or "+" in key or "%" in secret or "+" in secret:
            key, secret = unquote_plus(key, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):
        raise InvalidClient(detail="malformed_header") from None
    if not colon or "\0" in key or "\0" in secret:
        raise InvalidClient(detail="malformed_header")
    return key, secret


def believe(request: WireRequest, client: Client, caller: Caller) -> None:
    """Go on only with a client the store had no doubt about. Raises InvalidClient, one for all doubts."""
    if caller.doubt:
        store.note_failure(request, client)
        refusals.note(request, client, caller)
        raise InvalidClient(detail=caller.doubt)
