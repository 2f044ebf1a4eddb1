"""The example programs as processes of their own, beside a real Gatehouse."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx

from config import env
from tests.servers import free_port

SERVER = env.ROOT / "examples" / "resource_server" / "server.py"
APP = env.ROOT / "examples" / "third_party_app" / "app.py"
WEB_APP = env.ROOT / "examples" / "web_app" / "app.py"
BROWSER_APP = env.ROOT / "examples" / "browser_app" / "server.py"
CLI_APP = env.ROOT / "examples" / "cli_app" / "app.py"
READY_SECONDS = 20


def environment(issuer, machine, **more):
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "DATABASE_"))}
    return {**own, "ISSUER": issuer, "CLIENT_ID": machine.key, "CLIENT_SECRET": machine.secret, **more}


@contextmanager
def resource_server(issuer, machine, **more):
    """The address of a resource server of the issuer that introspects as `machine`."""
    port = free_port()
    with serving(SERVER, f"http://127.0.0.1:{port}", environment(issuer, machine, PORT=str(port), **more)) as address:
        yield address


@contextmanager
def web_app(issuer, app, callback, resource_server):
    """The address of a web app whose callback this is."""
    variables = environment(issuer, app, REDIRECT_URI=callback, RESOURCE_SERVER=resource_server)
    with serving(WEB_APP, callback.removesuffix("/callback"), variables) as address:
        yield address


@contextmanager
def browser_app(issuer, app, callback, resource_server):
    variables = environment(issuer, app, REDIRECT_URI=callback, RESOURCE_SERVER=resource_server)
    with serving(BROWSER_APP, callback.removesuffix("/callback"), variables) as address:
        yield address


@contextmanager
def serving(program, address, variables):
    process = subprocess.Popen(
        [sys.executable, str(program)], env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=10)


@contextmanager
def cli_app(issuer, app, resource_server):
    """The running program; it waits for a person."""
    variables = environment(issuer, app, RESOURCE_SERVER=resource_server)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, str(CLI_APP)], env=variables, text=True, **pipes)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10)


def read_code(program):
    """Where the command-line app sends the person, and the code it shows."""
    address = re.search(r"Open (\S+) and", program.stdout.readline())[1]
    program.stdout.readline()
    return address, program.stdout.readline().strip()


def wait_for(address, process):
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(process.stdout.read())
        try:
            httpx.get(address, timeout=1)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{address} does not answer")


def run_app(issuer, machine, resource_server, path="/work-orders"):
    """What the third-party app prints, and its exit code."""
    variables = environment(issuer, machine, RESOURCE_SERVER=resource_server, RESOURCE_PATH=path)
    return subprocess.run([sys.executable, str(APP)], env=variables, capture_output=True, text=True, timeout=30)
