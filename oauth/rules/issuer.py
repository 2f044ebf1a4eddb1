"""Who we are at the address we were asked at: what discovery says there and what `iss` says in every answer (RFC 8414
§3.3, RFC 9207 §2.4). Below /t/<company>/ on the platform's host, at the root on a host name of the company's own."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import HttpRequest

from tenants.middleware import TenantRequest

SCHEME = settings.GATEHOUSE_BASE_URL.partition("://")[0]


def of(request: HttpRequest) -> str:
    """Of a request inside a company's site."""
    if request.META.get("SCRIPT_NAME"):
        return cast("TenantRequest", request).tenant.issuer
    return at_host(request.get_host())


def at_host(host: str) -> str:
    """Of a company at a host name of its own."""
    return f"{SCHEME}://{host.partition(':')[0].lower()}"
