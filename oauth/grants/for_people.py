"""What every grant that acts for a person ends in: an access token, and a refresh token and an ID token beside it."""

from __future__ import annotations

from collections.abc import Callable

from authorizations.models import TokenFamily
from consumers.credentials import Minted
from oauth import clients, id_tokens, keys, refusals, store, subjects, tokens
from oauth.endpoints import jwks
from oauth.errors import InvalidGrant, InvalidScope, InvalidTarget, ServerError, UnauthorizedClient, WireError
from oauth.grants.client_credentials import OPAQUE
from oauth.request import WireRequest
from oauth.rules import resources
from oauth.store import Client, Granted

type Reasons = dict[str, tuple[type[WireError], str]]

OVER = "The authorization is over. Ask the person again."
# Why the person, the company or the app itself ended it is for the company's log.
REFUSALS: Reasons = {
    "wrong_grant_type": (UnauthorizedClient, "This consumer is not registered for this grant type."),
    "family_ended": (InvalidGrant, OVER),
    "consent_withdrawn": (InvalidGrant, OVER),
    "person_gone": (InvalidGrant, OVER),
    "signed_in_before": (InvalidGrant, OVER),
    "nothing_left": (InvalidGrant, OVER),
    # No reason to give up: with another scope or resource, or without, there is something.
    "nothing_asked": (InvalidScope, "Nothing of what was asked for is allowed."),
    "resource_beyond_consent": (InvalidTarget, "The authorization does not cover that resource."),
}
# What was used twice, by somebody who had no right to it or from whom it was taken, ends all that came of it.
ENDINGS = {
    "code_replayed": (TokenFamily.End.CODE_REPLAYED, "authorization.code_replayed"),
    "refresh_reused": (TokenFamily.End.REFRESH_REUSED, "authorization.refresh_reused"),
}


def ask(request: WireRequest, client: Client, work: Callable[[], Granted], reasons: Reasons) -> Granted:
    """What the store grants, once the company has the keys to sign it with. Raises what clients.believe raises and what
    `reasons` and REFUSALS say."""
    found = work()
    if found.doubt == "key_missing":
        for algorithm in keys.ALGORITHMS:
            jwks.first_key(request, found.tenant, algorithm)
        found = work()
    if found.doubt == "key_missing":
        raise ServerError(detail="no active signing key")
    if found.doubt in ENDINGS:
        because, verb = ENDINGS[found.doubt]
        store.end_family(request, found.family, because.value, verb)
    refusal = reasons.get(found.doubt) or REFUSALS.get(found.doubt)
    if refusal is not None:
        refusals.note(request, client, found)
        raise refusal[0](refusal[1])
    clients.believe(request, client, found)
    return found


def hand_out(request: WireRequest, granted: Granted, access: Minted, refresh: Minted) -> str:
    """The first tokens of a sign-in: the access token is returned, the others stand in `granted`."""
    token = access_token(request, granted, access.shown)
    if granted.refreshes:
        granted.refresh_token = refresh.shown
    granted.id_token = id_token(request, granted, token)
    return token


def access_token(request: WireRequest, granted: Granted, opaque: str) -> str:
    """`opaque`, of which the store kept the digest, or a signed one (RFC 9068), as the consumer wants it."""
    person = granted.person
    if granted.token_format == OPAQUE or person is None:
        return opaque
    kid, _, sealed = granted.key.partition(" ")
    claims = {
        "iss": request.issuer,
        "sub": subjects.of(person),
        "aud": resources.audience(request.issuer, granted.audience),
        "client_id": person.client_id,
        "iat": granted.now,
        "exp": granted.now + granted.seconds,
        "scope": granted.scope,
        "authorization_id": granted.authorization,
        "family_id": granted.family,
    }
    return tokens.sign(claims, kid, keys.signing_key(granted.tenant, kid, sealed))


def id_token(request: WireRequest, granted: Granted, token: str) -> str:
    """Empty when openid is not among the scopes (OpenID Connect Core §3.1.3.3)."""
    if granted.person is None or not granted.person.signing_key:
        return ""
    granted.person.access_token = token
    return id_tokens.mint(request, granted.person)
