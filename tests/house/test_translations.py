"""The words of the pages: complete and in step in every language, in the words of docs/words.md, and nothing visible
that can't be translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils import translation

from tools import translations

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = list(translations.PLURALS)
COLUMNS = {"es": 1, "pt_BR": 2, "fr": 3}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|(?<!\{)\{\w*\}(?!\})")
MARKUP = re.compile(r"<[^>]+>")


@cache
def entries(language: str) -> polib.POFile:
    return polib.pofile(str(translations.catalogue(language)))


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Every (English, translation), plural forms included."""
    for entry in entries(language):
        if entry.msgid_plural:
            yield from ((entry.msgid_plural, text) for text in entry.msgstr_plural.values())
        else:
            yield entry.msgid, entry.msgstr


def translated(language: str, english: str) -> str | None:
    found = entries(language).find(english, msgctxt=False)
    return found.msgstr if found else None


def glossary() -> list[list[str]]:
    """The rows of docs/words.md: English, Spanish, Portuguese, French."""
    lines = (ROOT / "docs" / "words.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    rows = [row for row in rows if row[0] != "English" and not set(row[0]) <= set("- ")]
    return [list(column) for row in rows for column in zip(*(cell.split(" / ") for cell in row), strict=True)]


# The catalogues


def test_the_languages_of_the_settings_have_a_catalogue() -> None:
    assert [translation.to_locale(code) for code, _ in settings.LANGUAGES] == ["en", *LANGUAGES]
    assert sorted(path.name for path in translations.LOCALE.iterdir()) == sorted(LANGUAGES)


def test_no_message_is_cut_off_at_a_quote() -> None:
    """As the collector does with `{% translate 'the app\\'s page' %}`, which then is never found at run time."""
    assert [entry.msgid for entry in entries("es") if entry.msgid.endswith("\\")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_the_source_is_translated_and_compiled(language: str) -> None:
    assert list(translations.problems(language)) == [], "make messages, then translate what is empty"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    wrong = [
        (english, text)
        for english, text in pairs(language)
        if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(text))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_is_there(language: str) -> None:
    catalogue = entries(language)
    assert catalogue.metadata["Plural-Forms"] == translations.PLURALS[language]
    plurals = [entry for entry in catalogue if entry.msgid_plural]
    assert len(plurals) > 20
    assert [entry.msgid for entry in plurals if sorted(entry.msgstr_plural) != [0, 1]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_edges_and_closing_punctuation_are_kept(language: str) -> None:
    wrong = []
    for english, text in pairs(language):
        same_markup = sorted(MARKUP.findall(english)) == sorted(MARKUP.findall(text))
        same_edges = (text == text.strip()) == (english == english.strip())
        same_end = not english or all(english.endswith(mark) == text.endswith(mark) for mark in (".", ":", "…"))
        if not (same_markup and same_edges and same_end and english.count("\n") == text.count("\n")):
            wrong.append((english, text))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_name_files_of_the_project_only(language: str) -> None:
    catalogue = entries(language)
    places = {place for entry in catalogue for place, _ in entry.occurrences}
    known = (*translations.APPS, "templates", *translations.BORROWED)
    assert [place for place in places if not place.startswith(known)] == []
    assert set(catalogue.metadata) == {
        "Project-Id-Version",
        "Language",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Plural-Forms",
    }
    assert list(catalogue.obsolete_entries()) == []


def test_borrowed_sentences_are_still_what_the_packages_say() -> None:
    folders = {"django": ("conf/locale", "contrib/auth/locale"), "allauth": ("locale",)}
    for package, sentences in translations.BORROWED.items():
        installed = Path(import_module(package).__file__ or "").parent
        said = {
            (entry.msgid, entry.msgid_plural or None)
            for folder in folders[package]
            for entry in polib.pofile(str(installed / folder / "es" / "LC_MESSAGES" / "django.po"))
        }
        assert set(sentences) <= said


# The words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_glossary_are_used(language: str) -> None:
    wrong = {}
    for row in glossary():
        english, wanted = row[0], row[COLUMNS[language]]
        found = translated(language, english)
        if found is not None and found != wanted:
            wrong[english] = (found, wanted)
    assert wrong == {}


def test_most_words_of_the_glossary_are_on_the_pages() -> None:
    known = {entry.msgid for entry in entries("es")}
    assert len([row for row in glossary() if row[0] in known]) > 40


@pytest.mark.parametrize(
    ("language", "ending"),
    [("es", "no puede estar en blanco"), ("pt_BR", "não pode ficar em branco"), ("fr", "ne peut pas être vide")],
)
def test_blank_fields_are_refused_in_the_words_of_the_glossary(language: str, ending: str) -> None:
    blank = [text for english, text in pairs(language) if english.endswith("can't be blank")]
    assert len(blank) > 5
    assert [text for text in blank if not text.endswith(ending)] == []


# English word → what its translations must hold, wherever in a sentence it stands.
STEMS = {
    r"consumers?": ("consumidor", "consumidor", "consommateur"),
    r"app authorizations?": ("autorizaci", "autorizaç", "autorisation"),
    r"permission groups?": ("grupos? de permisos", "grupos? de permissão", "groupes? de permissions"),
    r"grant type": ("tipos? de autorización", "tipos? de autorização", "types? d'autorisation"),
    r"client credentials": ("credenciales de cliente", "credenciais do cliente", "identifiants du client"),
    r"super administrators?": ("súper administrador", "super administrador", "super administrateur"),
    r"(?:company|companies)": ("compañía", "empresa", "entreprise"),
    r"(?:access )?tokens?": ("token", "token", "jeton"),
    r"secrets?": ("secreto", "segredo", "secret"),
    r"keys?": ("clave", "chave", "clé"),
    r"scopes": ("alcance", "escopo", "portée"),
    r"modules?": ("módulo", "módulo", "module"),
    r"developers?": ("desarrollador", "desenvolvedor", "développeur"),
    r"read-only": ("solo lectura", "somente leitura", "lecture seule"),
    r"revoked?": ("revoc", "revog", "révo[cq]"),
    r"delete[ds]?": ("elimin", "exclu", "supprim"),
    r"suspend(?:ed)?": ("suspen|suspé", "suspen", "suspen"),
    r"password": ("contraseña", "senha", "mot de passe"),
}
# Where another word says it better.
ELSEWHERE = re.compile(r"client_secret|YOUR_SECRET|refresh token|private-use")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("english", STEMS)
def test_a_thing_has_one_name_in_every_sentence(language: str, english: str) -> None:
    word = re.compile(rf"(?<![\w_]){english}(?![\w_])", re.IGNORECASE)
    stem = re.compile(STEMS[english][COLUMNS[language] - 1], re.IGNORECASE)
    wrong = [
        (source, text)
        for source, text in pairs(language)
        if word.search(PLACEHOLDER.sub("", source)) and not stem.search(text) and not ELSEWHERE.search(source)
    ]
    assert wrong == []


def test_french_keeps_its_punctuation_on_the_line() -> None:
    """A no-break space before ; : ! ? and inside « »."""
    wrong = [
        text
        for _, text in pairs("fr")
        if re.search(r" [;:!?»]|« |«[^\N{NO-BREAK SPACE}]|[^\N{NO-BREAK SPACE}]»|[“”]", text)
        or re.search(r"[^\W\d_][;!?](?:\s|$)", text)
        or re.search(r"[^\W\d_](?<!Authorization)(?<!\burn):(?:\s|$)", text)
    ]
    assert wrong == []


def test_spanish_questions_open_and_close() -> None:
    assert [text for _, text in pairs("es") if text.count("?") != text.count("¿")] == []


def test_spanish_and_portuguese_are_american() -> None:
    assert [
        text
        for _, text in pairs("es")
        if re.search(r"\b(vosotros|ordenador|fichero|pulse|añadir)", text, re.IGNORECASE)
    ] == []
    assert [
        text
        for _, text in pairs("pt_BR")
        if re.search(r"\b(utilizador|ficheiro|ecrã|guardar|eliminar)\b", text, re.IGNORECASE)
    ] == []


# What can't be translated


SPOKEN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title", "data-none", "content"}
# Names, units and code, the same in every language.
SAME_EVERYWHERE = re.compile(
    r"\b(Gatehouse|OAuth|OpenAPI|CSV|JSON|JWT|JWKS|curl|Python|JavaScript|API|URL|ID|IP|YOUR_SECRET|Authlib)\b"
)
# The page of specimens is for whoever builds the pages.
SPECIMENS = re.compile(r"platform/(elements|specimen_\w+)\.html$|accounts/specimens\.py$")
SPECIMEN_SENTENCES = {"It would be done now."}
# Blocks that hold a class of the stylesheet.
STYLING = re.compile(r"block \w+_(class|kind)$")
WORDS_IN_A_TAG = re.compile(
    r"\b(?:label|title|text|under|placeholder|none|never|caption)=(\"[^\"]*[A-Za-z]{2}[^\"]*\")"
)


class Visible(HTMLParser):
    """The text and the spoken attributes of a page, without code."""

    SILENT = frozenset({"script", "style", "code", "pre"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in self.SILENT
        if tag != "meta":
            self.found += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT and self.silent > 0

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def bare(template: str) -> tuple[str, list[str]]:
    """A template without its tags and what they translate, and the words given to tags as they are."""
    kept, given = [], []
    skipping = ""
    for token in Lexer(template).tokenize():
        name = token.contents.split(" ")[0] if token.token_type == TokenType.BLOCK else ""
        if skipping:
            skipping = "" if name == skipping else skipping
        elif name in {"comment", "blocktranslate"} or STYLING.match(token.contents):
            skipping = f"end{name}"
        elif name in {"include", "with"}:
            given += WORDS_IN_A_TAG.findall(re.sub(r"_\((\"[^\"]*\"|'[^']*')\)", "", token.contents))
        elif token.token_type == TokenType.TEXT:
            kept.append(token.contents)
    return "".join(kept), given


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in translations.templates() if not SPECIMENS.search(str(path))]
)
def test_templates_hold_no_words_that_stay_english(path: Path) -> None:
    markup, given = bare(path.read_text(encoding="utf-8"))
    page = Visible()
    page.feed(markup)
    page.close()
    seen = [SAME_EVERYWHERE.sub("", text).strip() for text in [*page.found, *given]]
    assert [text for text in seen if re.search(r"[A-Za-z]{2}", text)] == []


SPOKEN_KEYWORDS = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label", "none_text", "caption"}


def spoken(tree: ast.AST) -> Iterator[ast.expr]:
    """Expressions of a module that people read: labels, helps, captions, error sentences, messages."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (keyword.value for keyword in node.keywords if keyword.arg in SPOKEN_KEYWORDS)
            called = ast.unparse(node.func)
            if called.split(".")[-1] == "ValidationError" and node.args:
                yield node.args[0]
            elif called.startswith("messages.") or called.endswith("form.add_error"):
                yield from node.args[1:2]
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in SPOKEN_KEYWORDS for target in node.targets
        ):
            yield node.value
        elif isinstance(node, ast.Dict):
            named = zip(node.keys, node.values, strict=True)
            yield from (
                value
                for key, value in named
                if isinstance(key, ast.Constant) and key.value in {"title", "label", "required", "invalid", "unique"}
            )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.relative_to(ROOT).as_posix())
        for path in translations.python_files()
        if "management" not in path.parts and not SPECIMENS.search(str(path))
    ],
)
def test_modules_hold_no_words_that_stay_english(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    words = [node.value for node in spoken(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    left = [SAME_EVERYWHERE.sub("", text) for text in words if text not in SPECIMEN_SENTENCES]
    assert [text for text in left if re.search(r"[A-Z][a-z]|[a-z] [a-z]", text)] == []


# The scanner itself


def test_messages_are_found_in_every_kind_of_call() -> None:
    template = """{% load i18n %}{% translate "One" %}{% translate 'Two' context "c" %}{{ _("Three") }}
    {% blocktranslate trimmed count n=2 %}
      {{ n }} thing{% plural %}{{ n }} things
    {% endblocktranslate %}{% include "x.html" with label=_("Four") %}{{ x|default:_('Five') }}"""
    module = """
from django.utils import translation
from django.utils.translation import gettext_lazy as _, npgettext
a = _("Six" " and more")
b = npgettext("c", "one %(n)s", "many %(n)s", 2)
c = translation.gettext("Seven")
d = other("Eight")
"""
    found = [*translations.in_template(template), *translations.in_python(module)]
    assert [(message.context, message.singular, message.plural) for message in found] == [
        (None, "One", None),
        ("c", "Two", None),
        (None, "Three", None),
        (None, "%(n)s thing", "%(n)s things"),
        (None, "Four", None),
        (None, "Five", None),
        (None, "Six and more", None),
        ("c", "one %(n)s", "many %(n)s"),
        (None, "Seven", None),
    ]


@pytest.mark.parametrize("call", ['_(f"Hello {x}")', "_(words)", '_("Hello " + x)'])
def test_words_that_are_worked_out_are_refused(call: str) -> None:
    with pytest.raises(translations.NotAMessage):
        list(translations.in_python(f"from django.utils.translation import gettext as _\n{call}"))
