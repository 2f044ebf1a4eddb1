import json
import shutil
import subprocess
from pathlib import Path
from threading import Timer

import pytest

from tools import node

SCRIPTS = Path(__file__).parent
SECONDS = 30
CALLBACK = "https://app.example/callback"
HOME = "https://app.example/"


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


@pytest.fixture
def converse(npm_packages, tmp_path, ana):
    """What a script that acts for Ana saw; on the way she does what it asks of her (person.mjs)."""
    command, packages = npm_packages

    def run(name, **given):
        for script in (name, "person.mjs"):
            shutil.copy(SCRIPTS / script, tmp_path)
        (tmp_path / "node_modules").symlink_to(packages / "node_modules")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([command, name], cwd=tmp_path, text=True, bufsize=1, **pipes) as process:
            timer = Timer(SECONDS, process.kill)
            timer.start()
            try:
                process.stdin.write(json.dumps(given) + "\n")
                for line in process.stdout:
                    said = json.loads(line)
                    if "seen" in said:
                        return said["seen"]
                    process.stdin.write(json.dumps(deeds(ana)[said["deed"]](said["address"])) + "\n")
                pytest.fail(process.stderr.read())
            finally:
                timer.cancel()
                process.kill()

    return run


def deeds(visitor):
    def post(address):
        """What the form of the answer would send to the app."""
        from tests.visitor import Forms

        page = visitor.get(address)
        if "Allow" in page.text:
            page = visitor.press(page, "Allow")
        (form,) = (form for form in Forms(page.text).found if form.action == CALLBACK)
        return dict(form.fields)

    def enter(address):
        page = visitor.press(visitor.get(address), "Yes, it is the same")
        return visitor.press(page, "Allow").status_code

    def leave(address):
        """Where an app's request to sign out ends."""
        return visitor.get(address).headers["Location"]

    return {
        "allow": visitor.allow,
        "deny": lambda address: visitor.allow(address, "Deny"),
        "post": post,
        "enter": enter,
        "leave": leave,
    }


@pytest.fixture
def ana(server, acme):
    """Signed in, in a browser."""
    from tests.visitor import Visitor

    with Visitor(server) as visitor:
        visitor.sign_in(acme.ana)
        yield visitor


@pytest.fixture(params=["confidential", "public"])
def app(request, acme, signature):
    from tests.cast import make_app

    public = request.param == "public"
    return make_app(
        acme.tenant,
        public=public,
        redirect_uris=CALLBACK,
        post_logout_redirect_uris=HOME,
        allows_device_flow=True,
        id_token_algorithm=signature,
    )


@pytest.fixture(params=["RS256", "ES256"])
def signature(request):
    """Of its ID tokens."""
    return request.param


@pytest.fixture(scope="module")
def server():
    from tests.servers import start_server

    with start_server() as base_url:
        yield base_url


@pytest.fixture(params=["opaque", "jwt"])
def machine(request, acme):
    from tests.cast import make_machine

    return make_machine(acme.tenant, "assets:view", "work_orders:view", token_format=request.param)
