"""The APIs a client asks for (RFC 8707), in the statements of those who may name any of the company's."""

from __future__ import annotations

from typing import Final

from permissions.roles import ADMINISTRATION
from permissions.scopes import IDENTITY


def array(texts: frozenset[str]) -> str:
    """Constants of ours as an array."""
    return "'{" + ",".join(sorted(texts)) + "}'::text[]"


def named(place: int) -> str:
    """Joins `r.resources`: those of company `t` among the spellings in parameter `place`, as resources.target() has
    them, in their order."""
    return f"""
  LEFT JOIN LATERAL (
    SELECT ARRAY(SELECT k.resource::text
      FROM unnest(string_to_array(${place}::text, ' ')) WITH ORDINALITY AS w (spelling, place)
      CROSS JOIN LATERAL (
        SELECT k.resource FROM consumers_consumer k WHERE k.tenant_id = t.id AND k.resource = w.spelling
          AND k.resource <> '' AND k.deleted_at IS NULL AND k.suspended_at IS NULL OFFSET 0
      ) k
      ORDER BY w.place) AS resources
  ) r ON true
"""  # noqa: S608


# Of a `scope`: that it is of a module that is not Gatehouse's own administration.
OUTSIDE: Final = f"split_part(scope, ':', 1) <> ALL ({array(ADMINISTRATION)})"
# Whether another API than the company's own can act on it (oauth.rules.resources).
MEANINGFUL: Final = f"scope <> ALL ({array(IDENTITY)}) AND {OUTSIDE}"
