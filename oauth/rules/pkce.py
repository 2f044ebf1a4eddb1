"""Proof Key for Code Exchange (RFC 7636), S256 alone (RFC 9700 §2.1.1), at the authorization endpoint."""

from __future__ import annotations

import re
from typing import Any

from consumers.models import Consumer
from oauth.errors import InvalidRequest
from oauth.rules.parameters import Parameters
from permissions.scopes import OPENID, Scopes

METHOD = "S256"
# The 256 bits of a SHA-256 in base64url without padding (§4.2).
CHALLENGE = re.compile(r"\A[A-Za-z0-9_-]{43}\Z")


def metadata(issuer: str) -> dict[str, Any]:
    return {"code_challenge_methods_supported": [METHOD]}


def challenge_of(asked: Parameters, consumer: Consumer, scopes: Scopes) -> str:
    """The challenge to keep; "" only for a consumer marked "legacy, no PKCE" that sent none.
    Raises InvalidRequest."""
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if not challenge and not method and consumer.legacy_without_pkce:
        return _without(asked, scopes)
    if not challenge:
        raise InvalidRequest("PKCE is required: send a code_challenge.", detail="pkce_missing")
    if method != METHOD:
        raise InvalidRequest("The code_challenge_method must be S256.", detail="pkce_method")
    if not CHALLENGE.match(challenge):
        raise InvalidRequest("The code_challenge is not a base64url SHA-256 digest.", detail="pkce_malformed")
    return challenge


def _without(asked: Parameters, scopes: Scopes) -> str:
    """The nonce then binds the code to the browser it was asked from (RFC 9700 §4.5.3.2)."""
    if OPENID in scopes and not asked.get("nonce"):
        raise InvalidRequest("Without PKCE a nonce is required.", detail="nonce_missing")
    return ""
