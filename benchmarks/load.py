"""A closed-loop HTTP/1.1 load generator: a few keep-alive connections, each sending its next request when the answer
to the last one is complete. One process, one epoll, nothing parsed but status and length."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Outcome:
    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())

    @property
    def refused(self) -> int:
        return sum(count for status, count in self.statuses.items() if not 200 <= status < 300)

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


@dataclass
class Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""


def post(path: str, host: str, authorization: str, body: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def get(path: str, host: str, authorization: str = "") -> bytes:
    extra = f"Authorization: {authorization}\r\n" if authorization else ""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{extra}\r\n".encode()


def run(
    port: int, request: Callable[[int], bytes], *, seconds: float, connections: int = 8, keep_bodies: bool = False
) -> Outcome:
    """`request(n)` gives the bytes of the n-th request."""
    outcome, number = Outcome(), 0
    poll = select.epoll()
    open_ones: dict[int, Connection] = {}
    started = time.perf_counter()
    for _ in range(connections):
        connection = Connection(socket.create_connection(("127.0.0.1", port)))
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        open_ones[connection.socket.fileno()] = connection
        poll.register(connection.socket.fileno(), select.EPOLLIN)
        number = _send(connection, request, number)
    deadline = started + seconds
    while open_ones:
        for descriptor, _ in poll.poll(5):
            connection = open_ones[descriptor]
            chunk = connection.socket.recv(65536)
            if not chunk:
                raise ConnectionError("the server closed a connection")
            connection.received += chunk
            answered = _complete(connection.received)
            if answered is None:
                continue
            now = time.perf_counter()
            status, body = answered
            outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
            outcome.latencies.append(now - connection.sent_at)
            if keep_bodies:
                outcome.bodies.append(body)
            connection.received = b""
            if now < deadline:
                number = _send(connection, request, number)
            else:
                poll.unregister(descriptor)
                connection.socket.close()
                del open_ones[descriptor]
    outcome.seconds = time.perf_counter() - started
    return outcome


def _send(connection: Connection, request: Callable[[int], bytes], number: int) -> int:
    connection.sent_at = time.perf_counter()
    connection.socket.sendall(request(number))
    return number + 1


def _complete(received: bytes) -> tuple[int, bytes] | None:
    head, blank, body = received.partition(b"\r\n\r\n")
    if not blank:
        return None
    at = head.lower().find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return (int(head[9:12]), body) if len(body) >= length else None
