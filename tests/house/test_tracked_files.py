"""What is committed: nothing of one machine, no registry, no secret, no third party's code."""

import re
import subprocess

import pytest

from config.env import ROOT

MACHINE = re.compile(r"(?<![\w.-])/(?:work/(?:main|shared)|root|home/\w+|Users/\w+)(?:/|\b)")
# Written backwards, so that this file doesn't name them either.
REGISTRIES = ("gro.ipyp", "detsohnohtyp", "gro.sjmpn", "yrotcafitra", "gorfj", "gkpnray.yrtsiger")
REGISTRY = re.compile("|".join(re.escape(name[::-1]) for name in REGISTRIES), re.IGNORECASE)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{36}\b")


@pytest.fixture(scope="module")
def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    binary = {".mo", ".png", ".ico", ".woff2", ".jpg"}
    return {path: path.read_text("utf-8") for path in paths if path.is_file() and path.suffix not in binary}


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY, SECRET])
def test_no_file_names_a_machine_a_registry_or_a_secret(tracked, pattern):
    found = [
        (path.relative_to(ROOT).as_posix(), match[0])
        for path, text in tracked.items()
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_what_a_machine_makes_for_itself_is_ignored():
    names = [".local/secrets.env", ".local/demo.json", ".local/data/postgres/PG_VERSION", "deploy/secrets/pepper"]
    ignored = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True)
    assert ignored.stdout.split() == names


def test_no_third_party_code_is_committed(tracked):
    scripts = {path.relative_to(ROOT).as_posix() for path in tracked if path.suffix in {".js", ".css"}}
    foreign = [path for path in scripts if re.search(r"\.min\.|htmx|jquery|bootstrap|vendor|node_modules", path)]
    assert foreign == []


def test_every_decision_stands_in_the_index():
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^(\d+)\. \[(.+)\]\((.+)\)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    first_lines = {path.name: path.read_text(encoding="utf-8").partition("\n")[0] for path in folder.glob("[0-9]*.md")}
    assert {file: f"# {number}. {title}" for number, title, file in listed} == first_lines


def test_every_choice_of_an_operator_stands_in_the_readme():
    asked = re.compile(r"\b(?:text|integer|boolean|csv|secret|optional_secret)\(\s*\"((?:GATEHOUSE|DATABASE)_\w+)\"")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "config").rglob("*.py")]
    names = {name for source in sources for name in asked.findall(source)}
    assert len(names) > 20
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sorted(name for name in names if f"`{name}" not in readme) == []
