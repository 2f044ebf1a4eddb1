"""Sees to it that there is a Chromium for the browser tests: the machine's, else apt's, else Playwright's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import sync_playwright

from tests.browser.chromium import executable


def main() -> int:
    for bring in (None, by_apt, by_playwright):
        if bring:
            bring()
        found = find()
        if found:
            print(found)
            return 0
    print("There is no Chromium here, and neither apt nor Playwright could bring one: install Chromium and try again.")
    return 1


def find() -> str | None:
    path = executable()
    if not path:
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    return path if os.access(path, os.X_OK) else None


def by_apt() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quietly)
        # The font is Chromium's recommendation only, but pages are measured in these tests.
        wanted = ["chromium", "fonts-dejavu-core"]
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted], env=quietly)


def by_playwright() -> None:
    command = [sys.executable, "-m", "playwright", "install"]
    subprocess.run([*command, *(["--with-deps"] if os.geteuid() == 0 else []), "chromium"])


if __name__ == "__main__":
    sys.exit(main())
