"""A real browser against a real server: Chromium, axe-core, screenshots."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from config.env import LOCAL
from tests.browser.chromium import axe_script, executable
from tests.servers import start_server

SCREENSHOTS = LOCAL / "screenshots"
SIZES = {"desktop": (1280, 860), "phone": (390, 844)}
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# For the colours to be those of the theme again, before anybody measures their contrast.
SETTLE_MILLISECONDS = 200
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of a running Gatehouse, on the worker's own database: tests make companies as everywhere else."""
    with start_server() as base_url:
        yield base_url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Playwright's driver runs an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable(), args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, site: str) -> Iterator[BrowserContext]:
    width, height = SIZES["desktop"]
    context = chromium.new_context(
        base_url=site, viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce"
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when the console shows an error: a script's, or the content security policy's."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console", lambda message: message.type == "error" and problems.append(f"{message.text} {message.location}")
    )
    yield page
    assert [problem for problem in problems if "Failed to load resource" not in problem] == []


@pytest.fixture
def sign_in(page: Page) -> Callable[..., None]:
    from tests.cast import PASSWORD  # this file is read before Django is set up

    def sign_in(person) -> None:
        page.goto("/accounts/login/")
        page.get_by_label("E-mail").or_(page.get_by_label("Email")).fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/accounts/login/" not in url)

    return sign_in


def page_is_accessible(page: Page) -> None:
    """axe-core finds no violation of WCAG 2.2 AA or of its best practices."""
    # Through the debugger's own world: the content security policy forbids it as a script of the page.
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe_script())
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    nodes = [(violation["id"], node) for violation in found for node in violation["nodes"]]
    assert [f"{rule}: {node['html']} {node['failureSummary']}" for rule, node in nodes] == []


def look(page: Page, name: str) -> list[Path]:
    """Screenshots at both sizes in both themes, for people to look at. Leaves the page as it was."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    taken = []
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            taken.append(SCREENSHOTS / f"{name}-{size}-{theme}.png")
            page.screenshot(
                path=taken[-1],
                full_page=not page.locator("dialog[open]").count(),
                animations="disabled",
                caret="initial",
            )
    page.emulate_media(color_scheme="null")
    if before:
        page.set_viewport_size(before)
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    return taken
