"""How the web is served: granian, one worker per core, each with the application's database role."""

import os
import sys

from config import env

# More per worker win nothing (decision 16), and each may hold two database connections. Where there are few cores
# granian advises against more than twice as many and one.
MOST_THREADS = 6
# What may wait inside a worker; beyond it the kernel's backlog waits.
BACKPRESSURE = 64
STOP_SECONDS = 5


def command() -> list[str]:
    """GATEHOUSE_HOST, GATEHOUSE_PORT and GATEHOUSE_WORKERS choose where and how many."""
    options = {
        "--interface": "wsgi",
        "--host": host(),
        "--port": str(port()),
        "--workers": str(env.integer("GATEHOUSE_WORKERS", cores(), minimum=1)),
        "--blocking-threads": str(min(MOST_THREADS, 2 * cores() + 1)),
        "--backpressure": str(BACKPRESSURE),
        "--workers-kill-timeout": str(STOP_SECONDS),
        "--log-level": "warning",
        "--process-name": "gatehouse",
    }
    flags = ["--no-ws", "--respawn-failed-workers"]
    words = [word for option in options.items() for word in option]
    return [sys.executable, "-m", "granian", *words, *flags, "config.wsgi:application"]


def cores() -> int:
    return os.cpu_count() or 1


def environment() -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GATEHOUSE_DATABASE_ROLE": "application",
        "PYTHONPATH": str(env.ROOT),
    }


def host() -> str:
    return env.text("GATEHOUSE_HOST", "127.0.0.1")


def port() -> int:
    return env.integer("GATEHOUSE_PORT", 8000, minimum=1)
