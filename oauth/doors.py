"""The two doors of the wire: a Django view (tests, development, any server) and a WSGI callable that stands in front
of Django and answers these paths without its request machinery. Both only translate; the answers are the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from http.client import responses
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from oauth import pipeline, turns
from oauth.request import MOST_BYTES, WireRequest
from oauth.response import WireResponse
from tenants.middleware import PLATFORM_HOSTS

ENDPOINT = re.compile(
    r"\A(?:/t/(?P<slug>[^/]+))?/(?:oauth/(?P<endpoint>token|introspect|revoke|userinfo|jwks|device_authorization)"
    r"|\.well-known/(?:oauth-authorization-server|openid-configuration))\Z"
)
# RFC 9728 §3.1, of the company's own API.
PROTECTED = re.compile(r"\A/\.well-known/oauth-protected-resource(?:/t/(?P<slug>[^/]+))?/api\Z")
# RFC 8414 §3.1, §5: the well-known part before the issuer's path.
INSERTED = re.compile(r"\A/\.well-known/(?:oauth-authorization-server|openid-configuration)/t/(?P<slug>[^/]+)\Z")
SLUG = re.compile(r"\A[a-z0-9-]{1,40}\Z")
HOST = re.compile(r"\A[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
DEVICE = "device_authorization"
BASE_URL: str = settings.GATEHOUSE_BASE_URL
SCHEME = BASE_URL.partition("://")[0]
STATUS = {code: f"{code} {phrase}" for code, phrase in responses.items()}

type Headers = list[tuple[str, str]]
type StartResponse = Callable[[str, Headers], Any]
type Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
type Address = Callable[[str, str], str | None]


def request_for(path: str, method: str, host: str) -> WireRequest | None:
    """The beginnings of a WireRequest, when the path is one of the wire's; None leaves it to Django."""
    found = ENDPOINT.match(path) or INSERTED.match(path) or PROTECTED.match(path)
    if found is None:
        return None
    default = "protected_resource" if found.re is PROTECTED else "metadata"
    slug, endpoint = found["slug"], found.groupdict().get("endpoint") or default
    if slug is not None:
        # Not an address a company can have: ask for one that nobody has.
        slug = slug if SLUG.match(slug) else ""
        return WireRequest(method, endpoint, slug, None, f"{BASE_URL}/t/{slug}")
    name = host.partition(":")[0].lower()
    if name in PLATFORM_HOSTS or not HOST.match(name):
        return None
    return WireRequest(method, endpoint, None, name, f"{SCHEME}://{name}")


def wsgi(django: Application, client_address: Address) -> Application:
    """`django` with the wire in front of it. `client_address` maps (peer, X-Forwarded-For) to the caller's."""
    address = lru_cache(maxsize=4096)(client_address)

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if "/oauth" not in path and "/.well-known/" not in path:
            return django(environ, start_response)
        request = request_for(path, environ["REQUEST_METHOD"], environ.get("HTTP_HOST", ""))
        if request is None:
            return django(environ, start_response)
        request.query = environ.get("QUERY_STRING", "")
        request.content_type = environ.get("CONTENT_TYPE", "")
        request.authorization = environ.get("HTTP_AUTHORIZATION", "")
        request.if_none_match = environ.get("HTTP_IF_NONE_MATCH", "")
        request.origin = environ.get("HTTP_ORIGIN", "")
        if request.endpoint == DEVICE:
            request.agent = environ.get("HTTP_USER_AGENT", "")
        request.address = address(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""))
        if request.method == "POST":
            request.body = read(environ)
        with turns.taken:
            response = pipeline.answer(request)
        start_response(STATUS[response.status], headers(response))
        return (response.body,) if request.method != "HEAD" else ()

    return application


def read(environ: dict[str, Any]) -> bytes | None:
    """The body, or None when it is longer than allowed."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and (not length.isdecimal() or int(length) > MOST_BYTES):
        return None
    if not length and "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b""
    body: bytes = environ["wsgi.input"].read(int(length) if length else MOST_BYTES + 1)
    return body if len(body) <= MOST_BYTES else None


def headers(response: WireResponse) -> Headers:
    if response.status in (204, 304):
        return response.headers
    return [*response.headers, ("Content-Length", str(len(response.body)))]


@csrf_exempt
def view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
    """The Django door. It resolves the path itself, so both doors know the same addresses."""
    wire = request_for(request.path, request.method or "GET", request.META.get("HTTP_HOST", ""))
    if wire is None:
        return HttpResponse(status=404)
    return through_django(request, wire)


def through_django(request: HttpRequest, wire: WireRequest) -> HttpResponse:
    meta = request.META
    wire.query = meta.get("QUERY_STRING", "")
    wire.content_type = meta.get("CONTENT_TYPE", "")
    wire.authorization = meta.get("HTTP_AUTHORIZATION", "")
    wire.if_none_match = meta.get("HTTP_IF_NONE_MATCH", "")
    wire.origin = meta.get("HTTP_ORIGIN", "")
    wire.agent = meta.get("HTTP_USER_AGENT", "") if wire.endpoint == DEVICE else ""
    wire.address = getattr(request, "client_address", None)
    wire.request_id = getattr(request, "id", "")
    if wire.method == "POST":
        wire.body = read(request.environ)  # type: ignore[attr-defined]
    response = pipeline.answer(wire)
    answer = HttpResponse(response.body, status=response.status)
    del answer["Content-Type"]
    for name, value in headers(response):
        answer[name] = value
    return answer


class WireMiddleware:
    """The Django door's place: before the company is resolved, for the wire does that in its own statement."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        wire = request_for(request.path, request.method or "GET", request.META.get("HTTP_HOST", ""))
        return self.get_response(request) if wire is None else through_django(request, wire)
