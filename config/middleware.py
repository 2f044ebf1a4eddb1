"""The outermost middleware: a request's id, the address it really comes from, and headers for every answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class RequestMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.id = str(uuid4())  # type: ignore[attr-defined]
        peer = request.META.get("REMOTE_ADDR", "")
        request.client_address = client_address(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))  # type: ignore[attr-defined]
        if request.META.get("HTTP_X_FORWARDED_PROTO") == "https" and is_trusted(peer):
            # What request.is_secure() asks, and with it Strict-Transport-Security and Django's check of origins.
            request.META["wsgi.url_scheme"] = "https"
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        # Pages are about a company or a person; what may be kept (static files, public documents) says so itself.
        response.headers.setdefault("Cache-Control", "no-store")
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
            address = plain(hop)
        except ValueError:
            break
        if not _is_proxy(address):
            break
    return str(address) if address else None


def plain(hop: str) -> IPv4Address | IPv6Address:
    """Without the interface it came in by, and an IPv4 caller of an IPv6 socket by its own address. Raises
    ValueError."""
    address = ip_address(hop.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def is_trusted(peer: str) -> bool:
    """Whether a connection comes from one of our proxies."""
    try:
        return _is_proxy(plain(peer))
    except ValueError:
        return False


def _is_proxy(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in _trusted())


@cache
def _trusted() -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(entry, strict=False) for entry in settings.GATEHOUSE_TRUSTED_PROXIES)
