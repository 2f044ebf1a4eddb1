"""A test run leaves nothing behind, however it ends; and make test runs every step."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from config.env import ROOT
from tools import check

SUBJECT = "tests/config/test_logs.py"


@pytest.fixture
def scratch():
    with tempfile.TemporaryDirectory(prefix="gh-run-") as folder:
        yield Path(folder)


def start(scratch, *arguments):
    ours = ("PYTEST_", "DATABASE_", "GATEHOUSE_", "DJANGO_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", SUBJECT, *arguments],
        cwd=ROOT,
        env=environment | {"GATEHOUSE_TEST_SCRATCH": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def running(scratch):
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(scratch).encode() in words:
            found.append(words)
    return found


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_a_run_that_ends_leaves_nothing(scratch):
    process = start(scratch, "-n", "2")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert " passed in " in said
    assert wait_until(lambda: not running(scratch))
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_broken_off_leaves_nothing(scratch, number):
    process = start(scratch)
    assert wait_until(lambda: list(scratch.glob("*/socket/.s.PGSQL.*")))
    process.send_signal(number)
    process.communicate(timeout=60)
    assert wait_until(lambda: not running(scratch))
    assert list(scratch.iterdir()) == []


def test_a_run_that_is_killed_leaves_no_process_and_the_next_run_sweeps_its_files(scratch):
    process = start(scratch)
    assert wait_until(lambda: list(scratch.glob("*/socket/.s.PGSQL.*")))
    process.kill()
    process.communicate()
    assert wait_until(lambda: not running(scratch))
    following = start(scratch)
    following.communicate(timeout=120)
    assert following.returncode == 0
    assert list(scratch.iterdir()) == []


def test_make_test_runs_every_step_in_order():
    assert [name for name, _ in check.steps()] == [
        "format",
        "lint",
        "templates",
        "types",
        "layers",
        "migrations in step",
        "translations",
        "browser",
        "node",
        "tests",
    ]
    for _, command in check.steps():
        assert os.access(command[0], os.X_OK)


def test_continuous_integration_runs_exactly_make_test():
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1].endswith("exec make test")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
