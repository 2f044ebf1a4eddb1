"""Introspection (RFC 7662): what a token is worth now. Answers the consumer it belongs to and the company's consumers
whose groups allow `authorizations:view`; to everybody else, and about everything else, it is not active."""

from __future__ import annotations

from typing import Any

from authorizations import activity
from consumers import credentials
from oauth import clients, keys, store, tokens
from oauth.request import WireRequest
from oauth.response import WireResponse, no_store
from oauth.store import Seen
from permissions import scopes

MAY_SEE = "authorizations:view"
INACTIVE: dict[str, Any] = {"active": False}


def metadata(issuer: str) -> dict[str, Any]:
    return {"introspection_endpoint": f"{issuer}/oauth/introspect"}


def answer(request: WireRequest) -> WireResponse:
    client, token = clients.confidential(request), request.required("token")
    signed = tokens.read(token)
    if signed is None:
        seen = store.introspect(request, client, credentials.halved(credentials.digest(token)))
    else:
        seen = store.introspect_signed(
            request, client, (signed.kid, signed.jti, signed.client_id, signed.authorization,
            signed.scope, signed.issued_at, signed.expires_at),
        )  # fmt: skip
    if seen.doubt == "company_suspended":
        return no_store(INACTIVE)
    clients.believe(request, client, seen)
    if seen.secret:
        activity.secret_used(seen.tenant, seen.secret)
    if not seen.authorization or not may_see(seen) or (signed and not signed.is_genuine(seen.public_jwk)):
        return no_store(INACTIVE)
    return describe(request, seen, signed)


def may_see(seen: Seen) -> bool:
    return seen.is_own or MAY_SEE in seen.caller_scopes.split(" ")


def describe(request: WireRequest, seen: Seen, signed: tokens.Signed | None) -> WireResponse:
    left = frozenset(seen.owner_scopes.split(" ")).intersection(seen.scope.split())
    if not left:
        # Nothing it was issued for is allowed any more (docs/decisions/0002).
        return no_store(INACTIVE)
    activity.touch(seen.tenant, seen.authorization, request.address if seen.is_own else None)
    issuer = signed.issuer if signed else request.issuer
    content = {
        "active": True,
        "scope": scopes.render(left),
        "client_id": seen.client_id,
        "token_type": "Bearer",
        "exp": seen.expires,
        "iat": seen.created,
        "sub": seen.client_id,
        "aud": tokens.audience(issuer),
        "iss": issuer,
    }
    if signed:
        content["jti"] = keys.base64url(signed.jti)
    return no_store(content)
