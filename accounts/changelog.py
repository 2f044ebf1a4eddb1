"""CHANGELOG.md as data for What's new: releases, their sections and their lines. Understands headings, lists and
`code`; everything else is text, escaped by the template."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

RELEASE = re.compile(r"\A## (?P<version>\S+)(?:\s+[—–-]\s+(?P<date>\S+))?\s*\Z")
CODE = re.compile(r"`([^`]+)`")

type Piece = tuple[bool, str]


@dataclass
class Section:
    title: str = ""
    lines: list[list[Piece]] = field(default_factory=list)


@dataclass
class Release:
    version: str
    date: str
    sections: list[Section] = field(default_factory=list)


def releases(text: str) -> list[Release]:
    found: list[Release] = []
    for line in text.splitlines():
        heading = RELEASE.match(line)
        if heading:
            found.append(Release(heading["version"], heading["date"] or "", [Section()]))
        elif found:
            _take(found[-1], line)
    for release in found:
        release.sections = [section for section in release.sections if section.lines]
    return found


def _take(release: Release, line: str) -> None:
    words = line.strip()
    if line.startswith("### "):
        release.sections.append(Section(words.removeprefix("### ")))
    elif words.startswith(("- ", "* ")):
        release.sections[-1].lines.append(pieces(words[2:]))
    elif words and line[0].isspace() and release.sections[-1].lines:
        release.sections[-1].lines[-1] += pieces(" " + words)
    elif words:
        release.sections[-1].lines.append(pieces(words))


def pieces(text: str) -> list[Piece]:
    """Runs of text; the first of a pair says whether it is code."""
    return [(index % 2 == 1, part) for index, part in enumerate(CODE.split(text)) if part]
