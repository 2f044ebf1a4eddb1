"""The requests that are put to both servers: rows of the protocol table about client credentials, introspection and
revocation. In values, {key} and {secret} are the consumer's, {other_key} and {other_secret} another's, {deleted_key}
and {deleted_secret} those of one that was deleted, {token} a new token, {other_token} the other's, {revoked_token}
and {expired_token} what they say."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import quote_plus

FORM = "application/x-www-form-urlencoded"
BASIC = "{key}:{secret}"
GRANT = "grant_type=client_credentials"


@dataclass(frozen=True)
class Case:
    """One request. `body` is form-encoded already, but for the names in braces; `basic` is what goes into base64."""

    row: str
    name: str
    endpoint: str
    body: str | bytes
    basic: str | bytes = BASIC
    method: str = "POST"
    query: str = ""
    content_type: str = FORM
    headers: dict[str, str] = field(default_factory=dict)
    # Of a document: the member the case is about.
    member: str = ""

    @property
    def id(self) -> str:
        return f"{self.row} {self.name}"

    def names(self, name: str) -> bool:
        return any(f"{{{name}}}" in text for text in (str(self.body), self.query, *self.headers.values()))

    def sent(self, facts: dict[str, str]) -> dict[str, object]:
        """What httpx.request wants, besides the address."""
        headers = {"Content-Type": self.content_type}
        headers |= {header: filled(value, facts) for header, value in self.headers.items()}
        if self.basic:
            pair = self.basic if isinstance(self.basic, bytes) else filled(self.basic, facts).encode()
            headers = {"Authorization": f"Basic {b64encode(pair).decode()}", **headers}
        encoded = {name: quote_plus(value) for name, value in facts.items()}
        body = self.body if isinstance(self.body, bytes) else filled(self.body, encoded).encode()
        return {"method": self.method, "headers": headers, "content": body}


def filled(text: str, facts: dict[str, str]) -> str:
    for name, value in facts.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def token(row: str, name: str, body: str | bytes = GRANT, **more: object) -> Case:
    return Case(row, name, "token", body, **more)  # type: ignore[arg-type]


def introspect(row: str, name: str, body: str | bytes = "token={token}", **more: object) -> Case:
    return Case(row, name, "introspect", body, **more)  # type: ignore[arg-type]


def revoke(row: str, name: str, body: str | bytes = "token={token}", **more: object) -> Case:
    return Case(row, name, "revoke", body, **more)  # type: ignore[arg-type]


IN_BODY = f"{GRANT}&client_id={{key}}&client_secret={{secret}}"
MULTIPART = "--x\r\nContent-Disposition: form-data; name=grant_type\r\n\r\nclient_credentials\r\n--x--\r\n"
LONG = "a" * 100_000
FORGED = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJtZSJ9."

CASES = [
    token("HT-01", "a good request"),
    token("HT-03", "GET with everything in the URL", "", method="GET", query=GRANT),
    *(token("HT-04", f"{method} at the token endpoint", method=method) for method in ("PUT", "PATCH", "DELETE")),
    introspect("HT-04", "PUT at introspection", method="PUT"),
    revoke("HT-04", "DELETE at revocation", method="DELETE"),
    token("HT-05", "a JSON body", '{"grant_type": "client_credentials"}', content_type="application/json"),
    token("HT-06", "a multipart body", MULTIPART, content_type="multipart/form-data; boundary=x"),
    token("HT-07", "credentials in the URL", basic="", query="client_id={key}&client_secret={secret}"),
    token("HT-08", "the grant in the URL", "", query=GRANT),
    token("HT-09", "a content type with its charset", content_type=f"{FORM}; charset=UTF-8"),
    token("HT-09", "a content type with another charset", content_type=f"{FORM}; charset=latin-1"),
    token("HT-10", "a scope that is no UTF-8", f"{GRANT}&scope=%ff%fe"),
    introspect("HT-10", "a token that is no UTF-8", "token=%ff%fe"),
    revoke("HT-10", "a token to revoke that is no UTF-8", "token=%ff%fe"),
    token("HT-10", "raw bytes that are no UTF-8", GRANT.encode() + b"&scope=\xff\xfe"),
    token("HT-11", "NUL in the scope", f"{GRANT}&scope=assets:view%00"),
    token("HT-11", "NUL in the client_id", f"{GRANT}&client_id=a%00b&client_secret=c", basic=""),
    introspect("HT-11", "NUL in a token to introspect", "token=a%00b"),
    revoke("HT-11", "NUL in a token to revoke", "token=a%00b"),
    token("HT-12", "a scope of 100 kB", f"{GRANT}&scope={LONG}"),
    introspect("HT-12", "a token of 100 kB to introspect", f"token={LONG}"),
    revoke("HT-12", "a token of 100 kB to revoke", f"token={LONG}"),
    token("HT-13", "grant_type twice", f"{GRANT}&{GRANT}"),
    token("HT-13", "scope twice", f"{GRANT}&scope=assets:view&scope=assets:view"),
    token("HT-13", "client_id twice", f"{GRANT}&client_id={{key}}&client_id={{key}}"),
    introspect("HT-13", "token twice at introspection", "token={token}&token={token}"),
    revoke("RV-17", "token twice at revocation", "token={token}&token={token}"),
    token("HT-14", "an unknown parameter", f"{GRANT}&foo=bar"),
    token("HT-14", "an unknown parameter in the URL", query="foo=bar"),
    revoke("HT-14", "an unknown parameter in the URL of revocation", query="foo=bar"),
    introspect("HT-14", "an unknown parameter in the URL of introspection", query="foo=bar"),
    token("HT-15", "scope without a value", f"{GRANT}&scope="),
    token("HT-16", "quotes and a line break in the grant type", "grant_type=a%22b%0d%0aSet-Cookie:%20a=b"),
    token("CA-01", "an unknown client, Basic", basic="nobody:nothing"),
    token("CA-01", "an unknown client, body", f"{GRANT}&client_id=nobody&client_secret=nothing", basic=""),
    token("CA-02", "a wrong secret, Basic", basic="{key}:wrong"),
    token("CA-03", "a wrong secret, body", f"{GRANT}&client_id={{key}}&client_secret=wrong", basic=""),
    token("CA-04", "a client_id without its secret", f"{GRANT}&client_id={{key}}", basic=""),
    token("CA-05", "no client at all", basic=""),
    token("CA-06", "the secret in header and body", IN_BODY),
    token("CA-07", "one client in the header, another in the body", f"{GRANT}&client_id={{other_key}}"),
    token("CA-08", "the same client_id in header and body", f"{GRANT}&client_id={{key}}"),
    token("CA-03", "the right secret in the body", IN_BODY, basic=""),
    token("CA-09", "Basic that is not base64", basic="", headers={"Authorization": "Basic !!!notbase64"}),
    token("CA-10", "Basic without a colon", basic="{key}"),
    token("CA-10", "Basic of nothing", basic="", headers={"Authorization": "Basic"}),
    token("CA-10", "Basic that is no UTF-8", basic=b"\xff\xfe:\xff"),
    token("CA-10", "NUL in Basic", basic=b"a\0b:c"),
    token("CA-11", "Basic of form-encoded parts", basic="{percent_key}:{percent_secret}"),
    token("CA-13", "a Bearer token instead of a client", basic="", headers={"Authorization": "Bearer x"}),
    token("CA-17", "a deleted client", basic="{deleted_key}:{deleted_secret}"),
    token("CA-23", "a secret with a space behind it", basic="{key}:{secret} "),
    token("CA-23", "a secret in other letters", basic="{key}:{upper_secret}"),
    token("CC-02", "the default scope"),
    token("CC-03", "an unknown scope", f"{GRANT}&scope=nonsense"),
    token("CC-04", "a scope beyond the permission groups", f"{GRANT}&scope=consumers:delete"),
    token("CC-05", "a scope with a quotation mark", f"{GRANT}&scope=a%22b"),
    token("CC-05", "scopes divided by a tab", f"{GRANT}&scope=assets:view%09work_orders:view"),
    token("CC-05", "a scope that is not ASCII", f"{GRANT}&scope=%C3%A9"),
    token("CC-05", "a scope of one space", f"{GRANT}&scope=+"),
    token("CC-05", "ten thousand scopes", f"{GRANT}&scope={'a+' * 7_000}a"),
    token("CC-08", "no grant_type", "scope=assets:view"),
    token("CC-08", "grant_type without a value", "grant_type="),
    token("CC-09", "a grant type in other letters", "grant_type=Client_Credentials"),
    token("CC-09", "a grant type with a space behind it", "grant_type=client_credentials%20"),
    token("CC-09", "an unknown grant type", "grant_type=urn:unknown"),
    token("CC-09", "a device code that is missing", "grant_type=urn:ietf:params:oauth:grant-type:device_code"),
    token("CC-10", "the password grant", "grant_type=password&username=ana&password=secret"),
    token("CC-09", "a refresh token that is garbage", "grant_type=refresh_token&refresh_token=garbage"),
    token("CC-14", "scopes in another order", f"{GRANT}&scope=work_orders:view+assets:view"),
    token("CC-14", "the same scope twice", f"{GRANT}&scope=assets:view+assets:view"),
    token("CC-14", "two spaces between two scopes", f"{GRANT}&scope=assets:view++work_orders:view"),
    token("CC-15", "openid", f"{GRANT}&scope=openid"),
    revoke("RV-01", "one's own token"),
    revoke("RV-03", "garbage", "token=garbage"),
    revoke("RV-04", "a token that is revoked already", "token={revoked_token}"),
    revoke("RV-05", "without a client", basic=""),
    revoke("RV-06", "with a wrong secret", basic="{key}:wrong"),
    revoke("RV-07", "another's token", "token={other_token}"),
    revoke("RV-08", "no token", ""),
    revoke("RV-09", "a hint that is wrong", "token={token}&token_type_hint=refresh_token"),
    revoke("RV-10", "a hint that is unknown", "token={token}&token_type_hint=foo"),
    revoke("RV-11", "GET to revoke", "", method="GET", query="token={token}"),
    revoke("RV-11", "a token to revoke in the URL", "", query="token={token}"),
    revoke("RV-19", "an expired token", "token={expired_token}"),
    introspect("IN-01", "one's own token, live"),
    introspect("IN-02", "a garbage token", "token=garbage"),
    introspect("IN-03", "a token that expired", "token={expired_token}"),
    introspect("IN-04", "a revoked token", "token={revoked_token}"),
    introspect("IN-05", "introspection without a client", basic=""),
    introspect("IN-06", "introspection with a wrong secret", basic="{key}:wrong"),
    introspect(
        "IN-06", "introspection with a wrong secret in the body", "token={token}&client_id={key}&client_secret=wrong",
        basic="",
    ),
    introspect("IN-06", "introspection by a deleted client", basic="{deleted_key}:{deleted_secret}"),
    introspect("IN-07", "no token to introspect", ""),
    introspect("IN-08", "GET to introspect", "", method="GET", query="token={token}"),
    introspect("IN-08", "a token to introspect in the URL", "", query="token={token}"),
    introspect("IN-09", "another's token, without the right to see it", "token={other_token}"),
    introspect("IN-11", "a wrong hint at introspection", "token={token}&token_type_hint=refresh_token"),
    introspect("IN-15", "a forged JWT", f"token={FORGED}"),
    introspect("CA-06", "introspection with the secret twice", "token={token}&client_id={key}&client_secret={secret}"),
]  # fmt: skip
