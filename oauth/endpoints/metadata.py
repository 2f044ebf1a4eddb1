"""Discovery (RFC 8414, OpenID Connect Discovery §3): the sum of what each endpoint, grant and rule says of itself, the
same under both names (PROTOCOL.md, choice 11).

`response_types_supported` is REQUIRED by §2 but §3.2 forbids empty arrays: it appears with the first response type.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from oauth import backchannel, clients, id_tokens, store
from oauth.endpoints import authorize, device, end_session, introspect, jwks, revoke, token, userinfo
from oauth.request import WireRequest
from oauth.response import WireResponse, cacheable
from oauth.rules import resources

LANGUAGES = ["en", "es", "pt-BR", "fr"]
FEATURES: tuple[Any, ...] = (
    token, authorize, *token.GRANTS.values(), clients, revoke, introspect, device,
    userinfo, id_tokens, end_session, backchannel, jwks, resources,
)  # fmt: skip


def describe(issuer: str) -> dict[str, Any]:
    """Every feature's members together; lists of the same name are joined, empty ones left out (§3.2)."""
    document: dict[str, Any] = {"issuer": issuer}
    for feature in FEATURES:
        for name, value in feature.metadata(issuer).items():
            if isinstance(value, list) and name in document:
                value = [*document[name], *(entry for entry in value if entry not in document[name])]
            document[name] = value
    document["ui_locales_supported"] = LANGUAGES
    document["service_documentation"] = f"{settings.GATEHOUSE_BASE_URL}/help/"
    return {name: value for name, value in document.items() if value != []}


def answer(request: WireRequest) -> WireResponse:
    store.find_company(request)
    return cacheable(request, describe(request.issuer))
