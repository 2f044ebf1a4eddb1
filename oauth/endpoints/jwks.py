"""A company's public keys (RFC 7517): next, active and retired ones whose tokens still live."""

from __future__ import annotations

import json
from typing import Any

from oauth import keys, store, tokens, turns
from oauth.request import WireRequest
from oauth.response import WireResponse, cacheable


def metadata(issuer: str) -> dict[str, Any]:
    return {"jwks_uri": f"{issuer}/oauth/jwks"}


def answer(request: WireRequest) -> WireResponse:
    company, published = store.public_keys(request)
    found = json.loads(published)
    missing = [algorithm for algorithm in keys.ALGORITHMS if algorithm not in {key["alg"] for key in found}]
    if missing:
        # Nobody learns of a set without them, which they would keep: the first keys come with the first question.
        for algorithm in missing:
            first_key(request, company.id, algorithm)
        _, published = store.public_keys(request)
        found = json.loads(published)
    return cacheable(request, {"keys": found})


def first_key(request: WireRequest, tenant: int, algorithm: str = keys.ES256) -> None:
    """Give a company without a signing key of this algorithm its first; of several requests at once, one does."""
    with turns.passed_on:
        made = keys.make(tenant, algorithm)
    store.keep_first_key(request, made.kid, algorithm, tokens.encode(made.public_jwk), made.sealed)
