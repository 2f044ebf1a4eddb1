"""A company's public keys (RFC 7517): next, active and retired ones whose tokens still live."""

from __future__ import annotations

import json
from typing import Any

from oauth import keys, store, tokens
from oauth.request import WireRequest
from oauth.response import WireResponse, cacheable


def metadata(issuer: str) -> dict[str, Any]:
    return {"jwks_uri": f"{issuer}/oauth/jwks"}


def answer(request: WireRequest) -> WireResponse:
    company, published = store.public_keys(request)
    if not published:
        # Nobody learns of an empty set, which they would keep: the first key comes with the first question.
        first_key(request, company.id)
        _, published = store.public_keys(request)
    return cacheable(request, {"keys": json.loads(published)})


def first_key(request: WireRequest, tenant: int) -> None:
    """Give a company without a signing key its first; of several requests at once, one does."""
    made = keys.make(tenant)
    store.keep_first_key(request, made.kid, tokens.encode(made.public_jwk), made.sealed)
