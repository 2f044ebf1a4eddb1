"""Between a node and its database: a relay that can cut the line, or hold it so that nothing comes back."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from pathlib import Path


class Relay:
    """Listens on a unix socket in `folder` as PostgreSQL does, and passes everything on to `target`."""

    def __init__(self, folder: Path, target: str) -> None:
        self.folder, self.target = folder, target
        self.held = threading.Event()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.listener: socket.socket | None = None

    def open(self) -> None:
        path = self.folder / ".s.PGSQL.5432"
        path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        """As if the server had been killed: every connection ends, new ones are refused."""
        if self.listener:
            self.listener.close()
            self.listener = None
        (self.folder / ".s.PGSQL.5432").unlink(missing_ok=True)
        for pair in self.pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self.pairs.clear()

    def hold(self) -> None:
        """As if the server had been stopped: it accepts everything and answers nothing."""
        self.held.set()

    def release(self) -> None:
        self.held.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.target)
            self.pairs.append((near, far))
            threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far:
            while True:
                try:
                    ready, _, _ = select.select([near, far], [], [], 0.05)
                    if self.held.is_set():
                        threading.Event().wait(0.05)
                        continue
                    for end in ready:
                        data = end.recv(65536)
                        if not data:
                            return
                        other[end].sendall(data)
                except OSError:
                    return
