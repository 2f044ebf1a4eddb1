import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import node

SCRIPTS = Path(__file__).parent
SECONDS = 30


@pytest.fixture(scope="session")
def npm_packages():
    """Node and the folder of the pinned packages. Without them the tests fail, they are not skipped."""
    try:
        found = node.bring_node()
        return found.node, node.bring_packages(found)
    except node.Missing as missing:
        pytest.fail(str(missing))


@pytest.fixture
def run_script(npm_packages, tmp_path):
    """What a script of this folder printed, as JSON. It finds the packages beside itself, as a program of its own."""
    command, packages = npm_packages

    def run(name, **given):
        shutil.copy(SCRIPTS / name, tmp_path)
        (tmp_path / "node_modules").symlink_to(packages / "node_modules")
        done = subprocess.run(
            [command, name], cwd=tmp_path, input=json.dumps(given), capture_output=True, text=True, timeout=SECONDS
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def server():
    from tests.servers import start_server

    with start_server() as base_url:
        yield base_url


@pytest.fixture(params=["opaque", "jwt"])
def machine(request, acme):
    from tests.cast import make_machine

    return make_machine(acme.tenant, "assets:view", "work_orders:view", token_format=request.param)
