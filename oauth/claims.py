"""What an app learns of a person, by the scopes they agreed to (OpenID Connect Core §5.4). What is not known is left
out (§5.3.2); their e-mail address was given by whoever invited them and nobody proved it: `email_verified` is false."""

from __future__ import annotations

from typing import Any, Final

from permissions.scopes import Scopes

BY_SCOPE: Final = {"profile": ["name", "locale"], "email": ["email", "email_verified"]}


def metadata(issuer: str) -> dict[str, Any]:
    return {
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": [claim for claims in BY_SCOPE.values() for claim in claims],
    }


def of(scopes: Scopes, *, name: str, language: str, email: str) -> dict[str, Any]:
    """Beyond `sub`."""
    known: dict[str, Any] = {"name": name, "locale": tag(language), "email": email, "email_verified": False}
    allowed = [claim for scope, claims in BY_SCOPE.items() if scope in scopes for claim in claims]
    return {claim: known[claim] for claim in allowed if known[claim] != ""}


def tag(language: str) -> str:
    """As BCP 47 writes it: pt-BR."""
    primary, hyphen, region = language.partition("-")
    return f"{primary}{hyphen}{region.upper()}"
