"""The apps for people as anybody starts them: one command each, beside the demo world that `make run` makes, nothing
set but where the work orders are; and a person of that world in a real browser."""

import json
import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from config import env
from tests.demo_world import seeded
from tests.examples.programs import read_code, wait_for
from tests.servers import free_port

pytestmark = pytest.mark.browser
WEB_APP, BROWSER_APP = "http://127.0.0.1:9500", "http://127.0.0.1:9501"


@pytest.fixture
def demo(tmp_path, site):
    """A person of the demo world, and what the commands run with; the work orders are there."""
    file, address = tmp_path / "demo.json", f"http://127.0.0.1:{free_port()}"
    ours = ("GATEHOUSE_", "DATABASE_", "MAKE")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    variables = {**clean, "DEMO_FILE": str(file), "RESOURCE_SERVER": address, "PORT": str(urlsplit(address).port)}
    with seeded(file, {"GATEHOUSE_BASE_URL": site}), command("example-resource-server", variables, address):
        (member,) = (one for one in json.loads(file.read_text())["companies"][0]["people"] if one["role"] == "member")
        yield SimpleNamespace(person=member, variables=variables)


@contextmanager
def command(target, variables, address=""):
    """`make` and what it starts. With an address, once that answers: it is the one the demo world knows."""
    if address:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", urlsplit(address).port))
            except OSError:
                pytest.fail(f"End what runs at {address}: the demo world's apps are known there.")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen(
        ["make", "--silent", target], cwd=env.ROOT, env=variables, text=True, start_new_session=True, **pipes
    )
    try:
        if address:
            wait_for(address, process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=10)


def sign_in(page: Page, person) -> None:
    page.get_by_label("Email").or_(page.get_by_label("E-mail")).fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("target", "address"), [("example-web-app", WEB_APP), ("example-browser-app", BROWSER_APP)])
def test_somebody_signs_in_to_an_app_of_the_demo_world(page: Page, demo, target, address):
    with command(target, demo.variables, address):
        page.goto(address)
        page.get_by_role("button", name="Sign in with Gatehouse").click()
        sign_in(page, demo.person)
        page.get_by_role("button", name="Allow").click()

        expect(page.get_by_text("Signed in as Ben Castillo")).to_be_visible()
        expect(page.get_by_text("Calibrate flow meter")).to_be_visible()
        page.get_by_role("button", name="Renew tokens").click()
        expect(page.get_by_text("Calibrate flow meter")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("Nobody is signed in.")).to_be_visible()


def test_somebody_lets_the_command_line_app_of_the_demo_world_in(page: Page, demo):
    with command("example-cli", demo.variables) as program:
        address, code = read_code(program)
        page.goto(address)
        sign_in(page, demo.person)
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_text("Your device is connected")).to_be_visible()
        said, _ = program.communicate(timeout=30)

    assert program.returncode == 0, said
    assert "You are Ben Castillo. Your work orders (3):" in said
