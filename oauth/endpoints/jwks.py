"""A company's public keys (RFC 7517): next, active and retired ones whose tokens still live."""

from __future__ import annotations

import json
from typing import Any

from oauth import store
from oauth.request import WireRequest
from oauth.response import WireResponse, cacheable


def metadata(issuer: str) -> dict[str, Any]:
    return {"jwks_uri": f"{issuer}/oauth/jwks"}


def answer(request: WireRequest) -> WireResponse:
    return cacheable(request, {"keys": json.loads(store.public_keys(request))})
