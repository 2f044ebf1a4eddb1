"""The side panel of Settings: one list of entries, narrowed to those that exist and that the person may open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.access import may_read_settings
from tenants.models import Membership

type Text = str | Promise


@dataclass(frozen=True)
class Page:
    """An entry as planned. `covers` are beginnings of the names of the views it stays lit for."""

    label: Text
    icon: str
    route: str
    covers: tuple[str, ...]
    allows: Callable[[Membership], bool]
    section: Text = ""


@dataclass(frozen=True)
class Entry:
    """An entry as shown."""

    label: Text
    icon: str
    url: str
    current: bool


@dataclass(frozen=True)
class Section:
    label: Text
    entries: list[Entry]


@dataclass(frozen=True)
class Tab:
    label: Text
    url: str
    current: bool


def may_see_consumers(membership: Membership) -> bool:
    """All of them, or (a developer) those he was given."""
    return may_read_settings(membership) or membership.role == Membership.Role.DEVELOPER


def anyone(membership: Membership) -> bool:
    return True


PEOPLE = _("User accounts")

PAGES = (
    Page(_("General"), "building-2", "tenants:general", ("tenants:general",), may_read_settings),
    Page(_("Members"), "users", "tenants:members", ("tenants:member", "permissions:member"), may_read_settings, PEOPLE),
    Page(_("Permissions"), "shield-check", "permissions:group-list", ("permissions:group",), may_read_settings, PEOPLE),
    Page(_("Modules"), "blocks", "permissions:modules", ("permissions:modules",), may_read_settings),
    Page(_("API connections"), "plug", "consumers:list", ("consumers:", "authorizations:"), may_see_consumers),
    Page(_("Transactions log"), "scroll-text", "tenants:transactions", ("tenants:transaction",), may_read_settings),
    Page(_("Account"), "circle-user", "accounts:profile", ("accounts:",), anyone),
)

CONNECTIONS = (
    (_("OAuth consumers"), "consumers:list", "consumers:", may_see_consumers),
    (_("App authorizations"), "authorizations:list", "authorizations:", may_see_consumers),
)


def sections(request: HttpRequest) -> list[Section]:
    """The side panel, for the signed-in member of this company; nothing for anybody else."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return []
    open_to_me = [(page, _address(page.route)) for page in PAGES if page.allows(membership)]
    shown = [
        (page.section, Entry(page.label, page.icon, url, _view_name(request).startswith(page.covers)))
        for page, url in open_to_me
        if url
    ]
    return [Section(label, [entry for _, entry in group]) for label, group in groupby(shown, key=lambda pair: pair[0])]


def connection_tabs(request: HttpRequest) -> list[Tab]:
    """The tabs of API connections."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return []
    open_to_me = [
        (label, _address(route), begins) for label, route, begins, allows in CONNECTIONS if allows(membership)
    ]
    return [Tab(label, url, _view_name(request).startswith(begins)) for label, url, begins in open_to_me if url]


def _address(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
