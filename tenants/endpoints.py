"""Where the wire answers below an issuer: what General and Help show, to copy into a third-party system."""

from __future__ import annotations

from typing import TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Paths = tuple[tuple[str | Promise, str], ...]

PATHS: Paths = (
    (_("Issuer"), ""),
    (_("Metadata (OpenID Connect)"), "/.well-known/openid-configuration"),
    (_("Metadata (RFC 8414)"), "/.well-known/oauth-authorization-server"),
    (_("Authorization endpoint"), "/oauth/authorize"),
    (_("Token endpoint"), "/oauth/token"),
    (_("Device authorization endpoint"), "/oauth/device_authorization"),
    (_("Userinfo endpoint"), "/oauth/userinfo"),
    (_("Introspection endpoint"), "/oauth/introspect"),
    (_("Revocation endpoint"), "/oauth/revoke"),
    (_("Sign-out endpoint"), "/oauth/end_session"),
    (_("Signing keys (JWKS)"), "/oauth/jwks"),
)


class Address(TypedDict):
    label: str | Promise
    value: str
    copyable: bool


def addresses(issuer: str, paths: Paths = PATHS) -> list[Address]:
    return [{"label": label, "value": issuer + path, "copyable": True} for label, path in paths]
