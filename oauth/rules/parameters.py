"""The parameters of an authorization request (RFC 6749 §3.1): an app wrote them, a browser brought them, anybody may
have changed them on the way. What is wrong with one of them is remembered with its name, because it depends on the name
whether the app may be told (§4.1.2.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from django.http import HttpRequest

from oauth.request import FORM, MOST_BYTES, MOST_FIELDS

# Others are ignored (§3.1).
KNOWN = frozenset(
    {"response_type", "client_id", "redirect_uri", "scope", "state", "response_mode", "nonce", "display", "prompt"}
    | {"code_challenge", "code_challenge_method", "max_age", "ui_locales", "id_token_hint", "login_hint", "acr_values"}
    | {"claims", "claims_locales", "request", "request_uri", "registration"}
)


class Unreadable(Exception):
    """Too much, or no form: nothing can be said about any parameter."""


@dataclass(slots=True)
class Parameters:
    """`values` has those with a value, which came once and can be read. `resource` alone may come several times
    (RFC 8707 §2)."""

    values: dict[str, str] = field(default_factory=dict)
    resources: list[str] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)

    def get(self, name: str) -> str:
        return self.values.get(name, "")


def of(request: HttpRequest) -> Parameters:
    """Of a GET's query, or of a POST's form and query together. Raises Unreadable."""
    text = request.META.get("QUERY_STRING", "")
    if request.method == "POST":
        text = f"{text}&{_body(request)}" if text else _body(request)
    return read(text)


def _body(request: HttpRequest) -> str:
    if request.content_type != FORM or int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise Unreadable
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise Unreadable from None


def read(text: str) -> Parameters:
    """Raises Unreadable."""
    pairs = text.split("&")
    if len(text) > MOST_BYTES or len(pairs) > MOST_FIELDS:
        raise Unreadable
    found = Parameters()
    seen: set[str] = set()
    for pair in pairs:
        raw_name, _, raw_value = pair.partition("=")
        name, value = unquote_plus(raw_name, errors="replace"), unquote_plus(raw_value, errors="replace")
        if name == "resource":
            found.resources += [value] if value and value not in found.resources else []
        elif name not in KNOWN:
            continue
        elif name in seen:
            found.repeated.add(name)
        elif is_sound(raw_value):
            # Without a value it is as if it were not there (§3.1).
            found.values |= {name: value} if value else {}
        else:
            found.unreadable.add(name)
        seen.add(name)
    for name in found.repeated:
        found.values.pop(name, None)
    return found


def is_sound(raw: str) -> bool:
    """Whether a value is UTF-8 and can be kept."""
    try:
        return "\0" not in unquote_plus(raw, errors="strict")
    except UnicodeDecodeError:
        return False
