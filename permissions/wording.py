"""Sets of scopes as a plain sentence: "See assets; see, add and edit work orders." """

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from permissions.models import Action
from permissions.scopes import EMAIL, OFFLINE_ACCESS, OPENID, PROFILE, within_modules

if TYPE_CHECKING:
    from permissions.catalogue import Entry

# As they stand in the middle of a sentence, before what they are done to.
VERBS = {
    Action.VIEW: pgettext_lazy("permission", "see"),
    Action.ADD: pgettext_lazy("permission", "add"),
    Action.EDIT: pgettext_lazy("permission", "edit"),
    Action.DELETE: pgettext_lazy("permission", "delete"),
    Action.REPORT: pgettext_lazy("permission", "generate reports on"),
}
# What the scopes that are about the person let an app do, in the order they are read; "you" is the person.
IDENTITY_SENTENCES = {
    OPENID: gettext_lazy("See who you are"),
    PROFILE: gettext_lazy("See your name and language"),
    EMAIL: gettext_lazy("See your e-mail address"),
    OFFLINE_ACCESS: gettext_lazy("Stay connected while you are away"),
}


def identity_sentences(scopes: Iterable[str]) -> dict[str, str]:
    """In the active language."""
    wanted = frozenset(scopes)
    return {scope: str(sentence) for scope, sentence in IDENTITY_SENTENCES.items() if scope in wanted}


def summary(
    scopes: Iterable[str], entries: Sequence[Entry], *, most: int | None = None, everything: bool = True
) -> str:
    """One sentence that says what scopes allow, in the language of `entries` (which must be the active one).
    Only modules among the entries count. `most` shortens: so many modules are named per clause; `everything`
    says that nothing is missing instead of listing it all."""
    held = within_modules(scopes, (entry.slug for entry in entries))
    if not held:
        return _("Nothing yet.")
    if everything and held.issuperset(scope for entry in entries for scope in entry.scopes):
        return _("Everything in all modules.")
    return sentence_of(f"{enumeration(held, entries, most=most)}.")


def enumeration(scopes: Iterable[str], entries: Sequence[Entry], *, most: int | None = None) -> str:
    """The same as what may follow "can" or "can no longer": "see assets; add and edit work orders"."""
    held = frozenset(scopes)
    clauses = [clause(actions, shortened(nouns, most)) for actions, nouns in grouped(held, entries).items()]
    # French puts a space before the semicolon.
    return " ".join([*(_("%s;") % each for each in clauses[:-1]), *clauses[-1:]])


def grouped(scopes: frozenset[str], entries: Sequence[Entry]) -> dict[tuple[str, ...], list[str]]:
    """{actions: nouns of the modules that allow exactly these}. Reports stand apart: their verb has a
    preposition that the others don't share."""
    found = defaultdict(list)
    for entry in entries:
        actions = [action for action in entry.actions if f"{entry.slug}:{action}" in scopes]
        changing = tuple(action for action in actions if action != Action.REPORT)
        if changing:
            found[changing].append(entry.noun)
    reported = [entry.noun for entry in entries if f"{entry.slug}:{Action.REPORT}" in scopes]
    return {**found, (Action.REPORT,): reported} if reported else dict(found)


def clause(actions: Sequence[str], nouns: Sequence[str]) -> str:
    verbs = [str(VERBS[Action(action)]) for action in actions]
    return f"{enumerated(verbs)} {enumerated(nouns)}"


def shortened(nouns: list[str], most: int | None) -> list[str]:
    if most is None or len(nouns) <= most + 1:
        return nouns
    left = len(nouns) - most
    return [*nouns[:most], ngettext("%(count)d more", "%(count)d more", left) % {"count": left}]


def enumerated(words: Sequence[str]) -> str:
    return get_text_list(list(words), _("and"))


def sentence_of(text: str) -> str:
    return text[:1].upper() + text[1:]
