"""The request as plain values, behind one firewall for its body (RFC 6749 §3.2 and Appendix B).

Refuses other content types, oversize bodies, bad UTF-8, U+0000, repeated parameters and parameters of the
protocol in the URL. A parameter without a value counts as absent (RFC 6749 §3.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from oauth.errors import ContentTooLarge, InvalidRequest

MOST_BYTES = 16 * 1024
MOST_FIELDS = 100
FORM = "application/x-www-form-urlencoded"
# In a URL these would end up in logs and histories (RFC 6749 §2.3.1, §3.2).
BODY_ONLY = frozenset({
    "grant_type", "scope", "client_id", "client_secret", "token", "token_type_hint",
    "code", "code_verifier", "refresh_token", "device_code", "username", "password", "access_token",
})  # fmt: skip


@dataclass(slots=True)
class WireRequest:
    """`slug` names the company, or `host` does (its own host name). `issuer` is the address it was asked at.
    `body` is None when it was longer than MOST_BYTES."""

    method: str
    endpoint: str
    slug: str | None
    host: str | None
    issuer: str
    query: str = ""
    content_type: str = ""
    body: bytes | None = b""
    authorization: str = ""
    address: str | None = None
    if_none_match: str = ""
    origin: str = ""
    # Whether the page of that origin may read the answer (oauth.rules.origins).
    is_shared: bool = False
    # Kept for device authorization alone.
    agent: str = ""
    request_id: str = ""
    form: dict[str, str] = field(default_factory=dict)
    # RFC 8707 §2: the one parameter that may be given several times.
    resources: list[str] = field(default_factory=list)

    def read_form(self) -> None:
        """Fill `form`. Raises InvalidRequest."""
        if self.body is None:
            raise ContentTooLarge
        if self.query and not BODY_ONLY.isdisjoint(parse(self.query)):
            raise InvalidRequest("Send the parameters in the request body, not in the URL.")
        if self.content_type != FORM and self.content_type.partition(";")[0].strip().lower() != FORM:
            raise InvalidRequest("Send the parameters as application/x-www-form-urlencoded.")
        try:
            self.form = parse(self.body.decode(), self.resources)
        except UnicodeDecodeError:
            raise InvalidRequest("The request body is not valid UTF-8.") from None

    def required(self, name: str) -> str:
        value = self.form.get(name)
        if not value:
            raise InvalidRequest(f"The parameter {name} is missing.")
        return value


def parse(text: str, resources: list[str] | None = None) -> dict[str, str]:
    """The parameters of a form or query that have a value. Every `resource` goes to `resources` if given.
    Raises InvalidRequest."""
    found: dict[str, str] = {}
    empty: set[str] = set()
    pairs = text.split("&")
    if len(pairs) > MOST_FIELDS:
        raise InvalidRequest("There are too many parameters.")
    for pair in pairs:
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = decode(name), decode(value)
        if name == "resource" and resources is not None:
            if value and value not in resources:
                resources.append(value)
            continue
        if name in found or name in empty:
            raise InvalidRequest("A parameter is repeated.")
        if value:
            found[name] = value
        else:
            empty.add(name)
    if "\0" in text or any("\0" in value for value in (*found.values(), *(resources or ()))):
        raise InvalidRequest("The request holds a NUL character.")
    return found


def decode(text: str) -> str:
    """Undo form encoding. Raises InvalidRequest."""
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidRequest("The request is not valid UTF-8.") from None
