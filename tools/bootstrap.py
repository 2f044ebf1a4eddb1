"""From a bare machine to .local/venv: brings uv, finds a Python, installs the pinned packages. Only what is missing.

Runs on any python3 from 3.11 on, before anything is installed.
"""

import fcntl
import glob
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
UV = LOCAL / "uv"
VENV = LOCAL / "venv"
PACKAGES = ROOT / "requirements" / "development.txt"
STAMP = VENV / "installed"
OLDEST, TOO_NEW = (3, 12), (3, 15)
FETCHED = "3.13"
ROOM_NEEDED = 900 * 2**20


class Missing(Exception):
    """One sentence for the person at the terminal."""


def main() -> int:
    os.chdir(ROOT)
    try:
        prepare_local()
        with (LOCAL / "bootstrap.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            install()
    except Missing as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def install() -> None:
    python = VENV / "bin" / "python"
    wanted = hashlib.sha256(PACKAGES.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text().strip() == wanted and suits(str(python)):
        return
    uv = find_uv()
    if not suits(str(python)):
        shutil.rmtree(VENV, ignore_errors=True)
        chosen = find_python()
        say(f"  Python: {chosen or f'none from 3.12 to 3.14 here, uv fetches {FETCHED}'}")
        run(
            [uv, "venv", "--quiet", "--python", chosen or FETCHED, str(VENV)],
            "There is no Python from 3.12 to 3.14 here and uv could not fetch one; install one and try again.",
        )
    STAMP.unlink(missing_ok=True)
    count = sum("==" in line for line in PACKAGES.read_text().splitlines())
    say(f"  Packages: {count}, pinned by hash …")
    begun = time.monotonic()
    run(
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(PACKAGES)],
        "The packages could not be installed; the reason is above.",
    )
    STAMP.write_text(wanted + "\n")
    say(f"  Packages installed in {time.monotonic() - begun:.0f} s")


def prepare_local() -> None:
    try:
        LOCAL.mkdir(exist_ok=True)
    except OSError as error:
        raise Missing(f"{LOCAL} can't be written to: {error.strerror}.") from None
    free = shutil.disk_usage(LOCAL).free
    if not STAMP.exists() and free < ROOM_NEEDED:
        raise Missing(
            f"The disk that holds {LOCAL} is almost full: {free // 2**20} MB free, "
            f"{ROOM_NEEDED // 2**20} MB needed for the packages."
        )


def find_uv() -> str:
    brought = str(UV / "bin" / "uv")
    for candidate in (brought, shutil.which("uv")):
        if candidate and works([candidate, "--version"]):
            return candidate
    pinned = [
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
        "-r",
        str(ROOT / "requirements" / "bootstrap.txt"),
    ]
    say("  uv: installing the pinned one into .local/uv …")
    if works([sys.executable, "-m", "pip", "--version"]):
        run(
            [sys.executable, "-m", "pip", "install", "--target", str(UV), "--upgrade", *pinned],
            "pip could not install uv; the reason is above.",
        )
    elif works([sys.executable, "-c", "import ensurepip"]):
        run([sys.executable, "-m", "venv", str(UV)], "python3 could not make a virtual environment.")
        run(
            [str(UV / "bin" / "python"), "-m", "pip", "install", *pinned],
            "pip could not install uv; the reason is above.",
        )
    else:
        raise Missing("python3 has no pip here: install pip (python3-pip), or uv, and try again.")
    return brought


def find_python() -> str | None:
    """Tried by running it: a shim may stand for a version that is not there."""
    names = ["python3.13", "python3.14", "python3.12", "python3"]
    homes = {Path.home(), Path(pwd.getpwuid(os.getuid()).pw_dir)}
    pyenvs = [Path(os.environ.get("PYENV_ROOT", "/nowhere")), Path("/opt/pyenv"), Path("/usr/local/pyenv")]
    pyenvs += [home / ".pyenv" for home in homes]
    candidates = [sys.executable]
    candidates += [found for name in names for found in [shutil.which(name)] if found]
    candidates += [path for root in pyenvs for path in newest(f"{root}/versions/3.1[234].*/bin/python3")]
    for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/opt/python*/bin", "/opt/local/bin"):
        candidates += [path for name in names[:3] for path in newest(f"{folder}/{name}")]
    for home in homes:
        candidates += newest(f"{home}/.local/share/uv/python/cpython-3.1[234].*/bin/python3.1[234]")
    return next((path for path in candidates if suits(path)), None)


def newest(pattern: str) -> list[str]:
    def version(path: str) -> tuple[int, ...]:
        return tuple(int(part) for part in "".join(c if c.isdigit() else " " for c in path).split())

    return sorted(glob.glob(pattern), key=version, reverse=True)


def suits(python: str) -> bool:
    check = f"import ctypes, ssl, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] < {TOO_NEW})"
    return works([python, "-c", check])


def works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def run(command: list[str], sentence: str) -> None:
    # The machine's own certificates: a company's proxy signs with its own.
    environment = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", "PIP_ROOT_USER_ACTION": "ignore", **os.environ}
    environment.pop("VIRTUAL_ENV", None)
    if subprocess.run(command, env=environment).returncode:
        raise Missing(sentence)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
