"""What this machine takes for nothing at all: an empty callable under the same server. Figures of two machines, or of
one on two days, compare only beside it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks import cpu, house, load


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def micros(seconds: float, rounds: int) -> float:
    """CPU microseconds of one request to it, best of `rounds`."""
    port = house.free_port()
    server = house.serve(port, 1, "benchmarks.floor:application")
    try:
        request = load.get("/", f"127.0.0.1:{port}")
        return min(_measure(server, port, request, seconds) for _ in range(rounds))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(15)


def _measure(server: subprocess.Popen[bytes], port: int, request: bytes, seconds: float) -> float:
    before = cpu.seconds(server.pid)
    outcome = load.run(port, lambda _: request, seconds=seconds)
    return (cpu.seconds(server.pid) - before) / outcome.requests * 1e6
