"""What Help and support tells an integrator: the addresses of an issuer, and a first token in three languages."""

from __future__ import annotations

from typing import TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PATHS: tuple[tuple[str | Promise, str], ...] = (
    (_("Issuer"), ""),
    (_("Metadata"), "/.well-known/oauth-authorization-server"),
    (_("Token endpoint"), "/oauth/token"),
    (_("Introspection endpoint"), "/oauth/introspect"),
    (_("Revocation endpoint"), "/oauth/revoke"),
    (_("Management API"), "/api/v1/"),
)

CURL = """\
curl -u "$KEY:$SECRET" -d grant_type=client_credentials {token}
"""

PYTHON = """\
from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(KEY, SECRET, token_endpoint_auth_method="client_secret_basic")
token = session.fetch_token("{token}", grant_type="client_credentials")
print(token["access_token"], token["scope"])
"""

JAVASCRIPT = """\
const answer = await fetch("{token}", {{
  method: "POST",
  headers: {{ Authorization: "Basic " + btoa(KEY + ":" + SECRET) }},
  body: new URLSearchParams({{ grant_type: "client_credentials" }}),
}});
const {{ access_token, scope }} = await answer.json();
"""


class Address(TypedDict):
    label: str | Promise
    value: str
    copyable: bool


def addresses(issuer: str) -> list[Address]:
    return [{"label": label, "value": issuer + path, "copyable": True} for label, path in PATHS]


def samples(issuer: str) -> dict[str, str]:
    """By language: curl, python, javascript."""
    token = f"{issuer}/oauth/token"
    texts = {"curl": CURL, "python": PYTHON, "javascript": JAVASCRIPT}
    return {language: text.format(token=token).strip() for language, text in texts.items()}
