"""What the pages show: an impact in sentences, and the modules as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from permissions import catalogue
from permissions.catalogue import Entry
from permissions.impact import Impact
from permissions.matrix import OWN, PRODUCT
from permissions.models import PermissionGroup
from permissions.scopes import Scopes, module_of
from permissions.wording import enumeration, summary
from tenants.models import Tenant
from tenants.text import harmless

MOST_LINES = 8
SIGNED = "jwt"


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody, and what they lose or gain, as what follows "can" in a sentence."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Lines:
    shown: list[Line]
    more: int

    def __bool__(self) -> bool:
        return bool(self.shown)


@dataclass(frozen=True, slots=True)
class Preview:
    consumers: Lines
    members: Lines
    groups: Lines
    gains: Lines
    live_tokens: int
    apps: int
    signs: bool
    fingerprint: str
    takes_away: bool


def preview(impact: Impact) -> Preview:
    changes_something = impact.takes_away or impact.gains or impact.member_gains
    entries = catalogue.modules() if changes_something else []
    return Preview(
        consumers=lines([(effect.holder.name, effect.lost) for effect in impact.losses], entries),
        members=lines([(effect.holder.name, effect.lost) for effect in impact.member_losses], entries),
        groups=lines([(group.name, scopes) for group, scopes in impact.groups.items()], entries),
        gains=lines([(each.holder.name, each.gained) for each in (*impact.gains, *impact.member_gains)], entries),
        live_tokens=impact.live_tokens,
        apps=impact.apps,
        signs=any(effect.holder.token_format == SIGNED for effect in impact.losses),
        fingerprint=impact.fingerprint,
        takes_away=impact.takes_away,
    )


def lines(found: Sequence[tuple[str, Scopes]], entries: Sequence[Entry]) -> Lines:
    shown = [Line(harmless(name), enumeration(scopes, entries)) for name, scopes in found[:MOST_LINES]]
    return Lines(shown, more=max(0, len(found) - MOST_LINES))


@dataclass(frozen=True, slots=True)
class ModuleRow:
    slug: str
    name: str
    parent: str | None
    offers: str
    is_on: bool
    is_fixed: bool
    groups: int


@dataclass(frozen=True, slots=True)
class ModuleSection:
    label: str | Promise
    rows: list[ModuleRow]


def module_sections(entries: Sequence[Entry], *, chosen: Collection[str], tenant: Tenant) -> list[ModuleSection]:
    uses = used_modules(PermissionGroup.objects.values_list("scopes", flat=True))
    rows = {
        entry.slug: ModuleRow(
            slug=entry.slug,
            name=entry.name,
            parent=entry.parent,
            offers=summary_of(entry),
            is_on=entry.slug in chosen or (entry.is_own and entry.slug in tenant.modules),
            is_fixed=entry.is_own and entry.slug in tenant.modules,
            groups=uses[entry.slug],
        )
        for entry in entries
    }
    halves = ((PRODUCT, False), (OWN, True))
    return [
        ModuleSection(label, [rows[entry.slug] for entry in entries if entry.is_own == is_own])
        for label, is_own in halves
    ]


def summary_of(entry: Entry) -> str:
    """What the module lets somebody do, all of it."""
    return summary(entry.scopes, [entry], everything=False)


def used_modules(groups: Iterable[Sequence[str]]) -> Counter[str]:
    """How many groups hold something of each module."""
    return Counter(slug for scopes in groups for slug in {module_of(scope) for scope in scopes})
