"""Userinfo (OpenID Connect Core §5.3): what an app may know of the person its access token speaks for. The token
travels in the Authorization header alone (RFC 6750 §2.1)."""

from __future__ import annotations

from typing import Any

from authorizations import activity
from consumers import credentials
from oauth import claims, subjects, tokens
from oauth.errors import BEARER, InsufficientScope, InvalidRequest, InvalidToken, MethodNotAllowed, TokenMissing
from oauth.request import FORM, WireRequest
from oauth.response import WireResponse, no_store
from oauth.store.userinfo import Learned, learn, learn_signed
from permissions.scopes import OPENID

TWO_TOKENS = ("WWW-Authenticate", f'{BEARER}, error="invalid_request"')
METHODS = "GET, HEAD, POST, OPTIONS"


def metadata(issuer: str) -> dict[str, Any]:
    return {"userinfo_endpoint": f"{issuer}/oauth/userinfo", **claims.metadata(issuer)}


def get_or_post(request: WireRequest) -> None:
    if request.method not in ("GET", "HEAD", "POST"):
        raise MethodNotAllowed(headers=(("Allow", METHODS),))


def answer(request: WireRequest) -> WireResponse:
    learned = believed(request, presented(request))
    if learned is None:
        raise InvalidToken
    activity.touch(learned.tenant, learned.authorization, request.address)
    if OPENID not in learned.scopes:
        # A machine's speaks for nobody, and without openid the person agreed to something else.
        raise InsufficientScope(OPENID)
    sub = subjects.of(learned)
    known = claims.of(learned.scopes, name=learned.full_name, language=learned.language, email=learned.email)
    return no_store({"sub": sub, **known})


def presented(request: WireRequest) -> str:
    """The token of the header. Raises TokenMissing, InvalidRequest, InvalidToken."""
    scheme, _, token = request.authorization.strip().partition(" ")
    token = token.strip()
    if request.method == "POST" and request.body and request.content_type.partition(";")[0].strip().lower() == FORM:
        request.read_form()
        if "access_token" in request.form and scheme:
            raise InvalidRequest("Send the token once, in the Authorization header.", headers=(TWO_TOKENS,))
    if scheme.lower() != "bearer":
        raise TokenMissing
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidToken
    return token


def believed(request: WireRequest, token: str) -> Learned | None:
    """What a genuine, living token leads to."""
    signed = tokens.read(token)
    if signed is None:
        if not credentials.is_well_formed(token, credentials.ACCESS_TOKEN):
            return None
        return learn(request, credentials.halved(credentials.digest(token)))
    if not signed.is_for_own_api:
        return None
    learned = learn_signed(
        request, (signed.kid, signed.jti, signed.client_id, signed.authorization, signed.family, signed.scope,
        signed.expires_at),
    )  # fmt: skip
    return learned if learned is not None and signed.is_genuine(learned.public_jwk) else None
