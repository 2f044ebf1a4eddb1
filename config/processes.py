"""Child processes that never outlive us: what `up` and the embedded PostgreSQL start."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

# linux/prctl.h. The library is looked up before any fork: a child between fork and exec should not be loading it.
PR_SET_PDEATHSIG: Final = 1
LIBC: Final = ctypes.CDLL(None)


def leave_with_parent(number: signal.Signals) -> None:
    """Runs in the child: should its parent be killed outright, it gets this signal (Linux only)."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C must reach us alone, who then stop things in order."""
    return subprocess.Popen(  # noqa: S603
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=partial(leave_with_parent, signal.SIGTERM),
    )


def stop(process: subprocess.Popen[bytes], patience_seconds: float) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
