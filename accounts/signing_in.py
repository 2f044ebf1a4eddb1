"""How the person of a session signed in, in the words of OpenID Connect (Core §2: auth_time, amr, acr; Back-Channel
Logout §2.4: sid)."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import NamedTuple

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

SID = "oidc_sid"
# RFC 8176 §2, by allauth's name of the method.
AMR = {"password": "pwd", "mfa": "otp", "recovery_codes": "otp"}
ONE_FACTOR, TWO_FACTORS = "urn:gatehouse:acr:1", "urn:gatehouse:acr:2"


class SignIn(NamedTuple):
    """`sid` names this session of this person to apps; it is not the session's key and leads nowhere."""

    at: datetime
    amr: list[str]
    acr: str
    sid: str


def of(request: HttpRequest) -> SignIn:
    """Of a signed-in request. `at` is the latest proof of who it is, re-authentication included."""
    records = get_authentication_records(request, request.user)
    latest = max((record["at"] for record in records), default=None)
    at = datetime.fromtimestamp(latest, UTC) if latest is not None else datetime.fromtimestamp(0, UTC)
    amr = sorted({AMR.get(record["method"], record["method"]) for record in records})
    if len(amr) > 1:
        amr.append("mfa")
    sid = request.session.get(SID)
    if sid is None:
        sid = request.session[SID] = token_urlsafe(32)
    return SignIn(at, amr, TWO_FACTORS if "mfa" in amr else ONE_FACTOR, sid)
