"""A device code for its tokens (RFC 8628 §3.4, §3.5): once, by the consumer it was made for, when the person said yes.
Until then each poll is told to wait, and one that came too soon to wait longer."""

from __future__ import annotations

from typing import Any

from consumers import credentials
from oauth import store
from oauth.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
    UnauthorizedClient,
    WireError,
)
from oauth.grants import for_people
from oauth.grants.for_people import Reasons
from oauth.request import WireRequest
from oauth.store import Client, Granted

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
INVALID = "The device code is unknown or used, or does not belong to this consumer."
REFUSALS: Reasons = {
    "no_device_flow": (UnauthorizedClient, "This consumer is not registered for devices without a browser."),
    "unknown_device_code": (InvalidGrant, INVALID),
    "device_code_used": (InvalidGrant, INVALID),
}
# What happens to every device that asks: none of it is a failure to look into.
WAITING: dict[str, type[WireError]] = {
    "pending": AuthorizationPending,
    "too_fast": SlowDown,
    "device_code_expired": ExpiredToken,
    "denied": AccessDenied,
}


def metadata(issuer: str) -> dict[str, Any]:
    return {"grant_types_supported": [GRANT_TYPE]}


def issue(request: WireRequest, client: Client) -> tuple[Granted, str]:
    """The facts and the access token. Raises what for_people.ask raises, what is in WAITING, InvalidTarget."""
    code = request.required("device_code")
    access, refresh = credentials.mint(credentials.ACCESS_TOKEN), credentials.mint(credentials.REFRESH_TOKEN)
    proof = store.common(request, code, access, refresh)

    def poll() -> Granted:
        found = store.poll_device(request, client, proof)
        if found.doubt in WAITING:
            raise WAITING[found.doubt]
        return found

    granted = for_people.ask(request, client, poll, REFUSALS)
    return granted, for_people.hand_out(request, granted, access, refresh)
