"""The outermost middleware: a request's id, the address it really comes from, and headers for every answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.id = str(uuid4())  # type: ignore[attr-defined]
        request.client_address = client_address(  # type: ignore[attr-defined]
            request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
        )
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


def client_address(peer: str, forwarded: str = "") -> str | None:
    """The caller's IP address. X-Forwarded-For is read from the right, and only through trusted proxies,
    so a caller can't choose its own address. None when the peer is no IP (a unix socket without proxies)."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()] + [peer]
    address = None
    for hop in reversed(hops):
        try:
            address = ip_address(hop)
        except ValueError:
            break
        if not any(address in network for network in _trusted()):
            break
    return str(address) if address else None


@cache
def _trusted() -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(entry, strict=False) for entry in settings.GATEHOUSE_TRUSTED_PROXIES)
