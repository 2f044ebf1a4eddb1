"""The algebra of scopes `module:action`: sets in, sets out, no database."""

from __future__ import annotations

import re
from collections.abc import Iterable

# RFC 6749 §3.3 and Appendix A.4: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
TOKEN = re.compile(r"\A[\x21\x23-\x5b\x5d-\x7e]+\Z")

# About the person and the sign-in rather than about a module (OpenID Connect Core §5.4, §11). No permission group holds
# them; every app that acts for a person may ask for them.
OPENID, PROFILE, EMAIL, OFFLINE_ACCESS = "openid", "profile", "email", "offline_access"
IDENTITY = frozenset({OPENID, PROFILE, EMAIL, OFFLINE_ACCESS})

type Scopes = frozenset[str]


class MalformedScope(ValueError):
    """The string breaks the grammar of RFC 6749 §3.3."""


def parse(scope: str) -> Scopes:
    """The scopes of a wire string. Order and repetition mean nothing. Raises MalformedScope."""
    parts = [part for part in scope.split(" ") if part]
    if not all(TOKEN.match(part) for part in parts):
        raise MalformedScope(scope[:80])
    return frozenset(parts)


def render(scopes: Iterable[str]) -> str:
    """The wire string, sorted so that equal sets are equal strings."""
    return " ".join(sorted(scopes))


def module_of(scope: str) -> str:
    return scope.partition(":")[0]


def action_of(scope: str) -> str:
    return scope.partition(":")[2]


def within_modules(scopes: Iterable[str], modules: Iterable[str]) -> Scopes:
    """What is left when the company has only `modules`."""
    on = frozenset(modules)
    return frozenset(scope for scope in scopes if module_of(scope) in on)


def ceiling(groups: Iterable[Iterable[str]], modules: Iterable[str]) -> Scopes:
    """The most a consumer may get: the union over its groups, narrowed by the company's modules."""
    return within_modules((scope for group in groups for scope in group), modules)
