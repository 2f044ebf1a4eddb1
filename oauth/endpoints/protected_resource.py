"""Protected resource metadata of the company's own API (RFC 9728): who gives tokens for it, and which. APIs of its
consumers publish their own."""

from __future__ import annotations

from urllib.parse import urlsplit

from oauth import store, tokens
from oauth.request import WireRequest
from oauth.response import WireResponse, cacheable

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def address(issuer: str) -> str:
    """Where the document of the issuer's API is: the well-known part stands before the path (§3.1)."""
    parts = urlsplit(tokens.audience(issuer))
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path}"


def answer(request: WireRequest) -> WireResponse:
    scopes = store.api_scopes(request)
    document = {
        "resource": tokens.audience(request.issuer),
        "authorization_servers": [request.issuer],
        "scopes_supported": scopes,
        "bearer_methods_supported": ["header"],
        "resource_name": "Gatehouse management API",
        "resource_documentation": f"{tokens.audience(request.issuer)}/",
    }
    # §3.2: no empty lists.
    return cacheable(request, {name: value for name, value in document.items() if value})
