"""The examples against the demo world, exactly as `make run` prints them: no settings, only .local/demo.json."""

import json
import os
import subprocess
import sys

import pytest

from config import env
from tests.examples.programs import APP, SERVER, wait_for
from tests.servers import free_port, start_server


@pytest.fixture
def demo(tmp_path):
    """A Gatehouse with the demo world, and the file of its credentials."""
    file = tmp_path / "demo.json"
    with start_server() as base_url:
        command = [sys.executable, str(env.ROOT / "manage.py"), "seed_demo", "--file", str(file), "--verbosity", "0"]
        subprocess.run(command, env={**os.environ, "GATEHOUSE_BASE_URL": base_url}, check=True, timeout=60)
        yield file


def test_both_run_without_any_settings(demo):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    variables = {**os.environ, "DEMO_FILE": str(demo), "PORT": str(port), "RESOURCE_SERVER": address}
    server = subprocess.Popen(
        [sys.executable, str(SERVER)], env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(address, server)
        done = subprocess.run([sys.executable, str(APP)], env=variables, capture_output=True, text=True, timeout=30)
    finally:
        server.terminate()
        said, _ = server.communicate(timeout=10)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("work orders)") == 2
    secrets = [
        consumer["client_secret"]
        for company in json.loads(demo.read_text())["companies"]
        for consumer in company["consumers"]
    ]
    assert not any(secret in said + done.stdout for secret in secrets)
