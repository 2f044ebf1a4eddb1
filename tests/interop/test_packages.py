"""Where Node and its packages come from (tools/node.py): exact versions, their hashes, and a sentence without them."""

import json
import re

import pytest

from tools import node


def test_every_package_that_is_asked_for_is_pinned_with_its_hash():
    asked = json.loads(node.PACKAGES.read_text())["dependencies"]
    pinned = node.pinned()
    assert asked == {name: pinned[name][0] for name in asked}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())


def test_what_is_installed_is_what_is_pinned(npm_packages):
    _, folder = npm_packages
    assert node.installed(folder) == node.pinned()


def test_npm_is_given_every_hash_and_no_address():
    lock = node.lock_file()
    given = {place: package for place, package in lock["packages"].items() if place}
    assert {place: package["integrity"] for place, package in given.items()} == {
        f"node_modules/{name}": integrity for name, (_, integrity) in node.pinned().items()
    }
    assert "resolved" not in json.dumps(lock)


def test_a_line_that_is_no_package_is_refused(monkeypatch, tmp_path):
    listed = tmp_path / "integrity.txt"
    listed.write_text("jose@6.2.17 sha1-abc\n")
    monkeypatch.setattr(node, "INTEGRITY", listed)
    with pytest.raises(node.Missing, match="a line that can't be read: jose@6.2.17 sha1-abc"):
        node.pinned()


def test_packages_other_than_the_pinned_ones_are_not_kept(monkeypatch, tmp_path, npm_packages):
    found = {**node.pinned(), "stowaway": ("1.0.0", "sha512-")}
    monkeypatch.setattr(node, "LOCAL", tmp_path)
    monkeypatch.setattr(node, "npm", lambda *arguments: None)
    monkeypatch.setattr(node, "installed", lambda folder: found)
    with pytest.raises(node.Missing, match=r"npm installed other packages than tests/interop/integrity\.txt lists\."):
        node.bring_packages(node.Node("node", ("npm",)))
    assert list(tmp_path.iterdir()) == [tmp_path / "node.lock"]


def test_without_node_there_is_a_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(node, "LOCAL", tmp_path)
    monkeypatch.setattr(node, "machines_own", lambda: None)
    monkeypatch.setattr(node, "wheels_own", lambda: None)
    monkeypatch.setattr(node, "install_wheel", lambda: None)
    assert node.main() == 1
    assert capsys.readouterr().out == f"{node.NO_NODE}\n"


def test_an_old_node_does_not_count(monkeypatch):
    monkeypatch.setattr(node, "spoken", lambda command: "v16.20.2")
    assert node.usable(node.Node("node", ("npm",))) is None
