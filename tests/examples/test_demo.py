"""The examples against the demo world, exactly as `make run` prints them: no settings, only .local/demo.json."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.demo_world import seeded
from tests.examples.programs import APP, BROWSER_APP, CLI_APP, SERVER, WEB_APP, read_code, wait_for
from tests.servers import free_port, start_server
from tests.visitor import Visitor

PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}


@pytest.fixture
def demo(tmp_path):
    """A Gatehouse with the demo world, and the file of its credentials."""
    file = tmp_path / "demo.json"
    with start_server() as base_url, seeded(file, {"GATEHOUSE_BASE_URL": base_url}):
        yield file


@pytest.fixture
def work_orders(demo):
    """The resource server, the settings the other programs run with, and what it says."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    variables = {**os.environ, "DEMO_FILE": str(demo), "PORT": str(port), "RESOURCE_SERVER": address}
    with subprocess.Popen([sys.executable, str(SERVER)], env=variables, text=True, **PIPES) as server:
        wait_for(address, server)
        yield SimpleNamespace(variables=variables, server=server)
        server.kill()


def test_both_run_without_any_settings(demo, work_orders):
    done = subprocess.run(
        [sys.executable, str(APP)], env=work_orders.variables, capture_output=True, text=True, timeout=30
    )
    work_orders.server.terminate()
    said, _ = work_orders.server.communicate(timeout=10)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("work orders)") == 2
    secrets = [consumer["client_secret"] for consumer in consumers_of(demo) if consumer["client_secret"]]
    assert not any(secret in said + done.stdout for secret in secrets)


def test_the_command_line_app_runs_without_any_settings(demo, work_orders):
    content = json.loads(demo.read_text())
    maya = content["companies"][0]["people"][0]
    with (
        subprocess.Popen([sys.executable, str(CLI_APP)], env=work_orders.variables, text=True, **PIPES) as program,
        Visitor(content["base_url"]) as visitor,
    ):
        address, code = read_code(program)
        page = visitor.get(address)
        page = visitor.press(page, "Sign in", login=maya["email"], password=maya["password"])
        page = visitor.press(page, "Continue", user_code=code)
        assert "Your device is connected" in visitor.press(page, "Allow").text
        said, _ = program.communicate(timeout=30)

    assert "You are Maya Lindqvist. Your work orders (3):" in said


@pytest.mark.parametrize("program", [WEB_APP, BROWSER_APP])
def test_the_demo_world_has_a_consumer_for_each(demo, program):
    """As they choose it; that they run with it, tests/browser/test_example_apps.py shows."""
    choice = "credentials" if program == WEB_APP else "client"
    code = f"import json, {program.stem}; print(json.dumps({program.stem}.{choice}()))"
    variables = {**os.environ, "DEMO_FILE": str(demo), "PYTHONPATH": str(program.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=30)
    issuer, key, *secret = json.loads(done.stdout)

    (chosen,) = (one for one in consumers_of(demo) if one["client_id"] == key)
    assert issuer.endswith("/t/northwind")
    assert secret == ([chosen["client_secret"]] if program == WEB_APP else [])
    assert "work_orders:view" in chosen["scopes"]


def consumers_of(demo):
    return json.loads(demo.read_text())["companies"][0]["consumers"]
