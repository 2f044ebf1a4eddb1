"""The cast: two companies, acme (Ana super admin, Dora developer, Otto auditor, Ben member) and beta (Eve super
admin), with builders whose defaults are sensible and whose arguments are what a test is about.

Tests never roll back: every test makes companies of its own, under slugs nobody else has.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from secrets import token_hex
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.signing_in import ONE_FACTOR, SignIn
from authorizations import codes, granting, requests
from authorizations.models import TokenFamily
from consumers import registration
from consumers.models import Consumer
from oauth.models import SigningKey
from permissions.models import MemberGroup, PermissionGroup
from tenants.context import tenant_scope
from tenants.models import Membership, Tenant

_number = count(1)
PASSWORD = "correct horse battery staple"
MODULES = [
    "assets",
    "work_orders",
    "work_requests",
    "inventory",
    "authorizations",
    "consumers",
    "permission_groups",
]
_hashed: list[str] = []


def make_user(email: str = "", **fields: Any) -> User:
    """A person whose password is PASSWORD (hashed once per process: Argon2 is slow on purpose)."""
    user = User(email=(email or f"person-{token_hex(6)}@example.test").lower(), **fields)
    if not _hashed:
        user.set_password(PASSWORD)
        _hashed.append(user.password)
    user.password = _hashed[0]
    user.save()
    return user


def make_tenant(name: str = "Acme", slug: str = "", **fields: Any) -> Tenant:
    slug = slug or f"{name.lower()}-{next(_number)}-{token_hex(4)}"
    return Tenant.objects.create(name=name, slug=slug, **{"modules": MODULES, **fields})


def make_member(tenant: Tenant, role: str, name: str) -> User:
    user = make_user(f"{name.lower()}@{tenant.slug}.test", full_name=name)
    with tenant_scope(tenant):
        Membership.objects.create(user=user, role=role)
    return user


def make_group(tenant: Tenant, *scopes: str, name: str = "") -> PermissionGroup:
    with tenant_scope(tenant):
        return PermissionGroup.objects.create(
            name=name or f"Group {next(_number)}", scopes=list(scopes or ("assets:view", "work_orders:view"))
        )


@dataclass
class Machine:
    """A client-credentials consumer together with its secret."""

    consumer: Consumer
    secret: str

    @property
    def key(self) -> str:
        return self.consumer.key

    @property
    def auth(self) -> tuple[str, str]:
        return self.key, self.secret


def make_machine(tenant: Tenant, *scopes: str, groups: list[PermissionGroup] | None = None, **fields: Any) -> Machine:
    groups = groups if groups is not None else [make_group(tenant, *scopes)]
    with tenant_scope(tenant):
        consumer, minted = registration.register_consumer(
            name=fields.pop("name", f"Machine {next(_number)}"), groups=groups, **fields
        )
    return Machine(consumer, minted.shown)


VERIFIER = "a-verifier-of-forty-three-characters-or-more"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "https://app.example/callback"


@dataclass
class App:
    """An authorization-code consumer; `secret` is "" for a public one."""

    consumer: Consumer
    secret: str = ""

    @property
    def key(self) -> str:
        return self.consumer.key

    @property
    def auth(self) -> tuple[str, str]:
        return self.key, self.secret


def make_app(tenant: Tenant, *scopes: str, public: bool = False, redirect_uris: str = CALLBACK, **fields: Any) -> App:
    """Its groups allow `scopes` (assets:view and work_orders:view if none are named)."""
    groups = fields.pop("groups", None) or [make_group(tenant, *scopes)]
    with tenant_scope(tenant):
        consumer, minted = registration.register_consumer(
            name=fields.pop("name", f"App {next(_number)}"),
            groups=groups,
            grant_type=Consumer.GRANT_AUTHORIZATION_CODE,
            client_type=Consumer.CLIENT_PUBLIC if public else Consumer.CLIENT_CONFIDENTIAL,
            redirect_uris=redirect_uris,
            **fields,
        )
        consumer.refresh_from_db()
    return App(consumer, minted.shown if minted else "")


def may(tenant: Tenant, user: User, *scopes: str) -> PermissionGroup:
    """Let a member do this, through a group of their own."""
    group = make_group(tenant, *scopes)
    with tenant_scope(tenant):
        membership = Membership.objects.get(user=user)
        MemberGroup.objects.create(membership=membership, group=group)
    return group


def make_yes(app: App, user: User, *scopes: str, **fields: Any) -> TokenFamily:
    """What a person's yes leaves behind, said just now; `fields` are of the request (nonce, resources…). Scopes beyond
    what the consumer may get and the person may give are left out, as on the page."""
    consumer = app.consumer
    with tenant_scope(consumer.tenant):
        wanted = sorted(scopes or consumer.ceiling)
        sign_in = SignIn(timezone.now(), ["pwd"], ONE_FACTOR, fields.pop("sid", token_hex(16)))
        until, declined = fields.pop("until", None), fields.pop("declined", ())
        asked = fields.pop("asked", wanted)
        request = requests.keep(
            consumer, browser="", scopes=asked, **{"redirect_uri": CALLBACK, "code_challenge": CHALLENGE, **fields}
        )
        membership = Membership.objects.select_related("user").get(user=user)
        return granting.grant(
            request, membership=membership, scopes=wanted, sign_in=sign_in, declined=declined, until=until
        )


def make_code(family: TokenFamily, *, redirect_uri: str = CALLBACK, code_challenge: str = CHALLENGE) -> str:
    """An authorization code of it, good for a minute with VERIFIER."""
    with tenant_scope(family.tenant):
        return codes.mint(family, redirect_uri=redirect_uri, code_challenge=code_challenge)


@dataclass
class Company:
    tenant: Tenant
    people: dict[str, User] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.tenant.slug

    @property
    def path(self) -> str:
        return self.tenant.path

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None


def make_acme() -> Company:
    acme = Company(make_tenant("Acme"))
    for name, role in (("ana", "super_admin"), ("dora", "developer"), ("otto", "auditor"), ("ben", "member")):
        acme.people[name] = make_member(acme.tenant, role, name.title())
    return acme


def make_beta() -> Company:
    beta = Company(make_tenant("Beta"))
    beta.people["eve"] = make_member(beta.tenant, "super_admin", "Eve")
    return beta


@contextmanager
def sealed_by_a_lost_key(tenant: Tenant) -> Iterator[list[str]]:
    """For a while no key of the ring opens the company's signing keys, whose ids are given. Tests never roll back, so
    they are put right again for what reads the keys of all companies."""
    with tenant_scope(tenant):
        sealed = dict(SigningKey.objects.values_list("kid", "sealed"))
        SigningKey.objects.update(sealed="gone:AAAA")
    try:
        yield list(sealed)
    finally:
        with tenant_scope(tenant):
            for kid, was in sealed.items():
                SigningKey.objects.filter(kid=kid).update(sealed=was)
