"""The browser an app's request came in by: the cookie that ties the two together (RFC 9700 §4.7), and what its pages
may post to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.csp import CSP

COOKIE = "__Host-browser" if settings.IS_HTTPS else "browser"
SECRET = re.compile(r"\A[A-Za-z0-9_-]{43}\Z")
# What Content Security Policy can say of a host (CSP3 §2.3.1): no IPv6 address, nothing that ends the directive.
AUTHORITY = re.compile(r"\A[a-z0-9.-]+(?::\d+)?\Z", re.IGNORECASE)


def secret_of(request: HttpRequest) -> str:
    """What requests.keep() and requests.find() want as `browser`; "" for a browser that brought none yet."""
    secret = request.COOKIES.get(COOKIE, "")
    return secret if SECRET.match(secret) else ""


def remember(response: HttpResponseBase, secret: str) -> None:
    """Until the browser is closed. Lax, because apps send people here from sites of their own."""
    response.set_cookie(COOKIE, secret, secure=settings.IS_HTTPS, httponly=True, samesite="Lax")


def allow_form_to(response: HttpResponseBase, redirect_uri: str) -> None:
    """Let this page's forms end at the app. Browsers hold every redirect after a post against the page's
    `form-action`, so a page from which a post may lead to the app has to name it."""
    allowed = [CSP.SELF, form_target(redirect_uri)]
    response._csp_config = {**settings.SECURE_CSP, "form-action": allowed}  # type: ignore[attr-defined]


def form_target(redirect_uri: str) -> str:
    """The origin; the scheme alone where an origin can't be written."""
    parts = urlsplit(redirect_uri)
    if parts.scheme in ("http", "https") and AUTHORITY.match(parts.netloc):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"
