"""The response as plain values: JSON that nobody may store, documents that anybody may cache, refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from oauth.errors import InvalidClient, WireError
from oauth.request import WireRequest

type Headers = list[tuple[str, str]]

SAFE: Headers = [("X-Content-Type-Options", "nosniff")]
# RFC 6749 §5.1 wants both.
NO_STORE: Headers = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("Pragma", "no-cache"),
    *SAFE,
]
# Keys are published well before they sign (oauth.keys), so five minutes old is fresh enough.
CACHEABLE: Headers = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "public, max-age=300"),
    ("Access-Control-Allow-Origin", "*"),
    *SAFE,
]
BASIC_CHALLENGE = ("WWW-Authenticate", 'Basic realm="oauth", charset="UTF-8"')
encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(slots=True)
class WireResponse:
    status: int
    headers: Headers
    body: bytes


def no_store(content: dict[str, Any]) -> WireResponse:
    return WireResponse(200, NO_STORE, encode(content).encode())


def cacheable(request: WireRequest, content: dict[str, Any]) -> WireResponse:
    """A public document with an ETag; 304 when the caller holds this very one."""
    body = encode(content).encode()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = [*CACHEABLE, ("ETag", tag)]
    known = [part.strip().removeprefix("W/") for part in request.if_none_match.split(",")]
    if tag in known or "*" in known:
        return WireResponse(304, headers, b"")
    return WireResponse(200, headers, b"" if request.method == "HEAD" else body)


def refusal(error: WireError) -> WireResponse:
    content = {"error": error.error, "error_description": error.public}
    challenge = [BASIC_CHALLENGE] if isinstance(error, InvalidClient) else []
    return WireResponse(error.status, [*NO_STORE, *challenge, *error.headers], encode(content).encode())
