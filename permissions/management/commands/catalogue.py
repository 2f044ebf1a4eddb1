"""manage.py catalogue: the operator's door to the module × action catalogue."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from permissions import catalogue
from permissions.models import Action
from tenants.audit import Origin, acting


class Command(BaseCommand):
    help = "Lists and changes the modules, actions and words that permission groups are made of."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="every module with its actions")
        verbs.add_parser("export", help="the whole catalogue as JSON, to standard output")
        importing = verbs.add_parser("import", help="set the modules of a JSON file; modules it lacks stay")
        importing.add_argument("file", help="a file as export writes it, or - for standard input")
        retiring = verbs.add_parser("retire", help="take a module and its sub-modules out of every company")
        retiring.add_argument("slug")
        add_set_arguments(verbs.add_parser("set", help="make a module, or change it into this"))

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {
            "list": self.list,
            "export": self.export,
            "import": self.import_file,
            "set": self.set,
            "retire": self.retire,
        }
        try:
            with acting(Origin(name="Command line")):
                verbs[options["verb"]](options)
        except catalogue.CatalogueError as error:
            raise CommandError(str(error)) from error

    def list(self, options: dict[str, Any]) -> None:
        for entry in catalogue.modules("en"):
            slug = f"  {entry.slug}" if entry.parent else entry.slug
            self.stdout.write(f"{slug:24} {entry.name:24} {' '.join(entry.actions)}{' (own)' if entry.is_own else ''}")

    def export(self, options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(catalogue.exported(), ensure_ascii=False, indent=2))

    def import_file(self, options: dict[str, Any]) -> None:
        slugs = catalogue.import_modules(read_json(options["file"]))
        self.stdout.write(f"{len(slugs)} modules set.")

    def set(self, options: dict[str, Any]) -> None:
        sentences: dict[str, dict[str, str]] = {}
        for key, text in pairs(options["sentence"]).items():
            action, _, language = key.partition(".")
            sentences.setdefault(action, {})[language] = text
        catalogue.set_module(
            options["slug"],
            names=pairs(options["name"]),
            nouns=pairs(options["noun"]),
            sentences=sentences,
            actions=options["action"],
            parent=options["parent"],
            position=options["position"],
        )
        self.stdout.write(f"{options['slug']} is set.")

    def retire(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"Retired: {', '.join(catalogue.retire_module(options['slug']))}.")


def add_set_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="small letters, digits and underscores")
    parser.add_argument("--name", action="append", required=True, metavar="en=Vehicles")
    parser.add_argument("--noun", action="append", default=[], metavar="en=vehicles", help="what follows a verb")
    parser.add_argument("--action", action="append", required=True, choices=Action.values)
    parser.add_argument("--sentence", action="append", default=[], metavar='"view.en=See vehicles"')
    parser.add_argument("--parent", help="the module it is a part of")
    parser.add_argument("--position", type=int, help="where it stands; small numbers first")


def pairs(given: list[str]) -> dict[str, str]:
    found = [text.partition("=") for text in given]
    wrong = [key for key, equals, _ in found if not equals]
    if wrong:
        raise CommandError(f"{wrong[0]!r}: write language=text.")
    return {key.strip(): text.strip() for key, _, text in found}


def read_json(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except (OSError, ValueError) as error:
        raise CommandError(f"{name} can't be read: {error}") from error
