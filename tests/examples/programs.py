"""The example programs as processes of their own, beside a real Gatehouse."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx

from config import env
from tests.servers import free_port

SERVER = env.ROOT / "examples" / "resource_server" / "server.py"
APP = env.ROOT / "examples" / "third_party_app" / "app.py"
READY_SECONDS = 20


def environment(issuer, machine, **more):
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "DATABASE_"))}
    return {**own, "ISSUER": issuer, "CLIENT_ID": machine.key, "CLIENT_SECRET": machine.secret, **more}


@contextmanager
def resource_server(issuer, machine):
    """The address of a resource server of the issuer that introspects as `machine`."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(SERVER)],
        env=environment(issuer, machine, PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=10)


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
