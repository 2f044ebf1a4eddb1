"""What Help and support tells an integrator: the addresses of an issuer, and a first token in three languages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tenants import endpoints

PATHS: endpoints.Paths = (*endpoints.PATHS, (_("Management API"), "/api/v1/"))

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


def addresses(issuer: str) -> list[endpoints.Address]:
    return endpoints.addresses(issuer, PATHS)


def samples(issuer: str) -> dict[str, str]:
    """By language: curl, python, javascript."""
    token = f"{issuer}/oauth/token"
    texts = {"curl": CURL, "python": PYTHON, "javascript": JAVASCRIPT}
    return {language: text.format(token=token).strip() for language, text in texts.items()}
