"""Real servers for tests: granian nodes on the worker's own database, ended when their `with` ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from config import env, processes, serving

READY_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def start_server(workers: int = 1, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The base URL of a node that answers; several nodes may run at once."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    settings = {"GATEHOUSE_PORT": str(port), "GATEHOUSE_WORKERS": str(workers), "GATEHOUSE_BASE_URL": base_url}
    inherited = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **settings, **(environment or {})}
    command = [sys.executable, str(env.ROOT / "manage.py"), "serve"]
    process = processes.start(command, inherited)
    try:
        wait_until_ready(base_url, process)
        yield base_url
    finally:
        processes.stop(process, serving.STOP_SECONDS + 2)


def as_owner(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a process that sees every company: the background worker."""
    return {**os.environ, "GATEHOUSE_DATABASE_ROLE": "owner", **(environment or {})}


def work_once(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every job of the background worker, once. Returns what it says it did, by job."""
    command = [sys.executable, "manage.py", "worker", "--once"]
    done = subprocess.run(command, cwd=env.ROOT, env=as_owner(environment), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    # Between them, on the console, stands the mail that other tests left to be sent.
    said = (line.rpartition(": ") for line in done.stdout.splitlines())
    return {name: count for name, _, count in said if count.isdecimal()}


def wait_until_it_can_be_told(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> None:
    """To stop: before its own handler is in place it would just die of the signal."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        if int(caught.split()[1], 16) >> (number - 1) & 1:
            return
        time.sleep(0.05)
    raise RuntimeError(f"The process never waited for {number.name}.")


def wait_until_ready(base_url: str, process: subprocess.Popen[bytes], host: str = "localhost") -> None:
    deadline = time.monotonic() + READY_SECONDS
    question = urllib.request.Request(f"{base_url}/healthz", headers={"Host": host})
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode}.")
        try:
            with urllib.request.urlopen(question, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"{base_url} did not answer within {READY_SECONDS} seconds.")


def wait_until_answered(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until a server that is not ours takes connections."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode}.")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"Nothing answers at port {port} within {READY_SECONDS} seconds.")
