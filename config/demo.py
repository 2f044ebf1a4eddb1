"""The demo world: who and what is in it, the file that holds its credentials, and a sign-in that works once.

Development and tests only: config.checks refuses a production server that has one of these people.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.core import signing
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import env
from tenants.context import platform_url

FILE = env.LOCAL / "demo.json"
SIGN_IN_SECONDS = 3600
SALT = "config.demo.one_time_sign_in"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

EVERYTHING = "*"


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: str
    state: str = "active"
    joined_days_ago: int = 200
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    name: str
    description: str
    scopes: tuple[str, ...]
    is_read_only: bool = False


@dataclass(frozen=True)
class Machine:
    """A client-credentials consumer and how it got on. `accessed_minutes_ago` is None when it never came."""

    name: str
    description: str
    groups: tuple[str, ...]
    made_days_ago: int
    accessed_minutes_ago: int | None = None
    address: str = ""
    token_format: str = "opaque"  # noqa: S105
    state: str = "active"
    second_secret_expires_in_days: int | None = None
    given_to: str = ""


@dataclass(frozen=True)
class Yes:
    """A person who allowed an app something."""

    email: str
    days_ago: int
    scopes: tuple[str, ...]
    accessed_minutes_ago: int | None = None
    address: str = ""


@dataclass(frozen=True)
class App:
    """An authorization-code consumer. `fields` are as consumers.registration takes them; `key` where several companies
    have the same app."""

    name: str
    description: str
    groups: tuple[str, ...]
    made_days_ago: int
    key: str = ""
    is_public: bool = False
    is_first_party: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    people: tuple[Yes, ...] = ()


@dataclass(frozen=True)
class Company:
    slug: str
    name: str
    colour: str
    language: str
    time_zone: str
    without: frozenset[str] = field(default_factory=frozenset)
    people: tuple[Person, ...] = ()
    groups: tuple[Group, ...] = ()
    machines: tuple[Machine, ...] = ()
    apps: tuple[App, ...] = ()

    @property
    def founder(self) -> Person:
        return self.people[0]


RUTH = "ruth@audit.example"

# Where examples/ and a script of one's own listen.
HERE = "http://127.0.0.1:9500/callback"
WITH_SIGN_IN = ("openid", "profile", "email", "offline_access")


def addresses(*uris: str) -> str:
    return "\n".join(uris)


def fieldbook(description: str, groups: tuple[str, ...], made_days_ago: int, people: tuple[Yes, ...]) -> App:
    """The same app in both companies, under the same key: whoever is in both is asked for which."""
    return App(
        "Fieldbook", description, groups, made_days_ago, key="gk_FieldbookOfTheDemoWorld", is_public=True,
        fields={
            "redirect_uris": addresses(
                "https://fieldbook.example/callback",
                HERE,
                "http://127.0.0.1:9501/callback",
                "com.example.fieldbook:/callback",
            ),
            "post_logout_redirect_uris": addresses("https://fieldbook.example/", "http://127.0.0.1:9501/"),
            "allowed_origins": addresses(
                "https://fieldbook.example", "http://127.0.0.1:9500", "http://127.0.0.1:9501"
            ),
            "url": "https://fieldbook.example/",
            "privacy_policy_url": "https://fieldbook.example/privacy",
            "eula_url": "https://fieldbook.example/terms",
        },
        people=people,
    )  # fmt: skip


def web_app(site: str) -> dict[str, Any]:
    return {
        "redirect_uris": addresses(f"{site}/oauth/callback", HERE),
        "post_logout_redirect_uris": addresses(f"{site}/", "http://127.0.0.1:9500/"),
        "backchannel_logout_url": "http://127.0.0.1:9500/back-channel-logout",
        "url": f"{site}/",
        "privacy_policy_url": f"{site}/privacy",
        "eula_url": f"{site}/terms",
    }


def command_line() -> dict[str, Any]:
    return {"redirect_uris": addresses("http://127.0.0.1/callback", HERE), "allows_device_flow": True}


NORTHWIND = Company(
    slug="northwind",
    name="Northwind Maintenance",
    colour="#1d5fa8",
    language="en",
    time_zone="America/Chicago",
    without=frozenset({"third_parties"}),
    people=(
        Person("Maya Lindqvist", "maya@northwind.example", "super_admin", joined_days_ago=412),
        Person("Tom Okafor", "tom@northwind.example", "developer", joined_days_ago=310,
               groups=("Read maintenance", "Field service")),
        Person("Ruth Adler", RUTH, "auditor", joined_days_ago=120, groups=("Read maintenance", "Reporting")),
        Person("Ben Castillo", "ben@northwind.example", "member", joined_days_ago=96,
               groups=("Read maintenance", "Field service")),
        Person("Priya Nair", "priya@northwind.example", "developer", "suspended", joined_days_ago=260),
        Person("Jonas Weber", "jonas@northwind.example", "member", "invited", joined_days_ago=1),
    ),
    groups=(
        Group("Read maintenance", "Look at assets, work orders and requests", (
            "assets:view", "equipment:view", "locations:view", "work_orders:view", "work_requests:view",
        ), is_read_only=True),
        Group("Field service", "Open and complete work orders, use up stock", (
            "assets:view", "work_orders:view", "work_orders:add", "work_orders:edit", "inventory:view",
            "inventory:edit", "warehouses:view",
        )),
        Group("Meter readings", "Write what sensors measure", ("monitoring:view", "meters:view", "meters:add")),
        Group("Reporting", "Run and fetch reports", ("reports:view", "work_orders:report", "assets:report"),
              is_read_only=True),
        Group("Token introspection", "For resource servers that check tokens", ("authorizations:view",),
              is_read_only=True),
        Group("Manage everything", "The whole company through the API", (EVERYTHING,)),
    ),
    machines=(
        Machine("ERP sync", "Copies completed work orders into the ERP every five minutes",
                ("Read maintenance", "Field service"), 395, accessed_minutes_ago=3, address="198.51.100.24",
                second_secret_expires_in_days=9, given_to="tom@northwind.example"),
        Machine("Data warehouse export", "Nightly export, checks tokens by itself", ("Read maintenance", "Reporting"),
                210, accessed_minutes_ago=540, address="2001:db8:4f::14", token_format="jwt"),  # noqa: S106
        Machine("Work order gateway", "Resource server that introspects the tokens of others",
                ("Token introspection",), 205, accessed_minutes_ago=6, address="198.51.100.40"),
        Machine("Automation", "Manages the company through the API", ("Manage everything",), 88,
                accessed_minutes_ago=1900, address="203.0.113.61"),
        Machine("Visitor kiosk", "Takes work requests at the front desk", ("Read maintenance",), 2),
        Machine("Sensor hub", "Vibration and temperature of the compressors", ("Meter readings",), 160,
                accessed_minutes_ago=61_000, address="203.0.113.18", state="suspended"),
        Machine("Old mobile app", "Replaced by the new one in spring", ("Field service",), 380,
                accessed_minutes_ago=130_000, address="203.0.113.92", state="revoked"),
    ),
    apps=(
        App("Ledgerline", "Turns completed work orders into invoices", ("Read maintenance", "Field service"), 81,
            fields={**web_app("https://ledgerline.example"), "optional_scopes": ["inventory:view", "inventory:edit"]},
            people=(
                Yes("maya@northwind.example", 80, (*WITH_SIGN_IN, "work_orders:view", "work_orders:edit"),
                    accessed_minutes_ago=12, address="198.51.100.77"),
                Yes("ben@northwind.example", 30, ("openid", "profile", "work_orders:view"),
                    accessed_minutes_ago=2_900, address="198.51.100.77"),
            )),
        fieldbook("Work orders on a tablet, in the plant", ("Read maintenance", "Field service"), 70, (
            Yes("tom@northwind.example", 66, (*WITH_SIGN_IN, "work_orders:view", "work_orders:add", "work_orders:edit"),
                accessed_minutes_ago=45, address="203.0.113.140"),
            Yes(RUTH, 40, ("openid", "profile", "work_orders:view", "assets:view"), accessed_minutes_ago=20_000,
                address="203.0.113.9"),
        )),
        App("Work order CLI", "Work orders from the command line", ("Read maintenance", "Field service"), 52,
            is_public=True, fields=command_line(),
            people=(Yes("tom@northwind.example", 51, (*WITH_SIGN_IN, "work_orders:view"), accessed_minutes_ago=300,
                        address="203.0.113.140"),)),
        App("Northwind portal", "Our own pages for requests and reports", ("Read maintenance", "Reporting"), 300,
            is_first_party=True, fields={**web_app("https://portal.northwind.example"), "skips_consent": True},
            people=(Yes("ben@northwind.example", 90, ("openid", "profile", "email", "work_orders:view"),
                        accessed_minutes_ago=70, address="203.0.113.55"),)),
    ),
)  # fmt: skip

SOLARIA = Company(
    slug="solaria",
    name="Solaria Energía",
    colour="#b45309",
    language="es",
    time_zone="Europe/Madrid",
    people=(
        Person("Lucía Ferrer", "lucia@solaria.example", "super_admin", joined_days_ago=365),
        Person("Diego Ramos", "diego@solaria.example", "developer", joined_days_ago=300,
               groups=("Consulta", "Telemetría")),
        Person("Ruth Adler", RUTH, "auditor", joined_days_ago=64, groups=("Consulta",)),
        Person("Paul Moreau", "paul@solaria.example", "member", joined_days_ago=33, groups=("Consulta",)),
    ),
    groups=(
        Group("Consulta", "Ver activos y órdenes de trabajo", ("assets:view", "work_orders:view", "monitoring:view"),
              is_read_only=True),
        Group("Telemetría", "Registrar lecturas de inversores", ("monitoring:view", "meters:view", "meters:add")),
        Group("Introspección", "Para servidores que comprueban tokens", ("authorizations:view",), is_read_only=True),
        Group("Administración por API", "Toda la compañía a través de la API", (EVERYTHING,)),
    ),
    machines=(
        Machine("Inverter telemetry", "Lecturas de 214 inversores", ("Telemetría", "Consulta"), 350,
                accessed_minutes_ago=1, address="192.0.2.77", given_to="diego@solaria.example"),
        Machine("Control room", "Pantallas de la sala de control", ("Consulta",), 140, accessed_minutes_ago=25,
                address="192.0.2.80", token_format="jwt"),  # noqa: S106
        Machine("Plant API", "Comprueba los tokens de los demás", ("Introspección",), 139, accessed_minutes_ago=25,
                address="192.0.2.81"),
        Machine("Provisioning", "Da de alta consumidores al abrir una planta", ("Administración por API",), 45,
                accessed_minutes_ago=8_400, address="192.0.2.90"),
        Machine("Weather forecast", "Todavía sin conectar", ("Consulta",), 5),
    ),
    apps=(
        App("Balance Verde", "Informes de emisiones a partir de las órdenes de trabajo", ("Consulta",), 60,
            fields={**web_app("https://balanceverde.example"), "optional_scopes": ["monitoring:view"]},
            people=(Yes("lucia@solaria.example", 58, (*WITH_SIGN_IN, "assets:view", "work_orders:view"),
                        accessed_minutes_ago=190, address="192.0.2.130"),)),
        fieldbook("Órdenes de trabajo en una tableta, en la planta", ("Consulta",), 36, (
            Yes(RUTH, 30, ("openid", "profile", "assets:view", "work_orders:view"), accessed_minutes_ago=12_000,
                address="203.0.113.9"),
        )),
        App("Planta CLI", "La planta desde la línea de comandos", ("Consulta", "Telemetría"), 25, is_public=True,
            fields=command_line()),
        App("Portal Solaria", "Nuestras propias páginas", ("Consulta",), 200, is_first_party=True,
            fields={**web_app("https://portal.solaria.example"), "skips_consent": True}),
    ),
)  # fmt: skip

WORLD = (NORTHWIND, SOLARIA)
EMAILS = frozenset(person.email for company in WORLD for person in company.people)


def mint_password() -> str:
    return token_urlsafe(15)


def remembered(path: Path = FILE) -> dict[str, Any]:
    """What the file says, or nothing when it is missing or is not ours."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if isinstance(found.get("companies"), list) else {}
    except (OSError, ValueError, AttributeError):
        return {}


def write(content: dict[str, Any], path: Path = FILE) -> None:
    """Complete or not at all, for its owner's eyes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    draft.replace(path)


def one_time_sign_in(email: str) -> str:
    """The address that signs a demo person in: once, within SIGN_IN_SECONDS, in development only."""
    token = signing.dumps([email, token_urlsafe(16)], salt=SALT)
    return f"{settings.GATEHOUSE_BASE_URL}{platform_url('platform:demo-sign-in', token)}"


@require_safe
@never_cache
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    try:
        email, nonce = signing.loads(token, salt=SALT, max_age=SIGN_IN_SECONDS)
    except signing.BadSignature:
        raise Http404("no such sign-in") from None
    if settings.ENVIRONMENT == "production" or email not in EMAILS or not use(nonce):
        raise Http404("no such sign-in")
    person = get_user_model()._default_manager.filter(email=email, is_active=True).first()
    if person is None:
        raise Http404("no such sign-in")
    login(request, person, backend=BACKEND)
    return redirect("/")


def use(nonce: str) -> bool:
    """Whether nobody used it before, on any node."""
    return cache.add(f"{SALT}:{nonce}", True, timeout=SIGN_IN_SECONDS)
