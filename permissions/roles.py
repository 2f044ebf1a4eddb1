"""What a role lets somebody do of the company's administration when an app does it for them: no more than the pages
let them do themselves, and those go by role. What a permission group gives a member, it gives for the other modules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from permissions.scopes import Scopes, action_of, module_of
from tenants.models import Membership

# The modules that are Gatehouse's own administration (a test holds it against the catalogue).
ADMINISTRATION: Final = frozenset({"consumers", "authorizations", "permission_groups", "members", "transactions_log"})
READING: Final = frozenset({"view", "report"})
# Of the consumers they were given (permissions.object_access).
OF_DEVELOPERS: Final = frozenset({"consumers:view", "authorizations:view"})


def within_role(role: str, scopes: Iterable[str]) -> Scopes:
    """`scopes` without what the role keeps its holder from."""
    return frozenset(scope for scope in scopes if module_of(scope) not in ADMINISTRATION or _lets(role, scope))


def _lets(role: str, scope: str) -> bool:
    if role == Membership.Role.AUDITOR:
        return action_of(scope) in READING
    if role == Membership.Role.DEVELOPER:
        return scope in OF_DEVELOPERS
    return role == Membership.Role.SUPER_ADMIN
