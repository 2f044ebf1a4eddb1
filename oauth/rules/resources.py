"""Which APIs a token is for (RFC 8707).

A company's APIs are its own, which Gatehouse serves (`tokens.audience`), and those of its consumers that have an API
identifier (Consumer.resource). An empty list stands for the company's own API everywhere: in families, in device codes,
in the rows of tokens. That is the documented default of RFC 9068 §3.

Scopes are words of one catalogue per company and mean the same at every API, so a token for several is not ambiguous
(§3 there). The exceptions are those that only Gatehouse itself can act on: who the person is, and its own
administration. `meaningful` leaves them out of a token that any other API would see, so that nobody who got one for
their API can manage the company with it. A refresh or a code that asks for the company's own API alone carries them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from consumers.models import Consumer
from oauth import tokens
from oauth.errors import InvalidTarget
from oauth.request import WireRequest
from permissions.roles import ADMINISTRATION
from permissions.scopes import IDENTITY, Scopes, module_of

MOST = 10
# As long as an identifier may be (Consumer.resource).
LONGEST = 200
# RFC 3986 §4.3: absolute, without fragment, of the characters an address may have (§2).
ABSOLUTE = re.compile(r"\A[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+\Z", re.IGNORECASE)
# "https://api.example" and "https://api.example/" are one address (RFC 3986 §6.2.3), and stock clients that parse what
# they are given send the second for the first.
BARE = re.compile(r"\Ahttps?://[^/?]+\Z")


def metadata(issuer: str) -> dict[str, Any]:
    """RFC 9728 §4: the company's own API; those of its consumers name us in their own documents."""
    return {"protected_resources": [tokens.audience(issuer)]}


def known() -> list[str]:
    """The identifiers that consumers of the company we are in have, without its own API's."""
    serving = Consumer.objects.present().filter(suspended_at=None).exclude(resource="")
    return list(serving.values_list("resource", flat=True))


def check(asked: Sequence[str]) -> None:
    """That these can be identifiers at all (§2). Raises InvalidTarget."""
    if len(asked) > MOST:
        raise InvalidTarget("There are too many resources.")
    if not all(len(one) <= LONGEST and ABSOLUTE.match(one) for one in asked):
        raise InvalidTarget("A resource must be an absolute URI without a fragment.")


def validate(asked: Sequence[str], *, own: str, known: Collection[str]) -> list[str]:
    """The resources of an authorization request as the company spells them, to be kept with it. `own` is the identifier
    of the company's own API, `known` are the others. Raises InvalidTarget."""
    check(asked)
    found = [_spelled(one, (own, *known)) for one in asked]
    if None in found:
        raise InvalidTarget("The company has no API of that identifier.")
    return _compact([one for one in found if one is not None], own)


def narrow(request: WireRequest, allowed: Sequence[str]) -> list[str]:
    """What the token asked for at the token endpoint is for: some of what was agreed to, or all of it (§2.2). Raises
    InvalidTarget."""
    if not request.resources:
        return list(allowed)
    own = tokens.audience(request.issuer)
    check(request.resources)
    found = [_spelled(one, allowed or (own,)) for one in request.resources]
    if None in found:
        raise InvalidTarget("The authorization does not cover that resource.")
    return _compact([one for one in found if one is not None], own)


def audience(issuer: str, resources: Sequence[str]) -> str | list[str]:
    """As the claim `aud` has it (RFC 7519 §4.1.3)."""
    if not resources:
        return tokens.audience(issuer)
    return resources[0] if len(resources) == 1 else list(resources)


def meaningful(scopes: Iterable[str], resources: Sequence[str]) -> Scopes:
    """Those of `scopes` that every one of the resources can act on (RFC 9068 §2.2.3)."""
    if not resources:
        return frozenset(scopes)
    return frozenset(scope for scope in scopes if scope not in IDENTITY and module_of(scope) not in ADMINISTRATION)


def target(request: WireRequest) -> tuple[str, int, str | None] | None:
    """What a client asks for that may name any API of the company, for the store to look up (store.apis.named): the
    spellings of the others, how many those are, and the company's own if it was asked for beside them. None for the
    company's own alone. Raises InvalidTarget."""
    check(request.resources)
    own = tokens.audience(request.issuer)
    others = [one for one in distinct(request.resources) if one != own]
    if not others:
        return None
    return " ".join(spellings(others)), len(others), own if own in request.resources else None


def distinct(asked: Sequence[str]) -> list[str]:
    """Each once, however it is spelled."""
    return list({min(_ways(one)): one for one in asked}.values())


def spellings(asked: Iterable[str]) -> list[str]:
    """Every way the identifiers asked for may have been registered."""
    return [way for one in asked for way in _ways(one)]


def _ways(one: str) -> tuple[str, ...]:
    bare = one.removesuffix("/")
    return (one, bare if bare != one else f"{one}/") if BARE.match(bare) else (one,)


def _spelled(asked: str, among: Iterable[str]) -> str | None:
    return next((one for one in _ways(asked) if one in among), None)


def _compact(found: list[str], own: str) -> list[str]:
    once = list(dict.fromkeys(found))
    return [] if once == [own] else once
