"""A secret's way to the one page that shows it (docs/decisions/0008): its address carries a signed value that
dies in seconds, a cookie carries the secret sealed; neither is worth anything without the other."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Garbled
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import salted_hmac

from consumers.models import Consumer

SECONDS = 30
SALT = "consumers.shown_once"
NONCE_BYTES = 12


class Gone(Exception):
    """The secret was shown already, to somebody else, or too long ago."""


def redirect_to_secret(request: HttpRequest, consumer: Consumer, secret: str) -> HttpResponse:
    """303 to the page that shows `secret` once."""
    nonce = token_bytes(NONCE_BYTES)
    ticket = signing.dumps([request.user.pk, consumer.tenant_id, consumer.pk, _text(nonce)], salt=SALT)
    response = redirect("consumers:credentials", consumer.pk, ticket)
    response.status_code = 303
    response.set_cookie(
        _cookie_name(),
        _text(_cipher(nonce).encrypt(nonce, secret.encode(), ticket.encode())),
        max_age=SECONDS,
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Strict",
    )
    return response


def open_once(request: HttpRequest, consumer: Consumer, ticket: str) -> str:
    """The secret. Raises Gone. Call forget() on the answer."""
    try:
        user, tenant, pk, nonce = signing.loads(ticket, salt=SALT, max_age=SECONDS)
        if (user, tenant, pk) != (request.user.pk, consumer.tenant_id, consumer.pk):
            raise Gone
        sealed = urlsafe_b64decode(request.COOKIES.get(_cookie_name(), ""))
        return _cipher(urlsafe_b64decode(nonce)).decrypt(urlsafe_b64decode(nonce), sealed, ticket.encode()).decode()
    except (signing.BadSignature, InvalidTag, Garbled, ValueError) as error:
        raise Gone from error


def forget(response: HttpResponse) -> HttpResponse:
    """Erase the cookie: whoever reloads is late."""
    response.delete_cookie(_cookie_name(), samesite="Strict")
    if settings.IS_HTTPS:
        # A browser only believes what is said about a __Host- cookie with Secure.
        response.cookies[_cookie_name()]["secure"] = True
    return response


def _cipher(nonce: bytes) -> AESGCM:
    return AESGCM(salted_hmac(SALT, nonce, algorithm="sha256").digest())


def _cookie_name() -> str:
    return "__Host-shown-once" if settings.IS_HTTPS else "shown-once"


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode()
