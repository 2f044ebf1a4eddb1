"""worker: the background process. Any number may run; an advisory lock lets one of them work at a time."""

from __future__ import annotations

import logging
import signal
from threading import Event
from time import monotonic
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection

from config.jobs import JOBS, Job
from tenants.audit import Origin, acting

logger = logging.getLogger("gatehouse.worker")

# Held by the session of whoever works; PostgreSQL lets go of it when that process dies.
LOCK = 0x6761746577  # "gatew"
TURN_SECONDS = 1.0
WAIT_SECONDS = 5.0


class Command(BaseCommand):
    help = "Clean up in the background, until told to stop."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do every job once and end")

    def handle(self, **options: Any) -> None:
        worker = Worker()
        if options["once"]:
            for job in JOBS:
                self.stdout.write(f"{job.name}: {worker.do(job)}")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, worker.stop)
        worker.work()


class Worker:
    def __init__(self) -> None:
        self.stopping = Event()
        self.due = {job.name: monotonic() for job in JOBS}

    def stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def work(self) -> None:
        while not self.stopping.is_set():
            try:
                pause = self.turn()
            except Error as error:
                # The database went away or restarts: a new session, and the lock anew.
                logger.warning("The database can't be used: %s", str(error).strip())
                connection.close()
                pause = WAIT_SECONDS
            self.stopping.wait(pause)
        connection.close()

    def turn(self) -> float:
        """Do what is due, if it is this process's turn. Returns the seconds until the next look."""
        if not is_ours():
            return WAIT_SECONDS
        for job in JOBS:
            if self.due[job.name] <= monotonic() and not self.stopping.is_set():
                self.due[job.name] = monotonic() + job.every.total_seconds()
                self.attempt(job)
        return TURN_SECONDS

    def attempt(self, job: Job) -> None:
        try:
            done = self.do(job)
        except Error:
            raise
        except Exception:
            # One job that fails must not keep the others from running.
            logger.exception("The job failed: %s", job.name)
        else:
            if done:
                logger.info("%s: %d", job.name, done)

    def do(self, job: Job) -> int:
        """Piece by piece until it is through or the worker is told to stop. Returns how much was done."""
        total = 0
        with acting(Origin(name="Gatehouse")):
            while True:
                done = job.run()
                total += done
                if job.is_through(done) or self.stopping.is_set():
                    return total


def is_ours() -> bool:
    """Asked each time, because a lost connection loses the lock without a word."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() "
            "AND ((classid::bigint << 32) | objid::bigint) = %s AND granted) OR pg_try_advisory_lock(%s)",
            [LOCK, LOCK],
        )
        return bool(cursor.fetchone()[0])
