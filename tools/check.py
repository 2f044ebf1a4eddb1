"""make test: every check and every test, in order, with a summary. A missing part fails."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable


def main() -> int:
    os.chdir(ROOT)
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    begun = time.monotonic()
    results = [(name, *step(name, command)) for name, command in steps()]
    print("\nSummary")
    for name, passed, seconds in results:
        print(f"  {'passed' if passed else 'FAILED'}  {name} ({seconds:.1f} s)")
    failed = [name for name, passed, _ in results if not passed]
    print(f"  {len(results) - len(failed)} of {len(results)} steps passed in {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def steps() -> list[tuple[str, list[str]]]:
    workers = os.environ.get("GATEHOUSE_TEST_WORKERS", str(max(2, os.cpu_count() or 2)))
    return [
        ("format", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
        ("lint", [PYTHON, "-m", "ruff", "check", "--quiet", "."]),
        ("templates", [str(BIN / "djade"), "--check", "--target-version", "6.1", *templates()]),
        ("types", [PYTHON, "-m", "mypy"]),
        ("layers", [str(BIN / "lint-imports")]),
        ("migrations in step", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
        ("translations", [PYTHON, "tools/translations.py"]),
        ("browser", [PYTHON, "tools/browser.py"]),
        ("node", [PYTHON, "tools/node.py"]),
        ("tests", [PYTHON, "-m", "pytest", "-n", workers, "--dist", "worksteal"]),
    ]


def templates() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))]


def step(name: str, command: list[str]) -> tuple[bool, float]:
    """A quiet step speaks only when it fails; the tests speak always."""
    print(f"{name} … ", end="\n" if name == "tests" else "", flush=True)
    begun = time.monotonic()
    if name == "tests":
        passed = subprocess.run(command).returncode == 0
        return passed, time.monotonic() - begun
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    seconds = time.monotonic() - begun
    print(f"{'passed' if done.returncode == 0 else 'FAILED'} ({seconds:.1f} s)")
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0, seconds


if __name__ == "__main__":
    sys.exit(main())
