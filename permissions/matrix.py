"""The matrix of a permission group: modules and sub-modules × actions, as the page draws it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from permissions.catalogue import Entry
from permissions.models import Action

PRODUCT, OWN = _("Product"), _("This panel and its API")


@dataclass(frozen=True, slots=True)
class Cell:
    """One tick. Without a scope there is none: the module does not know the action."""

    action: str
    label: str
    scope: str = ""
    sentence: str = ""
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    slug: str
    name: str
    is_sub: bool
    is_off: bool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Section:
    label: str | Promise
    rows: list[Row]


def sections(entries: Sequence[Entry], *, scopes: Iterable[str], modules: Iterable[str]) -> list[Section]:
    """The rows of `modules` (those the company has), and those of other modules in which `scopes` are held."""
    ticked, on = frozenset(scopes), frozenset(modules)
    shown = [entry for entry in entries if entry.slug in on or entry.scopes & ticked]
    halves = (
        (PRODUCT, [entry for entry in shown if not entry.is_own]),
        (OWN, [entry for entry in shown if entry.is_own]),
    )
    return [Section(label, [row(entry, ticked, on) for entry in half]) for label, half in halves if half]


def row(entry: Entry, ticked: frozenset[str], on: frozenset[str]) -> Row:
    return Row(
        slug=entry.slug,
        name=entry.name,
        is_sub=entry.parent is not None,
        is_off=entry.slug not in on,
        cells=[cell(entry, action, ticked) for action in Action],
    )


def cell(entry: Entry, action: Action, ticked: frozenset[str]) -> Cell:
    label = str(action.label)
    if action not in entry.actions:
        return Cell(action, label)
    scope = f"{entry.slug}:{action}"
    return Cell(action, label, scope, entry.sentences[action], scope in ticked)
