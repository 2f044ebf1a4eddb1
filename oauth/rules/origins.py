"""Which pages of other sites may read our answers (Fetch §3.2; PROTOCOL.md, choice 12): those of the origins that the
company's public apps have registered, at the endpoints a browser app calls itself. Never the authorization endpoint
(RFC 9700 §2.6), which pages go to and don't read; never introspection; never with cookies, which the wire doesn't use.
What is public, the documents, every page may read."""

from __future__ import annotations

from oauth import store
from oauth.request import WireRequest
from oauth.response import Headers, WireResponse

ENDPOINTS = frozenset({"token", "revoke", "userinfo", "device_authorization"})
LONGEST = 255
# RFC 9449 §5's header is let through: stock libraries send it to whoever they don't know yet.
PREFLIGHT: Headers = [
    ("Access-Control-Allow-Headers", "authorization, content-type, dpop"),
    ("Access-Control-Max-Age", "600"),
]
EXPOSED = ("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After")


def judge(request: WireRequest) -> None:
    """Find out whether the page that sent this may read the answer. Only a page names an origin."""
    if request.origin and request.endpoint in ENDPOINTS and len(request.origin) <= LONGEST:
        request.is_shared = store.is_registered_origin(request)


def share(request: WireRequest, response: WireResponse) -> WireResponse:
    """The answer as that page may read it, a refusal as much as any other (HT-24)."""
    if not request.origin or request.endpoint not in ENDPOINTS:
        return response
    headers = [*response.headers, ("Vary", "Origin")]
    if request.is_shared:
        headers += [("Access-Control-Allow-Origin", request.origin), EXPOSED]
    return WireResponse(response.status, headers, response.body)
