"""Everything the wire refuses, one class per answer (RFC 6749 §5.2, RFC 6750 §3.1, RFC 8707 §2, RFC 9110).

WireError
├── InvalidRequest 400          ├── InvalidClient 401          ├── NotFound 404
│   ├── MethodNotAllowed 405    ├── UnauthorizedClient 400     ├── TooManyRequests 429
│   └── ContentTooLarge 413     ├── InvalidScope 400           └── Unavailable 503
│                               ├── InvalidTarget 400              └── ServerError 503
│                               └── UnsupportedGrantType 400

`description` is public, ASCII, says what to do and repeats nothing of the request; `detail` is for the log.
"""

from __future__ import annotations

from typing import ClassVar


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


class InvalidScope(WireError):
    error = "invalid_scope"


class InvalidTarget(WireError):
    # RFC 8707 §2.
    error = "invalid_target"


class UnsupportedGrantType(WireError):
    error = "unsupported_grant_type"
    description = "This grant type is not supported. The metadata document lists those that are."


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
