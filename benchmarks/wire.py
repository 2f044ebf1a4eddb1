"""The wire under load, through the production door: the table of PERFORMANCE.md for what exists."""

from __future__ import annotations

import argparse
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus

from django.utils import timezone

from benchmarks import cpu, floor, house, load
from benchmarks.scale import Scale

MANY_ROWS = 5_000
FORM = "grant_type=client_credentials"
CALLBACK = "https://app.example/callback"


@dataclass
class Case:
    name: str
    budget: int
    stretch: int
    request: Callable[[int], bytes]
    statements: int = 0


@dataclass
class Figure:
    outcome: load.Outcome
    web: float
    postgres: float
    others: float

    @property
    def micros(self) -> float:
        return self.web + self.postgres


@dataclass
class Machine:
    key: str
    secret: str

    @property
    def basic(self) -> str:
        return "Basic " + b64encode(f"{self.key}:{self.secret}".encode()).decode()


class World:
    """One company with an opaque and a signed consumer, and the cases played on it."""

    def __init__(self, opened: house.House, size: Scale) -> None:
        from tenants.models import Tenant

        self.house, self.size = opened, size
        self.tenant = Tenant.objects.create(slug="acme", name="Acme", modules=["assets", "work_orders"])
        self.opaque, self.signed = self.machine("Opaque", "opaque"), self.machine("Signed", "jwt")
        self.app, self.family = self.app_with_a_yes()
        self.token = self.path("token")

    def path(self, endpoint: str) -> str:
        return f"/t/acme/oauth/{endpoint}"

    def machine(self, name: str, token_format: str) -> Machine:
        from consumers import registration
        from permissions.models import PermissionGroup
        from tenants.context import tenant_scope

        with tenant_scope(self.tenant):
            scopes = ["assets:view", "assets:edit", "work_orders:view", "work_orders:add"]
            group = PermissionGroup.objects.create(name=name, scopes=scopes)
            consumer, minted = registration.register_consumer(name=name, groups=[group], token_format=token_format)
        assert minted is not None
        return Machine(consumer.key, minted.shown)

    def app_with_a_yes(self) -> tuple[Machine, Any]:
        """An app that acts for people, and the sign-in of one."""
        from accounts.models import User
        from accounts.signing_in import ONE_FACTOR, SignIn
        from authorizations import granting, requests
        from consumers import registration
        from consumers.models import Consumer
        from permissions.models import PermissionGroup
        from tenants.context import tenant_scope
        from tenants.models import Membership

        with tenant_scope(self.tenant):
            group = PermissionGroup.objects.create(name="App", scopes=["assets:view", "work_orders:view"])
            consumer, minted = registration.register_consumer(
                name="App", groups=[group], grant_type=Consumer.GRANT_AUTHORIZATION_CODE, redirect_uris=CALLBACK
            )
            user = User.objects.create(email="ana@acme.test", full_name="Ana")
            membership = Membership.objects.create(user=user, role=Membership.Role.SUPER_ADMIN)
            kept = requests.keep(
                consumer, browser="", scopes=["assets:view", "work_orders:view"], redirect_uri=CALLBACK
            )
            sign_in = SignIn(timezone.now(), ["pwd"], ONE_FACTOR, "")
            family = granting.grant(kept, membership=membership, scopes=kept.scopes, sign_in=sign_in)
        assert minted is not None
        return Machine(consumer.key, minted.shown), family

    def cases(self) -> list[Case]:
        host = self.house.host
        opaque = load.post(self.path("token"), host, self.opaque.basic, FORM)
        signed = load.post(self.path("token"), host, self.signed.basic, FORM)
        tokens = [self.ask(opaque)["access_token"] for _ in range(50)]
        signed_tokens = [self.ask(signed)["access_token"] for _ in range(50)]

        def introspect(machine: Machine, tokens: list[str]) -> Callable[[int], bytes]:
            requests = [load.post(self.path("introspect"), host, machine.basic, f"token={token}") for token in tokens]
            return lambda number: requests[number % len(requests)]

        return [
            Case("client_credentials, opaque", 200, 150, lambda _: opaque),
            Case("client_credentials, JWT (ES256)", 150, 100, lambda _: signed),
            Case("introspection", 180, 130, introspect(self.opaque, tokens)),
            self.once("code → tokens, PKCE", self.codes),
            self.once("refresh with rotation", self.refresh_tokens),
            Case("introspection of a JWT", 0, 0, introspect(self.signed, signed_tokens)),
            Case("JWKS", 0, 0, lambda _: load.get(self.path("jwks"), host)),
        ]

    def once(self, name: str, made: Callable[[], list[str]]) -> Case:
        """A case whose every request uses something up; it is all made before the first, which is not measured."""
        left: list[bytes] = []

        def request(_: int) -> bytes:
            if not left:
                left.extend(load.post(self.token, self.house.host, self.app.basic, body) for body in made())
            return left.pop()

        return Case(name, 450, 350, request)

    def codes(self) -> list[str]:
        """Redemptions, each of a code of its own."""
        from authorizations.models import AuthorizationCode

        verifier = "a-verifier-of-forty-three-characters-or-more"
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        fields = {"redirect_uri": CALLBACK, "code_challenge": challenge}
        minted = self.minted("gate_ac_", AuthorizationCode, "code_checksum", **fields)
        form = f"grant_type=authorization_code&code_verifier={verifier}&redirect_uri={quote_plus(CALLBACK)}"
        return [f"{form}&code={code}" for code in minted]

    def refresh_tokens(self) -> list[str]:
        from authorizations.models import RefreshToken

        minted = self.minted("gate_rt_", RefreshToken, "token_checksum", created=timezone.now())
        return [f"grant_type=refresh_token&refresh_token={token}" for token in minted]

    def minted(self, prefix: str, model: Any, checksum: str, **fields: Any) -> list[str]:
        """Of one sign-in, as many as a few runs use up."""
        from psycopg import connect
        from psycopg.sql import SQL, Identifier

        from config.database import conninfo
        from consumers import credentials
        from tenants.context import tenant_scope

        minted = [credentials.mint(prefix) for _ in range(self.size.used_up)]
        expires = timezone.now() + timedelta(hours=1)
        with tenant_scope(self.tenant):
            model.objects.bulk_create(
                [
                    model(
                        tenant=self.tenant, family=self.family, expires=expires,
                        **{checksum: credentials.halved(one.digest)}, **fields,
                    )
                    for one in minted
                ],
                batch_size=1000,
            )  # fmt: skip
        # As autovacuum would have by then.
        with connect(conninfo("owner"), autocommit=True) as connection:
            connection.execute(SQL("ANALYZE {}").format(Identifier(model._meta.db_table)))
        return [one.shown for one in minted]

    def ask(self, request: bytes) -> dict[str, Any]:
        outcome = load.run(self.house.port, lambda _: request, seconds=0, connections=1, keep_bodies=True)
        answer: dict[str, Any] = json.loads(outcome.bodies[0])
        return answer


def measure(opened: house.House, case: Case, seconds: float) -> Figure:
    load.run(opened.port, case.request, seconds=0.5)
    web, postgres = cpu.seconds(opened.web), cpu.seconds(opened.postgres)
    own, machine = cpu.seconds_of_self(), cpu.machine_seconds()
    outcome = load.run(opened.port, case.request, seconds=seconds)
    web, postgres = cpu.seconds(opened.web) - web, cpu.seconds(opened.postgres) - postgres
    own, machine = cpu.seconds_of_self() - own, cpu.machine_seconds() - machine
    others = max(0.0, machine - own - web - postgres) / (outcome.seconds * cpu.cores())
    count = outcome.requests
    return Figure(outcome, web / count * 1e6, postgres / count * 1e6, others)


def best(opened: house.House, case: Case, options: argparse.Namespace) -> Figure:
    """The round with the least CPU: on a shared machine noise only adds."""
    return min((measure(opened, case, options.seconds) for _ in range(options.rounds)), key=lambda found: found.micros)


def table(world: World, options: argparse.Namespace) -> None:
    heading()
    for case in chosen(world.cases(), options.only):
        found = best(world.house, case, options)
        show(case, found, statements(world, case))
    print("stmts: in the steady state, and with a first request's throttle and guess")
    print(f"\nbytes per token row with indexes: {token_bytes()} (budget 250, stretch 200)")
    memory(world.house)
    print(f"an empty callable under the same server: {floor.micros(options.seconds, options.rounds):.0f} µs")


def heading() -> None:
    print(
        f"{'':34} {'budget':>6} {'µs':>6} {'app':>5} {'PG':>5} {'req/s':>6} {'p50':>6} {'p95':>6} {'p99':>6} ", end=""
    )
    print(f"{'non-2xx':>7} {'stmts':>5} {'others':>6}")


def memory(opened: house.House) -> None:
    workers = [cpu.memory(process) for process in cpu.family(opened.web)[1:]]
    print(f"memory per worker: {max(workers):.0f} MB (budget 120, stretch 90)")


def chosen(cases: list[Case], only: str) -> list[Case]:
    return [case for case in cases if not only or any(word in case.name.lower() for word in only.split(","))]


def show(case: Case, found: Figure, count: str) -> None:
    outcome = found.outcome
    mark = "~" if found.others > 0.1 else " "
    budget = f"{case.budget}" if case.budget else ""
    print(
        f"{case.name:34} {budget:>6} {mark}{found.micros:5.0f} {found.web:5.0f} {found.postgres:5.0f} "
        f"{outcome.requests / outcome.seconds:6.0f} {outcome.percentile(0.5):6.2f} {outcome.percentile(0.95):6.2f} "
        f"{outcome.percentile(0.99):6.2f} {outcome.refused:7} {count:>5} {found.others:6.0%}",
        flush=True,
    )


def statements(world: World, case: Case) -> str:
    """Statements of one request in the steady state, and of a first one, counted in this process."""
    from oauth.postgres import Line
    from oauth.store import way_in
    from tenants.throttling import Leases

    counts = []
    original = Line._send
    sent: list[bytes] = []

    def send(line: Line, asked: Any) -> Any:
        sent.append(asked.statement.name)
        return original(line, asked)

    Line._send = send  # type: ignore[assignment, method-assign]
    try:
        way_in.leases = Leases()
        for _ in range(6):
            sent.clear()
            in_process(case.request(0))
            counts.append(len(sent))
    finally:
        Line._send = original  # type: ignore[method-assign]
    return f"{min(counts)}–{max(counts)}" if min(counts) != max(counts) else str(counts[0])


def in_process(request: bytes) -> None:
    """One request through the WSGI door in this process."""
    from io import BytesIO

    from config.middleware import client_address
    from oauth import doors

    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    given = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": given.get("content-type", ""),
        "CONTENT_LENGTH": given.get("content-length", ""),
        "HTTP_AUTHORIZATION": given.get("authorization", ""),
        "HTTP_HOST": given["host"],
        "wsgi.input": BytesIO(body),
    }
    doors.wsgi(lambda environ, start: [], client_address)(environ, lambda status, headers: None)


def token_bytes() -> str:
    from psycopg import connect

    from config.database import conninfo

    with connect(conninfo("owner")) as connection:
        size = "pg_total_relation_size('authorizations_accesstoken')::float8"
        found = connection.execute(f"SELECT {size}, count(*) FROM authorizations_accesstoken").fetchone()
    assert found is not None
    # Fewer rows would be charged for the table's fixed pages.
    return f"{found[0] / found[1]:.0f}" if found[1] >= MANY_ROWS else "too few rows to say"


def at_three_sizes(world: World, options: argparse.Namespace) -> None:
    """The same cases while companies, consumers and live tokens grow a hundredfold twice."""
    from benchmarks.crowd import grow

    for companies, tokens in world.size.sizes[: options.largest]:
        consumers, rows = grow(companies, tokens)
        print(f"\n{companies:,} companies, {consumers:,} consumers, {rows:,} live tokens")
        for case in chosen(world.cases()[:3], options.only):
            show(case, best(world.house, case, options), "")
