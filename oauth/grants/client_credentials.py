"""Client credentials (RFC 6749 §4.4): a consumer speaks for itself, within its permission groups."""

from __future__ import annotations

from typing import Any

from consumers import credentials
from oauth import clients, keys, refusals, store, tokens
from oauth.endpoints import jwks
from oauth.errors import InvalidScope, InvalidTarget, ServerError, UnauthorizedClient, WireError
from oauth.request import WireRequest
from oauth.rules import resources
from oauth.store import Client, Issued
from permissions import scopes

GRANT_TYPE = "client_credentials"
MOST_SCOPES = 500
OPAQUE = "opaque"
# Who got signed tokens last time: only a guess at which of two statements will do, checked by its answer.
_signing: set[tuple[str | None, str | None, str]] = set()
MOST_REMEMBERED = 100_000

REFUSALS: dict[str, tuple[type[WireError], str]] = {
    "wrong_grant_type": (UnauthorizedClient, "This consumer is not registered for this grant type."),
    "authorization_revoked": (
        UnauthorizedClient,
        "The authorization of this consumer was revoked. A super administrator of the company can authorize it "
        "again under App authorizations.",
    ),
    "scope_beyond_groups": (
        InvalidScope,
        "The scope asks for more than the permission groups of this consumer allow.",
    ),
    "no_scope_left": (InvalidScope, "The permission groups of this consumer allow nothing at the moment."),
    "unknown_resource": (InvalidTarget, "The company has no API of that identifier."),
    "no_scope_there": (InvalidScope, "Nothing of what this consumer may do has a meaning at that API."),
}


def metadata(issuer: str) -> dict[str, Any]:
    return {"grant_types_supported": [GRANT_TYPE]}


def scopes_asked(request: WireRequest) -> str | None:
    """The scopes asked for as one canonical string, or None for the default. Raises InvalidScope."""
    asked = request.form.get("scope")
    if asked is None:
        return None
    try:
        wanted = scopes.parse(asked)
    except scopes.MalformedScope:
        raise InvalidScope("The scope is malformed.") from None
    if not wanted:
        # Spaces alone name nothing (RFC 6749 §3.3); they must not mean everything.
        raise InvalidScope("The scope is malformed.")
    if len(wanted) > MOST_SCOPES:
        raise InvalidScope("The scope names too many scopes.")
    return scopes.render(wanted)


def issue(request: WireRequest, client: Client) -> tuple[Issued, str]:
    """The facts and the access token. Raises what clients.believe raises, InvalidScope, InvalidTarget,
    UnauthorizedClient."""
    asked, caller = scopes_asked(request), (request.slug, request.host, client.key)
    target = resources.target(request)
    if caller not in _signing:
        minted = credentials.mint(credentials.ACCESS_TOKEN)
        digest = credentials.halved(minted.digest)
        issued = allowed(request, client, store.issue_opaque(request, client, asked, digest, target))
        if issued.token_format == OPAQUE:
            return issued, minted.shown
        remember(caller)
    issued = allowed(request, client, store.issue_signed(request, client, asked, target))
    if issued.token_format == OPAQUE:
        _signing.discard(caller)
        return issue(request, client)
    if not issued.key:
        jwks.first_key(request, issued.tenant)
        issued = allowed(request, client, store.issue_signed(request, client, asked, target))
    return issued, signed(request, client, issued)


def remember(caller: tuple[str | None, str | None, str]) -> None:
    if len(_signing) >= MOST_REMEMBERED:
        _signing.clear()
    _signing.add(caller)


def allowed(request: WireRequest, client: Client, issued: Issued) -> Issued:
    if issued.doubt in REFUSALS:
        refuse, sentence = REFUSALS[issued.doubt]
        refusals.note(request, client, issued)
        raise refuse(sentence)
    clients.believe(request, client, issued)
    return issued


def signed(request: WireRequest, client: Client, issued: Issued) -> str:
    if not issued.key:
        raise ServerError(detail="no active signing key")
    kid, _, sealed = issued.key.partition(" ")
    claims = {
        "iss": request.issuer,
        "sub": client.key,
        "aud": resources.audience(request.issuer, issued.audience),
        "client_id": client.key,
        "iat": issued.now,
        "exp": issued.now + issued.seconds,
        "scope": issued.scope,
        "authorization_id": issued.authorization,
    }
    return tokens.sign(claims, kid, keys.signing_key(issued.tenant, kid, sealed))
