"""Device authorization (RFC 8628 §3.1, §3.2): a device without a browser asks; a person answers on one they trust."""

from __future__ import annotations

from typing import Any

from authorizations import activity, devices
from consumers import credentials
from oauth import clients, refusals, store
from oauth.errors import InvalidTarget, ServerError, UnauthorizedClient, WireError
from oauth.grants import client_credentials
from oauth.request import WireRequest
from oauth.response import WireResponse, no_store
from oauth.rules import resources
from oauth.store import Client

LIVES_SECONDS = 900
INTERVAL_SECONDS = 5
# Of 25 thousand million codes one is taken so rarely that three in a row mean something else.
TRIES = 3
LONGEST_AGENT = 200

REFUSALS: dict[str, tuple[type[WireError], str]] = {
    "wrong_grant_type": (UnauthorizedClient, "This consumer is not registered for this grant type."),
    "no_device_flow": (UnauthorizedClient, "This consumer is not registered for devices without a browser."),
    "unknown_resource": (InvalidTarget, "The company has no API of that identifier."),
    "scope_beyond_groups": client_credentials.REFUSALS["scope_beyond_groups"],
    "no_scope_left": client_credentials.REFUSALS["no_scope_left"],
}


def metadata(issuer: str) -> dict[str, Any]:
    return {"device_authorization_endpoint": f"{issuer}/oauth/device_authorization"}


def answer(request: WireRequest) -> WireResponse:
    client = clients.presented(request)
    scope = client_credentials.scopes_asked(request)
    device_code, user_code = ask(request, client, scope)
    page = f"{request.issuer}/device/"
    return no_store({
        "device_code": device_code,
        "user_code": devices.shown(user_code),
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={devices.shown(user_code)}",
        "expires_in": LIVES_SECONDS,
        "interval": INTERVAL_SECONDS,
    })  # fmt: skip


def ask(request: WireRequest, client: Client, scope: str | None) -> tuple[str, str]:
    """The device code and the user code, kept. Raises what clients.believe raises, UnauthorizedClient, InvalidScope,
    InvalidTarget."""
    target = resources.target(request) or (None, 0, None)
    minted = credentials.mint(credentials.DEVICE_CODE)
    for _ in range(TRIES):
        user_code = devices.mint()
        asking = store.ask_device(
            request, client,
            (scope, *target, credentials.halved(minted.digest), devices.digest(user_code), request.address,
             agent(request), LIVES_SECONDS, INTERVAL_SECONDS),
        )  # fmt: skip
        if asking.doubt in REFUSALS:
            refuse, sentence = REFUSALS[asking.doubt]
            refusals.note(request, client, asking)
            raise refuse(sentence)
        clients.believe(request, client, asking)
        if asking.is_kept:
            break
    else:
        raise ServerError(detail="no free user code")
    if asking.secret:
        activity.secret_used(asking.tenant, asking.secret)
    return minted.shown, user_code


def agent(request: WireRequest) -> str:
    """What the device calls itself, for the person to recognise (§5.4)."""
    return "".join(letter for letter in request.agent if letter.isprintable())[:LONGEST_AGENT]
