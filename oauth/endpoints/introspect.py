"""Introspection (RFC 7662): what a token is worth now. Answers the consumer it belongs to and the company's consumers
whose groups allow `authorizations:view`; to everybody else, and about everything else, it is not active."""

from __future__ import annotations

from typing import Any

from authorizations import activity
from authorizations.granting import is_something
from consumers import credentials
from oauth import clients, keys, store, subjects, tokens
from oauth.request import WireRequest
from oauth.response import WireResponse, no_store
from oauth.rules import resources
from oauth.store import Client, Seen
from permissions import scopes

MAY_SEE = "authorizations:view"
INACTIVE: dict[str, Any] = {"active": False}


def metadata(issuer: str) -> dict[str, Any]:
    return {"introspection_endpoint": f"{issuer}/oauth/introspect"}


def answer(request: WireRequest) -> WireResponse:
    client, token = clients.confidential(request), request.required("token")
    signed = tokens.read(token)
    seen = find(request, client, token, signed)
    if seen.doubt == "company_suspended":
        return no_store(INACTIVE)
    clients.believe(request, client, seen)
    if seen.secret:
        activity.secret_used(seen.tenant, seen.secret)
    # Nothing it was issued for is allowed any more (docs/decisions/0002): as good as dead.
    if not seen.authorization or not is_something(seen.left) or (signed and not signed.is_genuine(seen.public_jwk)):
        return no_store(INACTIVE)
    if token.startswith(credentials.REFRESH_TOKEN):
        return no_store(describe(request, seen, signed) if seen.is_own else INACTIVE)
    if not may_see(request, seen):
        return no_store(INACTIVE)
    activity.touch(seen.tenant, seen.authorization, request.address if seen.is_own else None)
    # Only what may be presented to an API says how (RFC 7662 §2.2).
    return no_store({**describe(request, seen, signed), "token_type": "Bearer"})


def find(request: WireRequest, client: Client, token: str, signed: tokens.Signed | None) -> Seen:
    if signed is not None:
        return store.introspect_signed(
            request, client, (signed.kid, signed.jti, signed.client_id, signed.authorization, signed.scope,
            signed.issued_at, signed.expires_at, signed.family, " ".join(signed.audience)),
        )  # fmt: skip
    search = store.introspect_refresh if token.startswith(credentials.REFRESH_TOKEN) else store.introspect
    return search(request, client, credentials.halved(credentials.digest(token)))


def may_see(request: WireRequest, seen: Seen) -> bool:
    """Its owner, always. An API that is a consumer sees tokens for it and no others (RFC 8707 §2), and needs no
    permission for that; any other consumer with the permission sees those for the company's own API."""
    if seen.is_own:
        return True
    if seen.caller_resource:
        return seen.caller_resource in seen.audience
    for_own_api = not seen.audience or tokens.audience(request.issuer) in seen.audience
    return for_own_api and MAY_SEE in seen.caller_scopes.split(" ")


def describe(request: WireRequest, seen: Seen, signed: tokens.Signed | None) -> dict[str, Any]:
    """No `username`: who the person is, an app learns from userinfo, as far as they agreed to."""
    issuer = signed.issuer if signed else request.issuer
    content = {
        "active": True,
        "scope": scopes.render(seen.left),
        "client_id": seen.client_id,
        "exp": seen.expires,
        "iat": seen.created,
        "sub": subject(seen),
        "aud": resources.audience(issuer, seen.audience),
        "iss": issuer,
    }
    if signed:
        content["jti"] = keys.base64url(signed.jti)
    return content


def subject(seen: Seen) -> str:
    """A machine is its consumer's key (PROTOCOL.md, choice 10)."""
    if not seen.subject:
        return seen.client_id
    if seen.pairwise_subject:
        return subjects.pairwise(seen.subject, seen.subject_salt, seen.owner)
    return subjects.public(seen.subject)
