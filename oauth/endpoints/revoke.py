"""Revocation (RFC 7009): a consumer ends a token of its own. Whatever else is sent, the answer is the same 200.

A refresh token takes the whole sign-in along, access tokens included; an access token ends alone, and the app may
refresh. What a token is stands in itself, so the hint is not needed (§2.1).
"""

from __future__ import annotations

from typing import Any

from authorizations import activity
from consumers import credentials
from oauth import clients, store, tokens
from oauth.request import WireRequest
from oauth.response import WireResponse, no_store


def metadata(issuer: str) -> dict[str, Any]:
    return {"revocation_endpoint": f"{issuer}/oauth/revoke"}


def answer(request: WireRequest) -> WireResponse:
    client, token = clients.presented(request), request.required("token")
    signed = tokens.read(token)
    if signed is None:
        end = store.revoke_refresh if token.startswith(credentials.REFRESH_TOKEN) else store.revoke
        caller = end(request, client, credentials.halved(credentials.digest(token)))
    else:
        caller = store.revoke_signed(
            request, client, signed.kid, signed.jti, signed.expires_at, signed.authorization,
            # Another consumer's token is none of this one's business (RFC 7009 §2.1).
            lambda public_jwk: signed.client_id == client.key and signed.is_genuine(public_jwk),
        )  # fmt: skip
    clients.believe(request, client, caller)
    if caller.secret:
        activity.secret_used(caller.tenant, caller.secret)
    # Several stock clients parse the body (docs: PROTOCOL, choice 10).
    return no_store({})
