"""Bearer tokens at our own API (RFC 6750): the Authorization header only, one statement, and only what is true now.
A signed token must prove its signature and be as alive as an opaque one: nothing is taken on its word alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from authorizations import activity
from consumers import credentials
from oauth import subjects, tokens
from oauth.endpoints import protected_resource
from oauth.request import FORM
from oauth.rules import issuer
from permissions import scopes
from permissions.roles import within_role
from tenants import audit
from tenants.context import current_tenant
from tenants.models import Domain, Membership

CHALLENGE = 'Bearer realm="api"'
# What a token is when its consumer, authorization and company are, and its person if it has one; `k` is its row, or
# what its claims say.
ALIVE = """
SELECT o.id, o.name, o.client_id, a.id, k.scope, o.ceiling, k.jwk, k.audience, u.id, u.full_name, u.email, u.subject,
  o.pairwise_subject, t.subject_salt, m.role, m.ceiling
FROM k
JOIN tenants_tenant t ON t.id = %(tenant)s AND t.suspended_at IS NULL
JOIN consumers_consumer o ON o.tenant_id = t.id AND o.id = k.consumer_id
  AND o.suspended_at IS NULL AND o.deleted_at IS NULL
JOIN authorizations_authorization a ON a.tenant_id = t.id AND a.id = k.authorization_id AND a.consumer_id = o.id
  AND a.revoked_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > now())
LEFT JOIN authorizations_tokenfamily f ON f.tenant_id = t.id AND f.id = k.family_id AND f.consumer_id = o.id
  AND f.authorization_id = a.id AND f.ended_at IS NULL
LEFT JOIN tenants_membership m ON m.tenant_id = t.id AND m.user_id = f.user_id
  AND m.joined_at IS NOT NULL AND m.suspended_at IS NULL
LEFT JOIN accounts_user u ON u.id = m.user_id AND u.is_active
  AND (u.tokens_not_before IS NULL OR least(f.signed_in_at, f.created_at) >= u.tokens_not_before)
WHERE k.expires > now() AND CASE WHEN k.family_id IS NULL THEN a.user_id IS NULL ELSE u.id IS NOT NULL END
"""
OPAQUE = f"""
WITH k AS (
  SELECT consumer_id, authorization_id, family_id, scope, expires, audience, NULL AS jwk
  FROM authorizations_accesstoken WHERE tenant_id = %(tenant)s AND token_checksum = %(digest)s
) {ALIVE}
"""  # noqa: S608
SIGNED = f"""
WITH k AS (
  SELECT c.id AS consumer_id, %(authorization)s::bigint AS authorization_id,
    nullif(%(family)s::bigint, 0) AS family_id, %(scope)s::text AS scope, to_timestamp(%(expires)s) AS expires,
    NULL::text[] AS audience, s.public_jwk::text AS jwk
  FROM consumers_consumer c JOIN oauth_signingkey s ON s.tenant_id = c.tenant_id AND s.kid = %(kid)s
  WHERE c.tenant_id = %(tenant)s AND c.client_id = %(client_id)s AND NOT EXISTS (
    SELECT FROM authorizations_revokedtoken r WHERE r.tenant_id = c.tenant_id AND r.jti = %(jti)s)
) {ALIVE}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class BearerToken:
    """request.auth: a live token, with what its consumer (and the person it acts for, if any: then `user_id` is theirs
    and `subject` what the consumer knows them by) may still do. Speaks the words of DOT's token model."""

    consumer_id: int
    consumer_name: str
    key: str
    authorization_id: int
    scopes: frozenset[str]
    user_id: int | None = None
    user_name: str = ""
    subject: str = ""

    def person(self) -> User | None:
        return User.objects.get(pk=self.user_id) if self.user_id else None

    @property
    def scope(self) -> str:
        return scopes.render(self.scopes)

    def is_valid(self, needed: Iterable[str] | None = None) -> bool:
        return self.allow_scopes(needed)

    def allow_scopes(self, needed: Iterable[str] | None) -> bool:
        return self.scopes.issuperset(needed or ())

    def is_expired(self) -> bool:
        return False


class TwoTokens(APIException):
    status_code = 400
    default_code = "invalid_request"
    default_detail = "Send the token once, in the Authorization header."
    auth_header = f'{CHALLENGE}, error="invalid_request"'


class BearerAuthentication(BaseAuthentication):
    """Answers (None, BearerToken): a consumer acts, for itself or for a person, and has no more of that person than
    their scopes, as far as their role lets them use those themselves (permissions.roles): no session."""

    def authenticate(self, request: Request) -> tuple[None, BearerToken] | None:
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        if has_token_in_body(request):
            raise TwoTokens
        bearer = check(token.strip())
        if bearer is None:
            # Read back by authenticate_header, which DRF asks for the challenge.
            request._request.bearer_error = "invalid_token"  # type: ignore[attr-defined]
            raise AuthenticationFailed("The access token is expired, revoked or unknown.", code="invalid_token")
        audit.speak_as(bearer.consumer_name, bearer.person)
        activity.touch(current_tenant().pk, bearer.authorization_id, getattr(request, "client_address", None))
        return None, bearer

    def authenticate_header(self, request: Request) -> str:
        """With where to learn how to get a token (RFC 9728 §5.1)."""
        found = f'{CHALLENGE}, resource_metadata="{protected_resource.address(issuer.of(request._request))}"'
        error = getattr(request._request, "bearer_error", "")
        return f'{found}, error="{error}"' if error else found


def has_token_in_body(request: Request) -> bool:
    if (request.content_type or "").partition(";")[0].strip().lower() != FORM:
        return False
    return b"access_token=" in request._request.body


def check(token: str) -> BearerToken | None:
    """The token of the company we are in, if it is alive and anything it was issued for is still allowed."""
    if not token.isascii() or not token.isprintable() or " " in token:
        return None
    signed = tokens.read(token)
    known: dict[str, Any] = {"tenant": current_tenant().pk}
    if signed is None:
        if not credentials.is_well_formed(token, credentials.ACCESS_TOKEN):
            return None
        statement, known["digest"] = OPAQUE, credentials.halved(credentials.digest(token))
    else:
        if not signed.is_for_own_api:
            return None
        statement = SIGNED
        known |= {
            "family": signed.family,
            "kid": signed.kid,
            "jti": signed.jti,
            "client_id": signed.client_id,
            "scope": signed.scope,
        }
        known |= {"authorization": signed.authorization, "expires": signed.expires_at}
    with connection.cursor() as cursor:
        cursor.execute(statement, known)
        row = cursor.fetchone()
    if row is None:
        return None
    return judge(row, signed)


def is_for_own_api(audience: Collection[str]) -> bool:
    """Whether the company we are in is among those a token is for, by one of its addresses: those are one API."""
    if tokens.audience(current_tenant().issuer) in audience:
        return True
    return any(tokens.audience(issuer.at_host(domain.host)) in audience for domain in Domain.objects.all())


def judge(row: tuple[Any, ...], signed: tokens.Signed | None) -> BearerToken | None:
    consumer, name, key, authorization, scope, ceiling, jwk, audience, user, *person = row
    if signed is not None and not signed.is_genuine(jwk):
        return None
    if audience and not is_for_own_api(audience):
        return None
    left = frozenset(ceiling).intersection(scope.split())
    if user is None:
        return BearerToken(consumer, name, key, authorization, left) if left else None
    full_name, email, subject, is_pairwise, salt, role, held = person
    left = within_role(role, left if role == Membership.Role.SUPER_ADMIN else left.intersection(held))
    known_as = subjects.pairwise(subject, salt, consumer) if is_pairwise else subjects.public(subject)
    return BearerToken(consumer, name, key, authorization, left, user, full_name or email, known_as) if left else None
