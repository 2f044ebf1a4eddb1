"""What each endpoint runs, in order, and the one place where an error becomes a response.

| step          | token | introspect | revoke | device_authorization | userinfo | metadata | protected_resource | jwks |
|---------------|-------|------------|--------|----------------------|----------|----------|--------------------|------|
| 1 origin      | yes   |            | yes    | yes                  | yes      |          |                    |      |
| 2 preflight   | yes   | yes        | yes    | yes                  | yes      | yes      | yes                | yes  |
| 3 post_only   | yes   | yes        | yes    | yes                  |          |          |                    |      |
| 3 get_or_post |       |            |        |                      | yes      |          |                    |      |
| 3 read_only   |       |            |        |                      |          | yes      | yes                | yes  |
| 4 form        | yes   | yes        | yes    | yes                  |          |          |                    |      |
| 5 answer      | yes   | yes        | yes    | yes                  | yes      | yes      | yes                | yes  |

What every answer at a form endpoint goes through in the store, in one transaction: throttle, company, client
authentication, then the work itself. A test renders the wiring below and compares it with this table.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NoReturn
from uuid import uuid4

from oauth import clients, refusals
from oauth.endpoints import device, introspect, jwks, metadata, protected_resource, revoke, token, userinfo
from oauth.errors import MethodNotAllowed, ServerError, TooManyRequests, WireError
from oauth.request import WireRequest
from oauth.response import SAFE, WireResponse, refusal
from oauth.rules import origins

logger = logging.getLogger(__name__)

type Step = Callable[[WireRequest], WireResponse | None]


def origin(request: WireRequest) -> None:
    origins.judge(request)


def preflight(request: WireRequest) -> WireResponse | None:
    """OPTIONS: what may be sent from other origins; nothing to those that may not read the answer."""
    if request.method != "OPTIONS":
        return None
    if request.endpoint in PUBLIC:
        allowed = [("Allow", "GET, HEAD, OPTIONS"), ("Access-Control-Allow-Origin", "*")]
        return WireResponse(204, [*allowed, ("Access-Control-Allow-Methods", "GET, HEAD"), *UNKEPT], b"")
    allowed_methods = userinfo.METHODS if request.endpoint == "userinfo" else "POST, OPTIONS"
    offered = [("Access-Control-Allow-Methods", allowed_methods), *origins.PREFLIGHT] if request.is_shared else []
    return WireResponse(204, [("Allow", allowed_methods), *offered, *UNKEPT], b"")


def post_only(request: WireRequest) -> None:
    if request.method != "POST":
        raise MethodNotAllowed(headers=(("Allow", "POST, OPTIONS"),))


def read_only(request: WireRequest) -> None:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed(headers=(("Allow", "GET, HEAD, OPTIONS"),))


def form(request: WireRequest) -> None:
    request.read_form()


UNKEPT = (*SAFE, ("Cache-Control", "no-store"))
PUBLIC = frozenset({"metadata", "protected_resource", "jwks"})
FORM: tuple[Step, ...] = (preflight, post_only, form)
DOCUMENT: tuple[Step, ...] = (preflight, read_only)
ENDPOINTS: dict[str, tuple[Step, ...]] = {
    "token": (origin, *FORM, token.answer),
    "introspect": (*FORM, introspect.answer),
    "revoke": (origin, *FORM, revoke.answer),
    "device_authorization": (origin, *FORM, device.answer),
    "userinfo": (origin, preflight, userinfo.get_or_post, userinfo.answer),
    "metadata": (*DOCUMENT, metadata.answer),
    "protected_resource": (*DOCUMENT, protected_resource.answer),
    "jwks": (*DOCUMENT, jwks.answer),
}


def answer(request: WireRequest) -> WireResponse:
    return origins.share(request, outcome(request))


def outcome(request: WireRequest) -> WireResponse:
    try:
        for step in ENDPOINTS[request.endpoint]:
            response = step(request)
            if response is not None:
                return response
        _unreachable()
    except TooManyRequests as error:
        if request.endpoint != "userinfo":
            # There nobody says which app they are.
            refusals.note_throttled(request, clients.presented(request))
        return refusal(error)
    except ServerError as error:
        request.request_id = request.request_id or str(uuid4())
        logger.error("%s at %s: %s [%s]", error.error, request.endpoint, error.detail, request.request_id)
        return refusal(error)
    except WireError as error:
        return refusal(error)
    except Exception:
        request.request_id = request.request_id or str(uuid4())
        logger.exception("Unexpected at %s [%s]", request.endpoint, request.request_id)
        return refusal(ServerError())


def _unreachable() -> NoReturn:
    raise AssertionError("the last step answers")
