"""What an app gets for a person: the pieces that redeeming, refreshing and polling are put together from.

Such a statement has a `verdict` (one row: who asks, what it may get now, and why not if not), then writes only if
`refusal` is null. Everything a token of a person hangs on is asked here, with every use again (introspection).
"""

# ruff: noqa: S608 (the statements are put together from constants of this folder, never from a request)
from __future__ import annotations

from dataclasses import dataclass, field

from consumers import credentials
from consumers.credentials import Minted
from oauth.postgres import Asked, Param, Row, Statement
from oauth.request import WireRequest
from oauth.rules import resources
from oauth.store.apis import MEANINGFUL, OUTSIDE, array
from oauth.store.documents import finding_company
from oauth.store.issuing import Issued
from oauth.store.way_in import AUDIT_COLUMNS, CLIENT, COMPANY, DOUBT, HERE, NOW, Client, joined, number, run
from oauth.tokens import audience as own_audience
from permissions.roles import OF_DEVELOPERS, READING
from permissions.scopes import IDENTITY, OPENID, render

IDENTITY_ARRAY = array(IDENTITY)
# Worth nothing by themselves (authorizations.granting.is_something).
NOTHING = array(IDENTITY - {OPENID})
# Of a family `f` and its person. A missing row of `a`, `m` or `u` is a reason to refuse.
LIVE = "a.revoked_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > now())"
MEMBER = joined(
    "tenants_membership", "m", "m.user_id = f.user_id", "m.joined_at IS NOT NULL AND m.suspended_at IS NULL"
)
HOLDERS = f"""
  {joined("authorizations_authorization", "a", "a.id = f.authorization_id", LIVE)}
  {MEMBER}
  LEFT JOIN accounts_user u ON u.id = f.user_id AND u.is_active
"""
# permissions.roles.within_role, of who is no super administrator.
WITHIN_ROLE = f"""({OUTSIDE} OR CASE m.role
    WHEN 'auditor' THEN split_part(scope, ':', 2) = ANY ({array(READING)})
    WHEN 'developer' THEN scope = ANY ({array(OF_DEVELOPERS)})
    ELSE false END)"""
# Whether a scope is still worth something: `f` agreed to it, `c` may get it and `m` may do it.
HELD = f"""
  (scope = ANY ({IDENTITY_ARRAY})
    OR scope = ANY (c.ceiling) AND (m.role = 'super_admin' OR scope = ANY (m.ceiling) AND {WITHIN_ROLE}))
"""
ENDED = """
      WHEN f.ended_at IS NOT NULL THEN 'family_ended'
      WHEN a.id IS NULL THEN 'consent_withdrawn'
      WHEN m.id IS NULL OR u.id IS NULL THEN 'person_gone'
      WHEN least(f.signed_in_at, f.created_at) < u.tokens_not_before THEN 'signed_in_before'
"""

# $5 digest of what the app presents (code, refresh token, device code); $6 and $7 digests of the access and refresh
# token it would get; $8 the resources asked for in all their spellings, separated by spaces, or null, $9 how many
# were asked for, $10 the identifier of the company's own API. OFFSET 0: worked out once, not wherever it is named.
WANTED = """
  CROSS JOIN LATERAL (
    SELECT CASE WHEN $8::text IS NULL THEN f.resources ELSE ARRAY(
      SELECT resource
      FROM unnest(CASE WHEN f.resources = '{}' THEN ARRAY[$10::text] ELSE f.resources END) resource
      WHERE resource = ANY (string_to_array($8::text, ' '))
    ) END AS resources OFFSET 0
  ) r
  CROSS JOIN LATERAL (
    SELECT CASE WHEN r.resources = ARRAY[$10::text] THEN '{}' ELSE r.resources END AS audience OFFSET 0
  ) w
"""


def verdict(*, proof: str, refusals: str, columns: str = "", asked: str = "", last: str = "") -> str:
    """The beginning of a statement. `proof` joins `k`, what the app presents; `refusals` say why it is worth nothing,
    as branches of a CASE, `last` those that only count when everything else is well; `asked` narrows the scopes."""
    return f"""
WITH {COMPANY},
verdict AS MATERIALIZED (
  SELECT t.id AS tenant, c.id AS consumer, c.name, s.id AS secret, f.authorization_id, h.scopes, c.token_format,
    least(c.access_token_seconds, t.access_token_seconds, ceil(extract(epoch FROM a.expires_at - now()))::int)
      AS seconds,
    keys.access_key, keys.id_key, f.id AS family, w.audience, f.user_id, u.subject, t.subject_salt,
    c.pairwise_subject, c.id_token_algorithm, u.email, u.full_name, u.language, f.nonce, f.signed_in_at, f.acr, f.sid,
    f.amr, g.scopes AS granted,
    c.issues_refresh_tokens AND f.refreshable_until > now() AS refreshes,
    least(now() + make_interval(secs => least(c.refresh_idle_seconds, t.refresh_idle_seconds)), f.refreshable_until)
      AS refresh_until{columns},
    CASE {DOUBT}
      WHEN c.authorization_grant_type <> 'authorization-code' THEN 'wrong_grant_type'
      {refusals}
      {ENDED}
      {last}
      WHEN cardinality(r.resources) < $9::int THEN 'resource_beyond_consent'
      WHEN h.scopes <@ {NOTHING} THEN CASE WHEN EXISTS (
        SELECT FROM unnest(f.scopes) scope WHERE {HELD} AND scope <> ALL ({NOTHING})
      ) THEN 'nothing_asked' ELSE 'nothing_left' END
      WHEN c.token_format = 'jwt' AND keys.access_key IS NULL
        OR 'openid' = ANY (g.scopes) AND keys.id_key IS NULL THEN 'key_missing'
    END AS refusal
  {CLIENT}
  {proof}
  {joined("authorizations_tokenfamily", "f", "f.id = k.family_id", "f.consumer_id = c.id")}
  {HOLDERS}
  {WANTED}
  CROSS JOIN LATERAL (
    SELECT ARRAY(
      SELECT scope FROM unnest(f.scopes) scope WHERE {HELD}
        AND (scope <> 'offline_access' OR c.issues_refresh_tokens AND f.refreshable_until > now()) {asked}
    ) AS scopes OFFSET 0
  ) g
  CROSS JOIN LATERAL (
    SELECT CASE WHEN w.audience = '{{}}' THEN g.scopes ELSE ARRAY(
      SELECT scope FROM unnest(g.scopes) scope
      WHERE {MEANINGFUL}
    ) END AS scopes OFFSET 0
  ) h
  CROSS JOIN LATERAL (
    SELECT
      CASE WHEN c.token_format = 'jwt' THEN (
        SELECT j.kid || ' ' || j.sealed FROM oauth_signingkey j
        WHERE j.tenant_id = t.id AND j.state = 'active' AND j.algorithm = 'ES256') END AS access_key,
      CASE WHEN 'openid' = ANY (g.scopes) THEN (
        SELECT j.kid || ' ' || j.sealed FROM oauth_signingkey j
        WHERE j.tenant_id = t.id AND j.state = 'active' AND j.algorithm = c.id_token_algorithm) END AS id_key OFFSET 0
  ) keys
)
"""


def keep_access(those: str) -> str:
    """The access tokens of `those`, verdicts that came to something."""
    return f"""
  INSERT INTO authorizations_accesstoken
    (tenant_id, token_checksum, consumer_id, authorization_id, family_id, user_id, audience, scope, created, expires)
  SELECT tenant, $6::bytea, consumer, authorization_id, family, user_id, nullif(audience, '{{}}'),
    array_to_string(scopes, ' '), now(), now() + make_interval(secs => seconds)
  FROM {those} WHERE token_format = 'opaque'
"""


def keep_refresh(those: str) -> str:
    return f"""
  INSERT INTO authorizations_refreshtoken (tenant_id, token_checksum, family_id, created, expires)
  SELECT tenant, $7::bytea, family, now(), refresh_until FROM {those} WHERE refreshes
"""


FACTS = f"""
tenant, consumer, name, secret, authorization_id, array_to_string(scopes, ' '), token_format, seconds, {NOW},
  access_key, family, array_to_string(audience, ' '), refreshes, user_id, subject, subject_salt, pairwise_subject,
  id_token_algorithm, email, full_name, language, array_to_string(granted, ' '), nonce,
  floor(extract(epoch FROM signed_in_at))::bigint, acr, sid, id_key, array_to_string(amr, ' ')"""

# $1 the family, $2 why, $3 the verb of its line, $4 address, $5 request id; the transaction has found its company.
END = f"""
WITH ended AS (
  UPDATE authorizations_tokenfamily SET ended_at = now(), ended_because = $2::text
  WHERE tenant_id = {HERE} AND id = $1::bigint AND ended_at IS NULL
  RETURNING tenant_id, consumer_id, authorization_id
)
INSERT INTO tenants_auditevent {AUDIT_COLUMNS}
SELECT c.tenant_id, now(), c.name, $3::text, 'consumer', c.id::text, c.name,
  jsonb_build_object('authorization', ended.authorization_id), '{{}}'::jsonb, $4::text::inet, $5::text, 0, ''::bytea,
  ''::bytea
FROM ended JOIN consumers_consumer c ON c.tenant_id = ended.tenant_id AND c.id = ended.consumer_id
"""
ending = Statement(b"end_family", END.encode())


@dataclass(slots=True)
class Person:
    """Who an app acts for, and what its ID token is made of (OpenID Connect Core §2): read together with the tokens, so
    that nothing has to be asked again. Times are seconds since 1970; `signing_key` is "kid sealed-key" of
    `id_token_algorithm`, "" when there is no ID token to sign; `nonce` is "" on refresh (§12.2)."""

    tenant: int
    consumer: int
    client_id: str
    user: int
    subject: str
    subject_salt: str
    pairwise_subject: bool
    id_token_algorithm: str
    email: str
    full_name: str
    language: str
    scopes: frozenset[str]
    nonce: str
    signed_in_at: int
    acr: str
    sid: str
    now: int
    signing_key: str = ""
    amr: list[str] = field(default_factory=list)
    access_token: str = ""


@dataclass(slots=True)
class Granted(Issued):
    """What came of it. `refreshes`: whether a refresh token goes with it; `left` is what a grant adds to the columns of
    all."""

    family: int = 0
    refreshes: bool = False
    person: Person | None = None
    left: list[str] = field(default_factory=list)


def common(request: WireRequest, proof: str, access: Minted, refresh: Minted) -> tuple[Param, ...]:
    """$5 to $10, for the `proof` an app presents and the tokens it would get. Raises InvalidTarget."""
    resources.check(request.resources)
    asked = resources.distinct(request.resources)
    return (
        credentials.halved(credentials.digest(proof)), credentials.halved(access.digest),
        credentials.halved(refresh.digest), " ".join(resources.spellings(asked)) if asked else None, len(asked),
        own_audience(request.issuer),
    )  # fmt: skip


def granted(client: Client, row: Row) -> Granted:
    refusal, *facts = row
    (
        tenant, consumer, name, secret, authorization, scope, token_format, seconds, now, key, family, audience,
        refreshes, user, subject, subject_salt, pairwise, algorithm, email, full_name, language, scopes, nonce,
        signed_in_at, acr, sid, id_key, amr, *left,
    ) = facts  # fmt: skip
    if refusal:
        return Granted(int(tenant), refusal, number(consumer), name, number(secret), family=int(family or 0), left=left)
    person = Person(
        int(tenant), int(consumer), client.key, int(user), subject, subject_salt, pairwise == "t", algorithm, email,
        full_name, language, frozenset(scopes.split()), nonce, int(signed_in_at), acr, sid, int(now), id_key,
        amr.split(),
    )  # fmt: skip
    return Granted(
        tenant=person.tenant,
        doubt="",
        consumer=person.consumer,
        name=name,
        secret=number(secret),
        authorization=int(authorization),
        scope=render(scope.split()),
        token_format=token_format,
        seconds=int(seconds),
        now=person.now,
        key=key,
        family=int(family),
        audience=audience.split(),
        refreshes=refreshes == "t",
        person=person,
        left=left,
    )


def end_family(request: WireRequest, family: int, because: str, verb: str) -> None:
    """End what came of one sign-in, with its line in the log; doing it twice does nothing more."""
    asked = Asked(ending, (family, because, verb, request.address, request.request_id))
    run(lambda line: line.ask(finding_company.asked(request), asked))
