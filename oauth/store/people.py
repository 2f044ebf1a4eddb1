"""What the store knows of a person when an app gets tokens for them."""

from __future__ import annotations

from dataclasses import dataclass, field


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
