"""The messages of the pages: found in the source, kept in locale/<language>/LC_MESSAGES/django.po, compiled to .mo.

`python tools/translations.py` says what is missing; `--collect` brings the catalogues in step with the source first
(make messages). No gettext programs are needed: templates are read by Django's own templatize, Python by ast, and the
catalogues are read and written by polib.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
APPS = ("config", "tenants", "accounts", "permissions", "consumers", "authorizations", "oauth")
PLURALS = {
    "es": "nplurals=2; plural=(n != 1);",
    "pt_BR": "nplurals=2; plural=(n > 1);",
    "fr": "nplurals=2; plural=(n > 1);",
}

# Sentences of Django and django-allauth that we say in our own way in some language: package → (message, plural).
BORROWED: dict[str, tuple[tuple[str, str | None], ...]] = {
    "django": (
        ("Enter a valid email address.", None),
        ("Your password can’t be a commonly used password.", None),
        (
            "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
            "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        ),
    ),
    "allauth": (
        ("Email", None),
        ("The email address and/or password you specified are not correct.", None),
        ("Use authenticator app or code", None),
        ("Use your password", None),
    ),
}

# Function → where its context, its message and its plural stand among the arguments.
ARGUMENTS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({STRING}(?:\s*,\s*{STRING})*)\s*(?:,\s*count\s*)?\)")
NAMED = re.compile(r"%\(\w+\)[sd]")
BRACED = re.compile(r"(?<!\{)\{\w*\}(?!\})")

type Key = tuple[str | None, str]


class NotAMessage(Exception):
    """A translation call whose words can't be read from the source."""


@dataclass
class Message:
    context: str | None
    singular: str
    plural: str | None = None
    places: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        return self.context, self.singular

    @property
    def flags(self) -> list[str]:
        words = f"{self.singular} {self.plural or ''}"
        if NAMED.search(words) or "%s" in words or "%d" in words:
            return ["python-format"]
        return ["python-brace-format"] if BRACED.search(words) else []


def messages() -> dict[Key, Message]:
    """Every message of the product, in the order of its key."""
    found: dict[Key, Message] = {}
    for place, message in _everywhere():
        known = found.setdefault(message.key, message)
        known.plural = known.plural or message.plural
        known.places.add(place)
    return dict(sorted(found.items(), key=lambda entry: (entry[0][1].lower(), entry[0][1], entry[0][0] or "")))


def python_files() -> list[Path]:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return sorted(path for path in files if "migrations" not in path.parts)


def templates() -> list[Path]:
    folders = [ROOT / "templates", *(ROOT / app / "templates" for app in APPS)]
    return sorted(path for folder in folders for kind in ("*.html", "*.txt") for path in folder.rglob(kind))


def catalogue(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def in_template(text: str) -> Iterator[Message]:
    for name, arguments in TEMPLATE_CALL.findall(templatize(text)):
        yield _message("gettext" if name == "_" else name, ast.literal_eval(f"[{arguments}]"))


def in_python(text: str) -> Iterator[Message]:
    tree = ast.parse(text)
    names = _names(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = names.get(ast.unparse(node.func))
        if name is not None:
            yield _message(name, [_constant(argument) for argument in node.args])


def bring_in_step(language: str) -> polib.POFile:
    """The catalogue with the messages of the source: known translations stay, new ones are empty, old ones go."""
    path = catalogue(language)
    old = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path))} if path.exists() else {}
    new = polib.POFile(wrapwidth=110)
    new.metadata = {
        "Project-Id-Version": "Gatehouse",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    for key, message in messages().items():
        new.append(_entry(message, old.get(key)))
    path.parent.mkdir(parents=True, exist_ok=True)
    new.save(str(path))
    new.save_as_mofile(str(path.with_suffix(".mo")))
    return new


def _everywhere() -> Iterator[tuple[str, Message]]:
    for path, read in [*((path, in_python) for path in python_files()), *((path, in_template) for path in templates())]:
        place = path.relative_to(ROOT).as_posix()
        try:
            yield from ((place, message) for message in read(path.read_text(encoding="utf-8")))
        except NotAMessage as problem:
            raise NotAMessage(f"{place}: {problem}") from None
    for package, sentences in BORROWED.items():
        yield from ((package, Message(None, singular, plural)) for singular, plural in sentences)


def _names(tree: ast.AST) -> dict[str, str]:
    """What this module calls the functions of django.utils.translation: "_" → "gettext", …"""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {alias.asname or alias.name: alias.name.removesuffix("_lazy") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "django.utils":
            modules = [alias.asname or alias.name for alias in node.names if alias.name == "translation"]
            names |= {
                f"{module}.{name}{lazy}": name for module in modules for name in ARGUMENTS for lazy in ("", "_lazy")
            }
    return {called: name for called, name in names.items() if name in ARGUMENTS}


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _message(name: str, arguments: list[str | None]) -> Message:
    context_at, singular_at, plural_at = ARGUMENTS[name]
    wanted = [position for position in (context_at, singular_at, plural_at) if position is not None]
    if len(arguments) <= max(wanted) or any(arguments[position] is None for position in wanted):
        raise NotAMessage(f"{name}() takes words, not what is worked out: {arguments}")
    context, plural = (arguments[at] if at is not None else None for at in (context_at, plural_at))
    return Message(context, arguments[singular_at] or "", plural)


def _entry(message: Message, known: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(
        msgid=message.singular,
        msgctxt=message.context,
        occurrences=[(place, "") for place in sorted(message.places)],
        flags=message.flags,
    )
    if message.plural is None:
        entry.msgstr = known.msgstr if known else ""
        return entry
    entry.msgid_plural = message.plural
    same = known is not None and known.msgid_plural == message.plural
    entry.msgstr_plural = dict(known.msgstr_plural) if known and same else {0: "", 1: ""}
    return entry


def problems(language: str) -> Iterator[str]:
    """What keeps a catalogue from being complete and in step, in words."""
    path = catalogue(language)
    wanted = messages()
    entries = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path))}
    yield from (f"not collected: {words}" for (_, words) in wanted.keys() - entries.keys())
    yield from (f"not in the source any more: {words}" for (_, words) in entries.keys() - wanted.keys())
    for key in wanted.keys() & entries.keys():
        if entries[key].msgid_plural != (wanted[key].plural or ""):
            yield f"another plural in the source: {key[1]}"
        if entries[key].fuzzy or not entries[key].translated():
            yield f"not translated: {key[1]}"
    if compiled(path) != path.with_suffix(".mo").read_bytes():
        yield "django.mo is not what django.po compiles to"


def compiled(path: Path) -> bytes:
    return polib.pofile(str(path)).to_binary()


def main() -> int:
    if "--collect" in sys.argv[1:]:
        for language in PLURALS:
            bring_in_step(language)
    found = [f"{language}: {problem}" for language in PLURALS for problem in sorted(problems(language))]
    print("\n".join([*found, f"{len(messages())} messages in {len(PLURALS)} languages, {len(found)} problems"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
