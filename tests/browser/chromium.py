"""Where the browser and axe-core come from: the machine's Chromium, or the one Playwright installed."""

import shutil
from functools import cache
from importlib.resources import files

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str | None:
    """The machine's own Chromium. None lets Playwright use the one it installed."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@cache
def axe_script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
