"""The one way we call anybody else's server, at addresses that others typed in (server-side request forgery, OWASP ASVS
12.6.1; OpenID Connect Back-Channel Logout §2.5).

HTTPS alone. The host is resolved once, everything it resolves to must be a public address, and the connection goes to
what was checked, so a name can't change its meaning in between. Redirects are not followed, proxies of the environment
not used, and the whole exchange ends within SECONDS.
"""

from __future__ import annotations

import socket
import ssl
from functools import cache
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

SECONDS: Final = 5.0
MOST_BYTES: Final = 64 * 1024
# IPv6 addresses that lead to an IPv4 address chosen by whoever wrote them (RFC 6052, RFC 8215, RFC 3056, RFC 4380).
TRANSLATED: Final = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))

type Address = IPv4Address | IPv6Address


class Refused(Exception):
    """We don't call there."""


class Failed(Exception):
    """Nobody answered, or not as they should."""


class Reply(NamedTuple):
    status: int
    body: bytes


class Target(NamedTuple):
    """Where to go, checked."""

    address: Address
    port: int
    host: str
    path: str
    is_https: bool


def post(url: str, body: bytes, content_type: str) -> Reply:
    """Raises Refused, Failed."""
    target = checked(url)
    connection = Pinned(target)
    # Timeouts of sockets begin anew with every byte; this one doesn't.
    end = Timer(SECONDS, connection.abort)
    end.daemon = True
    end.start()
    try:
        headers = {"Content-Type": content_type, "Accept": "application/json", "User-Agent": "Gatehouse"}
        connection.request("POST", target.path, body, headers)
        response = connection.getresponse()
        content = response.read(MOST_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise Failed(type(error).__name__) from error
    finally:
        end.cancel()
        connection.close()
    if len(content) > MOST_BYTES:
        raise Failed("the answer is too long")
    return Reply(response.status, content)


def checked(url: str) -> Target:
    """Raises Refused, Failed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("not an address") from None
    at_home = settings.GATEHOUSE_OUTBOUND_LOOPBACK
    if parts.scheme != "https" and not (at_home and parts.scheme == "http"):
        raise Refused("not https")
    if not host or parts.username is not None or parts.password is not None or not parts.netloc.isascii():
        raise Refused("not a host")
    is_https = parts.scheme == "https"
    port = port or (443 if is_https else 80)
    found = resolved(host, port)
    if not all(is_public(address) or (at_home and address.is_loopback) for address in found):
        raise Refused("not a public address")
    if not is_https and not all(address.is_loopback for address in found):
        raise Refused("not https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(found[0], port, host, path, is_https)


def resolved(host: str, port: int) -> list[Address]:
    """Raises Failed."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed("the host has no address") from error
    return [ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return False
        if any(address in network for network in TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class Pinned(HTTPConnection):
    """To the address that was checked, while Host and certificate are those of the name."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=SECONDS)
        self.target = target
        self.default_port = 443 if target.is_https else 80

    def connect(self) -> None:
        self.sock = socket.create_connection((str(self.target.address), self.target.port), SECONDS)
        if self.target.is_https:
            self.sock = trust().wrap_socket(self.sock, server_hostname=self.target.host)

    def abort(self) -> None:
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                # It ended at this very moment.
                return


@cache
def trust() -> ssl.SSLContext:
    return ssl.create_default_context()
