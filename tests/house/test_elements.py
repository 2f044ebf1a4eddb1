"""What holds for every template and for the stylesheet."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ELEMENTS = sorted((ROOT / "templates" / "elements").glob("*.html"))
STYLESHEET = ROOT / "static" / "gatehouse.css"
LAYERS = "@layer reset, tokens, base, layout, elements, utilities;"
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}", re.DOTALL)
# Of the frame: shown on every page rather than among the elements.
FRAME = {"user_menu.html", "languages.html", "messages.html"}


def markup(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def test_the_stylesheet_stays_small_and_in_layers():
    text = STYLESHEET.read_text(encoding="utf-8")
    assert len(text.encode()) <= 40 * 1024
    assert LAYERS in text
    assert text.count("{") == text.count("}")


def test_every_class_of_the_stylesheet_is_used():
    used = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    used += (ROOT / "static" / "gatehouse.js").read_text(encoding="utf-8")
    used += "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*/**/*.py") if ".local" not in path.parts)
    text = re.sub(r'url\("[^"]*"\)', "", STYLESHEET.read_text(encoding="utf-8"))
    used += "htmx-request"  # set by htmx while a list is on its way
    classes = set(re.findall(r"\.([a-z][a-z-]+)", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)))
    assert sorted(name for name in classes if not re.search(rf"\b{name}\b", used)) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_holds_neither_styles_nor_scripts_nor_handlers(path: Path):
    text = markup(path)
    assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on|hx-vals=.js:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert "|safe" not in text
    assert "autoescape off" not in text
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", ELEMENTS, ids=lambda path: path.name)
def test_an_element_says_what_it_takes(path: Path):
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines[1] if lines[0].startswith("{% extends") else lines[0]
    assert start.startswith(("{#", "{% comment %}"))


def test_every_element_is_shown_on_the_elements_page(client: Client):
    shown = set()
    for path in ("/elements/", "/elements/drawer/", "/elements/question/"):
        response = client.get(path)
        assert response.status_code == 200
        shown |= {template.name for template in response.templates if template.name}
    missing = {path.name for path in ELEMENTS} - FRAME - {name.removeprefix("elements/") for name in shown}
    assert missing == set()


def test_the_elements_page_is_for_operators_only_in_production(client: Client, settings):
    settings.PRODUCTION = True
    for path in ("/elements/", "/elements/drawer/", "/elements/question/"):
        assert client.get(path).status_code == 404
