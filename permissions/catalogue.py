"""The catalogue: which modules the product has, which actions each knows and what they are called. It is the
operator's data. Reading is for everybody; changing it also takes what is gone out of every company, in the
same transaction, so a permission group never holds a scope that the catalogue does not know."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import get_language, override

from permissions.models import Action, Module, PermissionGroup
from permissions.scopes import Scopes, action_of
from permissions.wording import clause, identity_sentences, sentence_of
from tenants import audit
from tenants.context import across_tenants, tenant_scope
from tenants.models import Tenant

SLUG = re.compile(r"\A[a-z][a-z0-9_]{0,39}\Z")
LONGEST_TEXT = 120
FALLBACK = "en"

type Texts = Mapping[str, str]


class CatalogueError(ValueError):
    """The catalogue can't be changed like this; the message says why, for an operator."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A module as read in one language."""

    slug: str
    name: str
    noun: str
    parent: str | None
    actions: tuple[str, ...]
    sentences: Mapping[str, str]
    is_own: bool

    @property
    def scopes(self) -> Scopes:
        return frozenset(f"{self.slug}:{action}" for action in self.actions)


# ---- Reading


def modules(language: str | None = None) -> list[Entry]:
    """All modules, each followed by its sub-modules, in the given language (or the active one)."""
    rows = list(Module.objects.all())
    children = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)
    ordered = [row for top in children[None] for row in (top, *children[top.slug])]
    return [entry(row, language or get_language() or FALLBACK) for row in ordered]


def all_scopes() -> Scopes:
    known = Module.objects.values_list("slug", "actions")
    return frozenset(f"{slug}:{action}" for slug, actions in known for action in actions)


def slugs() -> frozenset[str]:
    return frozenset(Module.objects.values_list("slug", flat=True))


def sentences(scopes: Iterable[str], language: str | None = None) -> dict[str, str]:
    """What each scope lets somebody do ("See work orders"): those about the person first, the rest in the
    catalogue's order. Unknown scopes, which nobody can hold, are left out."""
    wanted = frozenset(scopes)
    with override(language or get_language()):
        about_the_person = identity_sentences(wanted)
    if wanted == about_the_person.keys():
        return about_the_person
    return about_the_person | {
        f"{module.slug}:{action}": module.sentences[action]
        for module in modules(language)
        for action in module.actions
        if f"{module.slug}:{action}" in wanted
    }


def sentence(scope: str, language: str | None = None) -> str:
    """What one scope lets somebody do; the scope itself when the catalogue does not know it."""
    return sentences([scope], language).get(scope, scope)


def entry(row: Module, language: str) -> Entry:
    name = in_language(row.names, language) or row.slug.replace("_", " ").capitalize()
    noun = in_language(row.nouns, language) or name.lower()
    actions = tuple(action for action in Action.values if action in row.actions)
    texts = {
        action: in_language(row.sentences.get(action, {}), language) or sentence_of(clause([action], [noun]))
        for action in actions
    }
    return Entry(row.slug, name, noun, row.parent_id, actions, texts, row.is_own)


def in_language(texts: Texts, language: str) -> str:
    """The text in a language, else in its base ("pt-br" → "pt"), else in English, else nothing."""
    return texts.get(language) or texts.get(language.partition("-")[0]) or texts.get(FALLBACK, "")


# ---- Changing


@transaction.atomic
def set_module(
    slug: str,
    *,
    names: Texts,
    actions: Sequence[str],
    nouns: Texts | None = None,
    sentences: Mapping[str, Texts] | None = None,
    parent: str | None = None,
    position: int | None = None,
) -> Module:
    """Make a module or change it into this. An action it no longer knows is taken out of every company's
    groups. A company has a new module when its super administrator switches it on. Raises CatalogueError."""
    hold(exclusively=True)
    row = Module.objects.filter(slug=slug).first()
    check_slug(slug)
    check_actions(row, actions)
    check_parent(slug, parent)
    check_position(position)
    for texts in (names, nouns or {}, *(sentences or {}).values()):
        check_texts(texts)
    if not names.get(FALLBACK):
        raise CatalogueError(f"{slug}: a name in English (en) is needed; other languages fall back to it.")
    if set(sentences or {}) - set(actions):
        raise CatalogueError(f"{slug}: there is a sentence for an action that the module does not know.")
    gone = [f"{slug}:{action}" for action in (row.actions if row else []) if action not in actions]
    row = row or Module(slug=slug, position=10 + (Module.objects.values_list("position", flat=True).last() or 0))
    row.names, row.nouns, row.sentences = dict(names), dict(nouns or {}), dict(sentences or {})
    row.actions = [action for action in Action.values if action in actions]
    row.parent_id = parent
    row.position = row.position if position is None else position
    row.save()
    take_away("module.narrowed", scopes=gone, modules=[])
    return row


@transaction.atomic
def retire_module(slug: str) -> list[str]:
    """Take a module and its sub-modules out of the catalogue, out of every company and out of every permission
    group. Returns the slugs that went. Raises CatalogueError."""
    hold(exclusively=True)
    row = Module.objects.filter(slug=slug).first()
    if row is None:
        raise CatalogueError(f"There is no module {slug}.")
    if row.is_own:
        raise CatalogueError(f"{slug} is part of Gatehouse itself and can't be retired.")
    gone = [*row.children.all(), row]
    scopes = [f"{module.slug}:{action}" for module in gone for action in module.actions]
    slugs = [module.slug for module in gone]
    for module in gone:
        module.delete()
    take_away("module.retired", scopes=scopes, modules=slugs)
    return slugs


def hold(*, exclusively: bool = False) -> None:
    """Keep the catalogue as it is until the transaction ends. Whoever grants scopes holds it together with
    others; whoever changes the catalogue holds it alone, so that no group can take up what is just leaving."""
    lock = "pg_advisory_xact_lock" if exclusively else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtextextended('permissions_module', 0))")


def take_away(verb: str, *, scopes: list[str], modules: list[str]) -> None:
    """Take scopes out of all groups and modules out of all companies, with one line in each company's log."""
    with across_tenants():
        groups = defaultdict(list)
        held = PermissionGroup.objects.filter(scopes__overlap=scopes).select_for_update(no_key=True)
        for group in held.order_by("pk"):
            groups[group.tenant_id].append(group)
        tenants = Tenant.objects.filter(pk__in=groups) | Tenant.objects.filter(modules__overlap=modules)
        affected = list(tenants.select_for_update(no_key=True).order_by("pk"))
    for tenant in affected:
        with tenant_scope(tenant):
            prune(verb, tenant, groups[tenant.pk], frozenset(scopes), frozenset(modules))


def prune(verb: str, tenant: Tenant, groups: list[PermissionGroup], scopes: Scopes, modules: frozenset[str]) -> None:
    lost = {group.name: sorted(scopes.intersection(group.scopes)) for group in groups}
    switched_off = sorted(modules.intersection(tenant.modules))
    for group in groups:
        group.scopes = [scope for scope in group.scopes if scope not in scopes]
        group.save(update_fields=["scopes", "updated_at"])
    if switched_off:
        tenant.modules = [slug for slug in tenant.modules if slug not in modules]
        tenant.save(update_fields=["modules"])
    audit.record(verb, tenant, before={"modules": switched_off, "permission_groups": lost})


def check_slug(slug: str) -> None:
    if not SLUG.match(slug):
        raise CatalogueError(f"{slug!r}: a module is named with small letters, digits and underscores, at most 40.")


def check_actions(row: Module | None, actions: Sequence[str]) -> None:
    unknown = sorted(set(actions) - set(Action.values))
    if unknown or not actions:
        raise CatalogueError(f"Actions are some of {', '.join(Action.values)}, not {', '.join(unknown) or 'none'}.")
    if row and row.is_own and set(actions) != set(row.actions):
        raise CatalogueError(f"{row.slug} is part of Gatehouse itself: its words may change, its actions can't.")


def check_parent(slug: str, parent: str | None) -> None:
    if parent is None:
        return
    above = Module.objects.filter(slug=parent).first()
    if above is None:
        raise CatalogueError(f"{slug}: there is no module {parent} to be a part of.")
    if parent == slug or above.parent_id or Module.objects.filter(parent=slug).exists():
        raise CatalogueError(f"{slug}: there are modules and sub-modules, but no third level.")


def check_position(position: object) -> None:
    if position is not None and (not isinstance(position, int) or not 0 <= position < 2**31):
        raise CatalogueError(f"{position!r}: a position is a whole number.")


def check_texts(texts: Texts) -> None:
    unknown = sorted(set(texts) - {code for code, _ in settings.LANGUAGES})
    if unknown:
        raise CatalogueError(f"There is no language {', '.join(unknown)}.")
    for text in texts.values():
        if not text.strip() or len(text) > LONGEST_TEXT or not text.isprintable():
            raise CatalogueError(f"{text[:40]!r}: a text has 1 to {LONGEST_TEXT} printable characters.")


# ---- As a file


def exported() -> list[dict[str, Any]]:
    """The whole catalogue as plain data, parents before their sub-modules."""
    fields = ("slug", "names", "nouns", "sentences", "actions", "position")
    rows = Module.objects.order_by("parent_id", "position", "slug")
    ordered = sorted(rows, key=lambda row: row.parent_id is not None)
    return [{"parent": row.parent_id, **{field: getattr(row, field) for field in fields}} for row in ordered]


@transaction.atomic
def import_modules(data: Any) -> list[str]:
    """Set every module of exported data; others stay as they are. All or nothing. Raises CatalogueError."""
    if not isinstance(data, list) or not all(isinstance(module, dict) for module in data):
        raise CatalogueError("The file must hold a list of modules, as export writes it.")
    for module in data:
        try:
            set_module(**module)
        except (TypeError, AttributeError) as error:
            raise CatalogueError(f"{module.get('slug', 'a module')}: {error}") from error
    return [module["slug"] for module in data]


# ---- Asking about scopes


def unknown(scopes: Iterable[str]) -> Scopes:
    return frozenset(scopes) - all_scopes()


def readable(scopes: Iterable[str]) -> Scopes:
    """Those of a read-only group: seeing and reporting."""
    return frozenset(scope for scope in scopes if action_of(scope) in (Action.VIEW, Action.REPORT))
