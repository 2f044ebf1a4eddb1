"""An authorization code for its tokens (RFC 6749 §4.1.3, RFC 7636 §4.6): once, by the consumer it was made for, with
the verifier of its request. Whoever comes with it and all that belongs to it a second time ends what the first got."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from consumers import credentials
from oauth import store
from oauth.errors import InvalidGrant, InvalidRequest
from oauth.grants import for_people
from oauth.grants.for_people import Reasons
from oauth.keys import base64url
from oauth.request import WireRequest
from oauth.store import Client, Granted

GRANT_TYPE = "authorization_code"
# RFC 7636 §4.1.
VERIFIER = re.compile(r"\A[A-Za-z0-9._~-]{43,128}\Z")
# Unlike any challenge.
NO_MATCH = "-"
INVALID = "The code is unknown, expired or used, or does not belong to this consumer, redirect URI or verifier."
REFUSALS: Reasons = {
    "unknown_code": (InvalidGrant, INVALID),
    "verifier_missing": (InvalidGrant, INVALID),
    "wrong_verifier": (InvalidGrant, INVALID),
    "other_redirect": (InvalidGrant, INVALID),
    "redirect_left_out": (InvalidGrant, INVALID),
    "code_expired": (InvalidGrant, INVALID),
    "code_replayed": (InvalidGrant, INVALID),
    # RFC 9700 §2.1.1: nobody may take PKCE out of a request on its way.
    "verifier_unexpected": (InvalidRequest, "The authorization request had no code_challenge."),
}


def metadata(issuer: str) -> dict[str, Any]:
    return {"grant_types_supported": [GRANT_TYPE]}


def issue(request: WireRequest, client: Client) -> tuple[Granted, str]:
    """The facts and the access token. Raises what for_people.ask raises, InvalidRequest, InvalidTarget."""
    code, challenge = request.required("code"), challenge_of(request.form.get("code_verifier", ""))
    access, refresh = credentials.mint(credentials.ACCESS_TOKEN), credentials.mint(credentials.REFRESH_TOKEN)
    proof = store.common(request, code, access, refresh)

    def redeem() -> Granted:
        found = store.redeem(request, client, proof, challenge, request.form.get("redirect_uri"))
        if found.doubt == "wrong_verifier":
            # Guesses are counted like those at a secret.
            store.note_failure(request, client)
        return found

    granted = for_people.ask(request, client, redeem, REFUSALS)
    return granted, for_people.hand_out(request, granted, access, refresh)


def challenge_of(verifier: str) -> str:
    """The S256 challenge that belongs to a verifier (§4.2); "" for none."""
    if not verifier:
        return ""
    return base64url(sha256(verifier.encode()).digest()) if VERIFIER.match(verifier) else NO_MATCH
