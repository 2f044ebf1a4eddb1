"""The company that discovery speaks of, and its public keys."""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from typing import NamedTuple

from oauth.errors import NotFound
from oauth.postgres import Row
from oauth.request import WireRequest
from oauth.store.way_in import COMPANY, one, run, twin

FIND_COMPANY = f"""
WITH {COMPANY} SELECT id, slug, suspended_at IS NULL FROM company
"""
KEYS = f"""
WITH {COMPANY}
SELECT id, slug, suspended_at IS NULL, coalesce((SELECT json_agg(k.public_jwk ORDER BY k.created_at, k.kid)
  FROM oauth_signingkey k WHERE k.tenant_id = company.id), '[]')
FROM company
"""

# What our own API asks for, in the catalogue's order: its modules are every company's to have or not.
API_SCOPES = f"""
WITH {COMPANY}
SELECT id, slug, suspended_at IS NULL, array_to_string(ARRAY(
  SELECT m.slug || ':' || a.action FROM permissions_module m
  CROSS JOIN LATERAL unnest(m.actions) WITH ORDINALITY AS a (action, place)
  WHERE m.is_own AND m.slug = ANY (company.modules) ORDER BY m.position, a.place), ' ')
FROM company
"""
# $2 the origin.
ORIGIN = f"""
WITH {COMPANY}
SELECT EXISTS (SELECT FROM consumers_consumer c WHERE c.tenant_id = company.id AND c.client_type = 'public'
  AND c.allowed_origins <> '' AND c.deleted_at IS NULL AND c.suspended_at IS NULL
  AND $2::text = ANY (regexp_split_to_array(c.allowed_origins, '\\s+')))
FROM company WHERE suspended_at IS NULL
"""
# $2 key id, $3 algorithm, $4 public JWK, $5 sealed private key.
KEEP_FIRST_KEY = f"""
WITH {COMPANY}
INSERT INTO oauth_signingkey (tenant_id, kid, algorithm, state, public_jwk, sealed, created_at, activated_at)
SELECT id, $2::text, $3::text, 'active', $4::text::jsonb, $5::text, now(), now() FROM company
ON CONFLICT DO NOTHING
"""

finding_company = twin("company", FIND_COMPANY)
listing_api_scopes = twin("api_scopes", API_SCOPES)
finding_origin = twin("origin", ORIGIN)
listing_keys = twin("keys", KEYS)
keeping_first_key = twin("keep_first_key", KEEP_FIRST_KEY)


class Company(NamedTuple):
    id: int
    slug: str


def find_company(request: WireRequest) -> Company:
    """The company asked for. Raises NotFound, also for a suspended one."""
    return _company(one(finding_company.asked(request)))


def public_keys(request: WireRequest) -> tuple[Company, str]:
    """The company and its public keys, a JSON array. Raises NotFound, also for a suspended company."""
    row = one(listing_keys.asked(request))
    return _company(row), row[3]


def api_scopes(request: WireRequest) -> list[str]:
    """What tokens for the company's own API may be asked for. Raises NotFound, also for a suspended company."""
    row = one(listing_api_scopes.asked(request))
    _company(row)
    return row[3].split()


def is_registered_origin(request: WireRequest) -> bool:
    """Whether a public app of the company has registered the origin of this request."""
    (row,) = run(lambda line: line.ask(finding_origin.asked(request, request.origin)))
    return row is not None and row[0] == "t"


def keep_first_key(request: WireRequest, kid: str, algorithm: str, public_jwk: str, sealed: str) -> None:
    """Give the company its first signing key of an algorithm, unless another request was faster."""
    asked = keeping_first_key.asked(request, kid, algorithm, public_jwk, sealed)
    run(lambda line: line.ask(asked))


def _company(row: Row) -> Company:
    if row[2] != "t":
        raise NotFound
    return Company(int(row[0]), row[1])
