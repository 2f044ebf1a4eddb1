"""Everything the wire refuses, one class per answer (RFC 6749 §5.2, RFC 6750 §3.1, RFC 8707 §2, RFC 9110).

WireError
├── InvalidRequest 400          ├── InvalidClient 401          ├── NotFound 404
│   ├── MethodNotAllowed 405    ├── UnauthorizedClient 400     ├── TooManyRequests 429
│   └── ContentTooLarge 413     ├── InvalidScope 400           └── Unavailable 503
│                               ├── InvalidGrant 400               └── ServerError 503
│                               ├── InvalidTarget 400
│                               └── UnsupportedGrantType 400

at our own endpoint for bearer tokens (RFC 6750 §3): TokenMissing 401, InvalidToken 401, InsufficientScope 403,

those of devices that wait (RFC 8628 §3.5): AuthorizationPending, SlowDown, ExpiredToken, AccessDenied,

and those that only travel back to the app from the authorization endpoint (RFC 6749 §4.1.2.1, OpenID Connect Core
§3.1.2.6): UnsupportedResponseType, Request(URI)NotSupported, RegistrationNotSupported, LoginRequired, ConsentRequired,
InteractionRequired, AccessDenied.

`description` is public, ASCII, says what to do and repeats nothing of the request; `detail` is for the log.
"""

from __future__ import annotations

from typing import ClassVar, Final

BEARER: Final = 'Bearer realm="oauth"'


class WireError(Exception):
    """Raised anywhere in oauth/, turned into a response in pipeline.answer alone."""

    error: ClassVar[str]
    status: ClassVar[int] = 400
    description: ClassVar[str] = ""

    def __init__(self, description: str = "", *, detail: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail or description or self.description)
        self.public = description or self.description
        self.detail = detail
        self.headers = headers


class InvalidRequest(WireError):
    error = "invalid_request"


class MethodNotAllowed(InvalidRequest):
    status = 405
    description = "This endpoint does not answer to that method."


class ContentTooLarge(InvalidRequest):
    status = 413
    description = "The request is too large."


class InvalidClient(WireError):
    # One sentence for every way to fail: unknown, wrong, expired, suspended must look the same.
    error = "invalid_client"
    status = 401
    description = "Client authentication failed. Check the key and the secret."


class UnauthorizedClient(WireError):
    error = "unauthorized_client"


class InvalidGrant(WireError):
    error = "invalid_grant"


class InvalidScope(WireError):
    error = "invalid_scope"


class InvalidTarget(WireError):
    # RFC 8707 §2.
    error = "invalid_target"


class UnsupportedGrantType(WireError):
    error = "unsupported_grant_type"
    description = "This grant type is not supported. The metadata document lists those that are."


class TokenMissing(WireError):
    # §3.1: who sent no token learns of no error in the challenge.
    error = "invalid_token"
    status = 401
    description = "Send an access token in the Authorization header."

    def __init__(self) -> None:
        super().__init__(headers=(("WWW-Authenticate", BEARER),))


class InvalidToken(WireError):
    error = "invalid_token"
    status = 401
    description = "The access token is expired, revoked or unknown."

    def __init__(self) -> None:
        super().__init__(headers=(("WWW-Authenticate", f'{BEARER}, error="invalid_token"'),))


class InsufficientScope(WireError):
    error = "insufficient_scope"
    status = 403
    description = "The access token does not have the scope this needs."

    def __init__(self, scope: str) -> None:
        challenge = f'{BEARER}, error="insufficient_scope", scope="{scope}"'
        super().__init__(headers=(("WWW-Authenticate", challenge),))


class UnsupportedResponseType(WireError):
    error = "unsupported_response_type"
    description = "The response_type must be code."


class RequestNotSupported(WireError):
    # OpenID Connect Core §6: signed request objects.
    error = "request_not_supported"
    description = "Send the parameters themselves, not a request object."


class RequestURINotSupported(WireError):
    error = "request_uri_not_supported"
    description = "Send the parameters themselves, not the address of a request object."


class RegistrationNotSupported(WireError):
    error = "registration_not_supported"
    description = "An app is registered by the company, not in its request."


class LoginRequired(WireError):
    # This and the next two (OpenID Connect Core §3.1.2.6) answer prompt=none.
    error = "login_required"
    description = "The person has to sign in."


class ConsentRequired(WireError):
    error = "consent_required"
    description = "The person has to be asked."


class InteractionRequired(WireError):
    error = "interaction_required"
    description = "The person has to do something else first."


class AccessDenied(WireError):
    error = "access_denied"
    description = "The person did not agree."


class AuthorizationPending(WireError):
    # RFC 8628 §3.5, like the next two.
    error = "authorization_pending"
    description = "The person has not answered yet. Ask again after the interval."


class SlowDown(WireError):
    error = "slow_down"
    description = "Too fast: the interval is five seconds longer from now on."


class ExpiredToken(WireError):
    error = "expired_token"
    description = "The device code has expired. Ask for a new one."


class NotFound(WireError):
    error = "not_found"
    status = 404
    description = "There is nothing at this address."


class TooManyRequests(WireError):
    # No registered code fits 429; this is the one RFC 6749 §4.1.2.1 has for "come back later".
    error = "temporarily_unavailable"
    status = 429
    description = "Too many requests. Wait for the seconds in Retry-After."

    def __init__(self, seconds: int, *, detail: str = "") -> None:
        super().__init__(detail=detail, headers=(("Retry-After", str(seconds)),))


class Unavailable(WireError):
    error = "temporarily_unavailable"
    status = 503
    description = "The service is busy for the moment. Try again in a few seconds."

    def __init__(self, *, detail: str = "") -> None:
        super().__init__(detail=detail, headers=(("Retry-After", "2"),))


class ServerError(Unavailable):
    error = "server_error"
    description = "Something went wrong on our side. Try again in a few seconds."
