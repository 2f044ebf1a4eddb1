"""The token endpoint (RFC 6749 §3.2, §5.1)."""

from __future__ import annotations

from typing import Any

from authorizations import activity
from oauth import clients
from oauth.errors import UnsupportedGrantType
from oauth.grants import authorization_code, client_credentials, device_code, refresh_token
from oauth.request import WireRequest
from oauth.response import WireResponse, no_store

GRANTS = {grant.GRANT_TYPE: grant for grant in (client_credentials, authorization_code, refresh_token, device_code)}


def metadata(issuer: str) -> dict[str, Any]:
    return {"token_endpoint": f"{issuer}/oauth/token"}


def answer(request: WireRequest) -> WireResponse:
    grant = GRANTS.get(request.required("grant_type"))
    if grant is None:
        raise UnsupportedGrantType
    client = clients.presented(request)
    issued, token = grant.issue(request, client)
    activity.touch(issued.tenant, issued.authorization, request.address)
    if issued.secret:
        activity.secret_used(issued.tenant, issued.secret)
    content = {"access_token": token, "token_type": "Bearer", "expires_in": issued.seconds, "scope": issued.scope}
    if issued.refresh_token:
        content["refresh_token"] = issued.refresh_token
    if issued.id_token:
        content["id_token"] = issued.id_token
    return no_store(content)
