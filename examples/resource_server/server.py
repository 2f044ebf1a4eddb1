"""A protected API, as small as it gets: work orders for whoever holds a token of a company's Gatehouse.

    GET /work-orders        asks Gatehouse about every token (introspection, RFC 7662): what was revoked is refused
                            at once
    GET /jwt/work-orders    checks signed tokens by itself (RFC 9068, keys from the JWKS): no round trip, but what was
                            revoked lives until it expires

Refusals are RFC 6750's. With an identifier of its own (RESOURCE, registered at Gatehouse as the API identifier of its
consumer) it takes only tokens that were asked for it (RFC 8707), says so in its metadata (RFC 9728), and leads there
whoever comes without. Settings are environment variables; without them, the demo world of `make run` is used.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx

sys.path.insert(0, str(Path(__file__).parent))

from tokens import Introspection, NotActive, SignedTokens, Unreachable  # noqa: E402

DEMO = Path(os.environ.get("DEMO_FILE") or Path(__file__).resolve().parents[2] / ".local" / "demo.json")
NEEDED = "work_orders:view"
REALM = "work-orders"
WORK_ORDERS = [
    {"number": 1041, "title": "Replace bearing of compressor 3", "asset": "CMP-003", "state": "open"},
    {"number": 1042, "title": "Calibrate flow meter", "asset": "FLW-017", "state": "in progress"},
    {"number": 1043, "title": "Monthly inspection of forklift 8", "asset": "FRK-008", "state": "done"},
]

type StartResponse = Callable[[str, list[tuple[str, str]]], Any]
# What a check makes of a token: the scopes it carries. Raises NotActive or Unreachable.
type Check = Callable[[str], frozenset[str]]


class Refused(Exception):
    def __init__(self, status: str, *parameters: tuple[str, str]) -> None:
        super().__init__(status)
        self.status = status
        self.challenge = ", ".join(f'{name}="{value}"' for name, value in (("realm", REALM), *parameters))


class WorkOrders:
    """The WSGI application."""

    def __init__(self, routes: dict[str, Check], issuer: str = "", resource: str = "") -> None:
        self.routes, self.issuer, self.resource = routes, issuer, resource
        place = urlsplit(resource)
        # RFC 9728 §3.1: the well-known part stands before the path.
        self.metadata_path = f"/.well-known/oauth-protected-resource{place.path.rstrip('/')}" if resource else ""
        self.lead = f', resource_metadata="{place.scheme}://{place.netloc}{self.metadata_path}"' if resource else ""

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if self.resource and environ["PATH_INFO"] == self.metadata_path:
            return answer(start_response, "200 OK", self.metadata())
        check = self.routes.get(environ["PATH_INFO"])
        if check is None:
            return answer(start_response, "404 Not Found", {"error": "not_found"})
        if environ["REQUEST_METHOD"] == "OPTIONS":
            allowed = ("Access-Control-Allow-Headers", "Authorization")
            return answer(start_response, "200 OK", {}, ("Access-Control-Allow-Methods", "GET"), allowed)
        if environ["REQUEST_METHOD"] != "GET":
            return answer(start_response, "405 Method Not Allowed", {"error": "method_not_allowed"}, ("Allow", "GET"))
        try:
            authorize(environ.get("HTTP_AUTHORIZATION", ""), check)
        except Refused as refusal:
            challenge = ("WWW-Authenticate", f"Bearer {refusal.challenge}{self.lead}")
            return answer(start_response, refusal.status, {"error": "refused"}, challenge)
        except Unreachable:
            return answer(start_response, "503 Service Unavailable", {"error": "try_again"}, ("Retry-After", "2"))
        return answer(start_response, "200 OK", {"work_orders": WORK_ORDERS})

    def metadata(self) -> dict[str, Any]:
        return {
            "resource": self.resource,
            "authorization_servers": [self.issuer],
            "scopes_supported": [NEEDED],
            "bearer_methods_supported": ["header"],
            "resource_name": "Work orders",
        }


def authorize(header: str, check: Check) -> None:
    """RFC 6750 §3: no token, a token that is no good, or one without the scope."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused("401 Unauthorized")
    try:
        scopes = check(token.strip())
    except NotActive:
        raise Refused("401 Unauthorized", ("error", "invalid_token")) from None
    if NEEDED not in scopes:
        raise Refused("403 Forbidden", ("error", "insufficient_scope"), ("scope", NEEDED))


def answer(
    start_response: StartResponse, status: str, content: dict[str, Any], *headers: tuple[str, str]
) -> list[bytes]:
    body = json.dumps(content).encode()
    usual = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        # Pages of any origin may read the answers: without a token there are none, and no cookie counts here.
        ("Access-Control-Allow-Origin", "*"),
    ]
    start_response(status, [*usual, *headers])
    return [body]


def application(issuer: str, client_id: str, client_secret: str, resource: str = "") -> WorkOrders:
    http = httpx.Client(timeout=5)
    metadata = discover(http, issuer)
    introspection = Introspection(http, metadata["introspection_endpoint"], client_id, client_secret, issuer, resource)
    signed = SignedTokens(http, metadata["jwks_uri"], issuer, resource)
    routes = {"/work-orders": introspection.scopes_of, "/jwt/work-orders": signed.scopes_of}
    return WorkOrders(routes, issuer, resource)


def discover(http: httpx.Client, issuer: str) -> dict[str, Any]:
    """RFC 8414. The document must be about the issuer we trust."""
    found: dict[str, Any] = http.get(f"{issuer}/.well-known/oauth-authorization-server").raise_for_status().json()
    if found["issuer"] != issuer:
        raise SystemExit(f"{issuer} describes another issuer: {found['issuer']}")
    return found


def credentials() -> tuple[str, str, str]:
    """Issuer, key and secret of a consumer that may introspect (authorizations:view)."""
    if "ISSUER" in os.environ:
        return os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
    if not DEMO.exists():
        raise SystemExit("Start Gatehouse with `make run` first, or set ISSUER, CLIENT_ID and CLIENT_SECRET.")
    company = json.loads(DEMO.read_text(encoding="utf-8"))["companies"][0]
    able = [one for one in company["consumers"] if "authorizations:view" in one["scopes"]]
    found = min(able, key=lambda one: len(one["scopes"]))
    return company["issuer"], found["client_id"], found["client_secret"]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """One line per request, without the query."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        print(f"{self.command} {self.path.partition('?')[0]} {getattr(code, 'value', code)}", flush=True)


def main() -> None:
    issuer, client_id, client_secret = credentials()
    port = int(os.environ.get("PORT", "8100"))
    try:
        work_orders = application(issuer, client_id, client_secret, os.environ.get("RESOURCE", ""))
    except httpx.HTTPError as error:
        raise SystemExit(f"Gatehouse does not answer at {issuer}: {error}") from None
    with make_server("127.0.0.1", port, work_orders, Server, Quiet) as server:
        print(f"Work orders of {issuer} at http://127.0.0.1:{port}/work-orders and /jwt/work-orders", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
